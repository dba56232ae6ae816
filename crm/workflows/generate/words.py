"""What sample enterprises are called and do."""

from crm.core.text import pinyin
from crm.workflows.generate.places import MARK

HEADS = (
    "云禾", "锦程", "春田", "南溪", "长青", "启明", "恒远", "同创", "金桥", "绿洲", "东升", "汇丰", "瑞祥", "鼎新", "博雅",
    "天成", "永固", "宏图", "安泰", "众合", "海纳", "星河", "百川", "致远", "新叶", "丰收", "嘉禾", "国兴", "佳美", "联创",
)  # fmt: skip
TRADES = (
    "机械", "食品", "电子", "制药", "材料", "物流", "园艺", "包装", "软件", "纺织", "家具", "化工", "五金", "印刷", "模具",
    "仪器", "光电", "电缆", "环保", "冷链", "数据", "汽配", "建材", "饮品",
)  # fmt: skip
SURNAMES = "王李张刘陈杨黄吴周徐马朱胡郭林何高罗"
TITLES = ("总经理", "人事主管", "行政主管", "工会主席", "厂长")
OWNERSHIP = ("有限责任公司", "有限责任公司", "有限责任公司", "股份有限公司", "个人独资企业", "外商投资企业")
CAPITAL = ("50万元", "100万元", "300万元", "500万元", "1000万元", "5000万元")
DIGITS = "0" * 7
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [pow(3, place, 31) for place in range(17)]
BODY = "91530199M"  # of a division that exists nowhere
HALF = 10_000  # numbers have two halves of four digits


def _firm(head: str, trade: str) -> tuple[str, str, str, str, str]:
    """(name, short name, sort key, initials, business scope) with `DIGITS` in place of the number."""
    name = f"{head}{trade}有限公司（{MARK}企业{DIGITS}）"
    key, initials = pinyin(name)
    scope = f"{trade}产品的研发、生产、销售，{head}牌{trade}的售后服务（{MARK}）"
    return name, f"{head}{trade}{MARK}{DIGITS}", key, initials, scope


FIRMS = tuple(_firm(head, trade) for head in HEADS for trade in TRADES)


def _digits(value: int, first: int) -> int:
    """The share of four digits, the first of which is the 17-sign body's `first`-th, in the sum of the check digit."""
    return sum(int(sign) * WEIGHTS[first + place] for place, sign in enumerate(f"{value:04d}"))


_CONSTANT = sum(ALPHABET.index(sign) * weight for sign, weight in zip(BODY, WEIGHTS, strict=False))
_HIGH = [_digits(value, 9) + _CONSTANT for value in range(HALF)]
_LOW = [_digits(value, 13) for value in range(HALF)]


def credit_code(number: int) -> str:
    """A made-up code with the right check digit (GB 32100): two sums looked up instead of seventeen products."""
    high, low = divmod(number, HALF)
    return f"{BODY}{number:08d}{ALPHABET[-(_HIGH[high] + _LOW[low]) % 31]}"
