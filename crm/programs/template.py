"""The checklist with which an installation begins: 30 items in six groups. A new item of the template is a line here.

The lines stand in the table `ChecklistLine`, per version of a union; what an enterprise has to show on a day follows from
the version in force that day (`selectors/sheet.py`), which asks the table alone.
"""

import datetime as dt

from crm.core.dated import term_from
from crm.programs.enums import EvidenceKind, Group
from crm.programs.models import Checklist, ChecklistLine
from stations.models import TradeUnion

A, B, C, D, E, F = Group
K = EvidenceKind
QUARTER, YEAR, THREE_YEARS, FIVE_YEARS, LASTING = 3, 12, 36, 60, None

# group, item, kind of evidence, evidence asked for, months of validity (a contract's own term may be given instead)
FIRST_LINES = (
    (A, "建立工会组织（独立、联合或行业、区域覆盖）", K.DOCUMENT, "建会批复、法人资格证", FIVE_YEARS),
    (A, "职工入会率（先进之家不低于80%，全国模范不低于90%）", K.ROSTER, "实名制会员名册，只记人数", QUARTER),
    (A, "企业产改方案（一企一策，明确改革主题）", K.DOCUMENT, "方案文件", YEAR),
    (A, "工作机制：党组织领导、行政支持、工会牵头、专人负责", K.DOCUMENT, "机制文件", YEAR),
    (B, "理论宣讲、工人大思政课、主题教育", K.ACTIVITY, "通知、签到、照片", YEAR),
    (B, "企业党组织覆盖，在产业工人中发展党员", K.ROSTER, "党员人数", YEAR),
    (B, "劳模工匠选树与宣传", K.AWARD, "命名文件", LASTING),
    (B, "班组建设、班组大讨论", K.ACTIVITY, "活动记录", YEAR),
    (C, "劳动和技能竞赛", K.ACTIVITY, "竞赛通知、结果", YEAR),
    (C, "“五小”活动、合理化建议", K.DOCUMENT, "征集汇总表（盖工会章）、授权书、真实性承诺书", YEAR),
    (C, "创新工作室（劳模、工匠、职工）", K.AWARD, "命名文件", THREE_YEARS),
    (C, "工人先锋号、班组创建", K.AWARD, "命名文件", LASTING),
    (D, "年度培训计划与职工教育经费", K.DOCUMENT, "计划、记录", YEAR),
    (D, "师带徒、名师带徒", K.DOCUMENT, "师徒协议", YEAR),
    (D, "职业技能等级自主认定或参加社会评价", K.RECEIPT, "备案回执、持证人数", YEAR),
    (D, "校企合作、订单班、学历提升", K.DOCUMENT, "合作协议", THREE_YEARS),
    (D, "技能人才占比、高技能人才占比", K.ROSTER, "人数（分子、分母）", YEAR),
    (E, "职代会、厂务公开", K.ACTIVITY, "会议材料", YEAR),
    (E, "综合集体合同", K.RECEIPT, "合同、人社受理回执", THREE_YEARS),
    (E, "工资、能级工资专项集体合同", K.RECEIPT, "合同、人社受理回执", YEAR),
    (E, "女职工、劳动安全卫生专项合同（小微由区域性、行业性合同覆盖）", K.DOCUMENT, "合同", THREE_YEARS),
    (E, "技能与薪酬挂钩（技能津贴、岗位绩效工资）", K.DOCUMENT, "制度文件", LASTING),
    (E, "产业工人任党代表、人大代表、政协委员、群团兼挂职", K.ROSTER, "人数", FIVE_YEARS),
    (F, "劳动合同、社会保险、工资按时支付", K.DOCUMENT, "企业自查表", YEAR),
    (F, "劳动争议调解组织、工会劳动法律监督", K.DOCUMENT, "文件、件数", YEAR),
    (F, "职工之家（合格、先进、模范；小家）", K.AWARD, "命名文件", THREE_YEARS),
    (F, "食堂、住宿、通勤班车、托育托管、疗休养、体检", K.ACTIVITY, "服务记录", YEAR),
    (F, "劳务派遣、灵活用工、新就业形态职工入会与服务", K.ROSTER, "人数（单列分母）", QUARTER),
    (F, "困难职工建档、微心愿、医疗互助", K.ROSTER, "户数（区总工会系统）", YEAR),
    (F, "典型做法提炼", K.DOCUMENT, "案例", LASTING),
)


def first_checklist(union: TradeUnion, name: str, start: dt.date) -> Checklist:
    """Version 1 of `FIRST_LINES` for a union, in force from the first day of the year of `start`."""
    checklist = Checklist.objects.create(union=union, number=1, name=name, term=term_from(dt.date(start.year, 1, 1)))
    ChecklistLine.objects.bulk_create(
        ChecklistLine(
            checklist=checklist, number=number, group=group, title=title, evidence_kind=kind, asks=asks, months=months
        )
        for number, (group, title, kind, asks, months) in enumerate(FIRST_LINES, start=1)
    )
    return checklist
