"""The categories of issues that a new installation starts with (editable afterwards)."""

from typing import Any

from crm.issues.models import IssueCategory

AMONG_RIVALS = ("pay", "disputes")  # wages and disputes of a rival (DEFINITIONS §0.6)
# code, Chinese name (data, not a label), usual handler, whether it is the union's own matter
DEFAULTS = (
    ("union", "建会入会", "区总·基层组织", True),
    ("employment", "劳动用工", "区人社局", True),
    ("skills", "技能提升与等级认定", "区人社局、区总", True),
    ("pay", "薪酬与集体协商", "区总·权益", True),
    ("insurance", "社会保险", "人社/社保经办", True),
    ("disputes", "劳动争议与欠薪", "调解组织→仲裁", True),
    ("safety", "劳动安全卫生", "应急/卫健", True),
    ("living", "食宿通勤", "园区管委会/街道", True),
    ("children", "子女托育入学", "区教体局、区总", True),
    ("care", "帮扶与心理", "区总·帮扶中心", True),
    ("party", "党建与思想引领", "党工委", True),
    ("policy", "政策与融资", "人社/财政/金融办", True),
    ("park", "园区配套与要素", "园区管委会", True),
    ("business", "企业经营类", "转区企业服务专班", False),
)


def seed(**_kwargs: Any) -> None:
    """Write the default categories that are missing (connected to post_migrate)."""
    IssueCategory.objects.bulk_create(
        [
            IssueCategory(
                code=code,
                name=name,
                usual_handler=handler,
                union_matter=own,
                among_rivals=code in AMONG_RIVALS,
                position=place,
            )
            for place, (code, name, handler, own) in enumerate(DEFAULTS, start=1)
        ],
        ignore_conflicts=True,
    )
