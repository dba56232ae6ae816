"""What the demo is made of, as tables. The page's own figures and real firms' names are public; all else is 示例数据."""

from typing import Any

from crm.access.roles import Role

CITY, DISTRICT = "昆明市总工会", "昆明市呈贡区总工会"
HOME_PARK, SECOND_PARK = "斗南国际花卉产业园区", "云南省数字经济开发区"
SOURCE = "工人日报 2023 年对呈贡区“联链”服务站的报道"
STATION: dict[str, Any] = {
    "name": "斗南国际花卉产业园区“联链”服务站",
    "short_name": "斗南联链站",
    "paper_code": "斗南联链",
    "profile": "驻斗南国际花卉产业园区，同时服务云南省数字经济开发区。斗南是全国唯一的国家级花卉交易市场，"
    "园内拍卖中心交易规模全国第一、世界第二。站内设站长、驻站员、联络员，按“驻站指导+服务+N”开展工作。",
    "extra_services": ["政策咨询", "技能培训对接", "法律服务", "困难职工帮扶", "职工子女托管"],
}
# code, what is counted, value, unit, qualifier
FIGURES = (
    ("parks", "服务园区", 2, "个", ""),
    ("stations", "“联链”服务站", 1, "个", ""),
    ("post_kinds", "岗位类别（站长、驻站员、联络员）", 3, "类", ""),
    ("industrial_workers", "两个园区的产业工人", 4000, "人", "余"),
)
GRASSROOTS = ("斗南花卉市场基层工会（示例）", "滇中园艺基层工会（示例）", "云上软件基层工会（示例）")
TASK_FORCE = "呈贡区产改工作专班"

# user name, name, role, title; the first of each role is the demo account of that role
DISTRICT_PEOPLE = (
    ("quzong", "赵文清", Role.DISTRICT_LEADER, "区总工会副主席"),
    ("ganshi", "钱小雨", Role.DISTRICT_STAFF, "区总工会权益保障部干事"),
    ("guanli", "孙明远", Role.ADMINISTRATOR, "系统管理员"),
    ("jiekou", "园区数据平台", Role.API_CONSUMER, "数据接口"),
)
CHIEF = ("zhanzhang", "周丽华")
OFFICERS = (
    ("zhuzhan", "何建军"),
    ("zhuzhan2", "苏晓慧"),
    ("zhuzhan3", "何立新"),
    ("zhuzhan4", "段云峰"),
    ("zhuzhan5", "杨桂芬"),
    ("zhuzhan6", "马志强"),  # leaves: 岗位空缺
    ("zhuzhan7", "白雪梅"),  # leaves: the second officer acts (代管)
)
# number of a grid → (chain, nodes) it looks at first
FOCUS = {1: ("flower", (2, 3)), 2: ("flower", (4,)), 3: ("flower", (5, 10)), 4: ("flower", (6, 9)), 5: ("digital", (1, 2, 3)),
         6: ("flower", (1, 7)), 7: ("digital", (4, 5, 6))}  # fmt: skip
SUPERVISION_PHONE = "000-88000120"
CADRE = ("qiye", "罗春燕", "000-88000115")  # speaks for a sample firm
LIAISONS = (("lianluo", "陈思远", "花卉链联络员"), ("lianluo2", "郭晓东", "数字经济链联络员"))

# number, name, kind, column, row, numbers of the nodes upstream (a leading "-" marks a supporting link)
FLOWER_NODES = (
    (1, "种质资源与育种", "main", 1, 1, ()),
    (2, "种球种苗", "main", 2, 1, (1,)),
    (3, "农资农材与设施", "side", 2, 3, ()),
    (4, "种植", "main", 3, 1, (2, -3)),
    (5, "采后处理与分级包装", "main", 4, 1, (4, -3)),
    (6, "拍卖与交易", "main", 5, 1, (5,)),
    (7, "冷链物流", "main", 6, 1, (5, 6)),
    (8, "出口与检疫报关", "main", 7, 1, (6, 7)),
    (9, "电商零售与花艺", "main", 7, 2, (6, 7)),
    (10, "加工与衍生品", "main", 4, 2, (4,)),
    (11, "数字与综合服务", "side", 5, 3, ()),
)
FLOWER_SERVED = (4, 6, 7, 9)  # nodes that 11 supports
DIGITAL_NODES = (
    (1, "算力与网络设施", "main", 1, 1, ()),
    (2, "数据资源与治理", "main", 2, 1, (1,)),
    (3, "软件与信息技术服务", "main", 3, 1, (1, 2)),
    (4, "行业平台与应用", "main", 4, 1, (2, 3)),
    (5, "终端与物联网制造", "side", 3, 2, ()),
    (6, "数字人才与孵化", "side", 2, 3, ()),
)
DIGITAL_SERVED = {5: (4,), 6: (3, 4)}
EMPTY_NODE = 8  # of the flower chain: 空白环节

# real firms: name, chain, node, one sentence of public knowledge; never on the register
LEAD_FIRM = "昆明国际花卉拍卖交易中心有限公司"
REAL_FIRMS = (
    (LEAD_FIRM, "flower", 6, "花卉链链主企业。鲜切花拍卖交易，交易规模全国第一、世界第二。"),
    ("云南斗南花卉产业集团", "flower", 6, "斗南花卉市场的运营企业。"),
    ("昆明花易宝科技有限公司", "flower", 6, "花卉线上交易与数据服务。"),
    ("云南锦苑花卉产业股份有限公司", "flower", 1, "花卉育种、种植与销售。"),
    ("云南顺丰昆明斗南鲜花冷链集散中心", "flower", 7, "鲜花冷链集散。"),
    ("中国移动（云南）数据中心", "digital", 1, "数据中心。"),
    ("浪潮集团昆明市政务云中心", "digital", 4, "政务云平台。"),
    ("云南继元物联网股份有限公司", "digital", 5, "物联网。"),
    ("华为（昆明）数字经济学院", "digital", 6, "数字人才培养。"),
)
# sample firms: how many per node, and the word of the trade in their names
HEADS = ("云禾", "锦程", "花语", "春田", "滇蕊", "南溪")
FLOWER_FIRMS = {1: (5, "园艺"), 2: (12, "种苗"), 3: (10, "农资"), 4: (24, "园艺"), 5: (10, "包装"), 6: (8, "花艺"),
                7: (8, "冷链"), 9: (10, "花艺"), 10: (6, "包装"), 11: (4, "数据")}  # fmt: skip
DIGITAL_FIRMS = {1: (6, "数据"), 2: (9, "数据"), 3: (16, "软件"), 4: (9, "软件"), 5: (7, "物联"), 6: (4, "软件")}

REGIME = "企业定期联系制度（示例）"
CHECKLIST = "企业产改清单（示例）"
SURNAMES = "王李张刘陈杨黄吴周徐马朱胡郭林何高罗"
TITLES = ("总经理", "人事主管", "行政主管", "工会主席", "厂长")
NOTES = (
    "宣传产改政策，到包装车间与班组长座谈",
    "了解用工情况和夜班作息",
    "送政策上门，讲解技能提升补贴",
    "到冷库作业现场看劳动保护",
    "与企业负责人商量建会时间",
    "听取职工对食堂和班车的意见",
)
# title, what was said, category, simple: how far it has got is told by `history`
ISSUES = (
    ("夜班食堂二十二点关门", "夜班职工二十三点后吃不上热饭，希望延长供餐。", False),
    ("技能提升补贴怎么申领", "职工拿到初级证书，不清楚申领条件和材料。", True),
    ("包装车间照明不足", "冬季早班光线差，分级作业看不清。", False),
    ("想开设鲜切花保鲜培训班", "希望联合周边企业办一期，二十人左右。", False),
    ("职工子女暑期托管", "双职工家庭暑期孩子无人照看。", False),
    ("入会手续咨询", "新招的十几名职工想入会，不知道找谁。", True),
    ("冷库作业防寒服标准", "防寒服发放周期长，破损后更换慢。", False),
    ("班车站点调整", "数字园区班车不到地铁口，早晚步行远。", False),
    ("灵活用工的工伤保障", "旺季临时工较多，想了解如何参保。", True),
    ("加班工资计算口径", "七夕前连续加班，职工对计算方式有疑问。", False),
)
