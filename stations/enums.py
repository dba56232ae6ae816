"""Words of unions, stations and posts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Role


class UnionLevel(TextChoices):
    NATIONAL = "national", _("National federation")
    PROVINCE = "province", _("Provincial federation")
    CITY = "city", _("City federation")
    DISTRICT = "district", _("District federation")
    TOWNSHIP = "township", _("Township or sub-district federation")
    PARK = "park", _("Park federation")
    INDUSTRY = "industry", _("Industry federation")
    GRASSROOTS = "grassroots", _("Grassroots trade union")


class SourceKind(TextChoices):
    GRASSROOTS_CHAIR = "grassroots_chair", _("Recommended: chair of a grassroots trade union")
    KEY_ENTERPRISE = "key_enterprise", _("Selected: union worker of a key enterprise")
    TASK_FORCE = "task_force", _("Seconded: from the reform task force")
    UNION_OFFICE = "union_office", _("Member of the federation's staff")
    SYSTEM = "system", _("Another system")
    ENTERPRISE_UNION = "enterprise_union", _("Chair or officer of the enterprise's own union")


# who may come from where: role → kind of source, and the levels of union it may name
SOURCE_OF_ROLE: dict[str, SourceKind] = {
    Role.CHIEF: SourceKind.GRASSROOTS_CHAIR,
    Role.GRID_OFFICER: SourceKind.KEY_ENTERPRISE,
    Role.LIAISON: SourceKind.TASK_FORCE,
    Role.DISTRICT_LEADER: SourceKind.UNION_OFFICE,
    Role.DISTRICT_STAFF: SourceKind.UNION_OFFICE,
    Role.API_CONSUMER: SourceKind.SYSTEM,
    Role.ADMINISTRATOR: SourceKind.UNION_OFFICE,
    Role.ENTERPRISE_CADRE: SourceKind.ENTERPRISE_UNION,
}
LEVELS_OF_SOURCE: dict[str, tuple[UnionLevel, ...]] = {
    SourceKind.GRASSROOTS_CHAIR: (UnionLevel.GRASSROOTS,),
    SourceKind.KEY_ENTERPRISE: (UnionLevel.GRASSROOTS,),
}
# sources that are an office rather than a union: the office must be named
OFFICE_SOURCES = (SourceKind.TASK_FORCE,)
