"""Roles and what each may do: the table of the product's users, said once in code.

A role's rights come over one of three reaches:
- `granted`: on the whole container of the post (its station, or its union's subtree);
- `own`: on the enterprises for which the post is responsible today (包保); for a cadre of an enterprise's own union, on the
  enterprise for which the post speaks today;
- `chain`: on the enterprises of the chains in which the post has a seat, within its station.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CHIEF = "chief", _("Station chief")
    GRID_OFFICER = "grid_officer", _("Grid officer")
    LIAISON = "liaison", _("Liaison officer")
    DISTRICT_LEADER = "district_leader", _("District union leader")
    DISTRICT_STAFF = "district_staff", _("District union staff")
    API_CONSUMER = "api_consumer", _("API consumer")
    ADMINISTRATOR = "administrator", _("Administrator")
    ENTERPRISE_CADRE = "enterprise_cadre", _("Enterprise union cadre")


class Right(StrEnum):
    VIEW_STATION = "view_station"  # station, parks, posts, grids, chains
    VIEW_REGISTER = "view_register"  # enterprises, register, nodes, responsibilities
    VIEW_CONTACTS = "view_contacts"  # personal fields
    VIEW_VISITS = "view_visits"  # visits and obligations
    VIEW_NOTES = "view_notes"  # what officers note for one another: of a visit, or why nothing is owed
    VIEW_ISSUES = "view_issues"
    VIEW_COVERAGE = "view_coverage"
    VIEW_LISTS = "view_lists"  # responsible lists
    VIEW_RECUSALS = "view_recusals"  # who keeps away from whom, and why
    VIEW_PROGRAMS = "view_programs"  # 产改: items, stages, titles, what was delivered
    MANAGE_REGISTER = "manage_register"  # import, 列入名录, nodes, facts
    MANAGE_GRIDS = "manage_grids"  # grids and who answers for which enterprise
    APPOINT = "appoint"  # grid officers and liaison officers of a station
    APPOINT_CHIEF = "appoint_chief"  # chiefs and district posts
    DRAFT_LIST = "draft_list"
    APPROVE_LIST = "approve_list"
    RELEASE_LIST = "release_list"
    PLAN = "plan"  # obligations from the regime in force, pauses and exceptions
    ASK_EXEMPTION = "ask_exemption"
    APPROVE_EXEMPTION = "approve_exemption"
    MANAGE_REGIME = "manage_regime"  # drafts of the contact regime
    ENACT_REGIME = "enact_regime"
    LOG_VISIT = "log_visit"
    OPEN_ISSUE = "open_issue"
    ACCEPT_ISSUE = "accept_issue"
    CLOSE_ON_SPOT = "close_on_spot"
    ASSIGN_ISSUE = "assign_issue"
    HANDLE_ISSUE = "handle_issue"
    REVIEW_ISSUE = "review_issue"
    CALL_BACK = "call_back"
    WITHHOLD_ISSUE = "withhold_issue"  # 对驻站员不公开
    CONFIRM_VISIT = "confirm_visit"  # the enterprise says whether the visit was so
    REPORT_ITEM = "report_item"  # 产改: how an item of the checklist stands
    VERIFY_ITEM = "verify_item"  # 产改: verify what was reported, or return it
    CONFIRM_ITEM = "confirm_item"  # 产改: confirm for demonstration
    MANAGE_PROGRAMS = "manage_programs"  # 产改: checklist, titles, policies
    MANAGE_ACCOUNTS = "manage_accounts"


class Container(StrEnum):
    STATION = "station"
    UNION = "union"
    EITHER = "either"


@dataclass(frozen=True)
class RoleRights:
    container: Container
    granted: frozenset[Right]
    own: frozenset[Right] = frozenset()
    chain: frozenset[Right] = frozenset()


R = Right
_READ = frozenset(
    {R.VIEW_STATION, R.VIEW_REGISTER, R.VIEW_VISITS, R.VIEW_NOTES, R.VIEW_ISSUES, R.VIEW_COVERAGE, R.VIEW_LISTS}
    | {R.VIEW_PROGRAMS}
)
_FIELD_WORK = frozenset(
    {
        R.VIEW_CONTACTS,
        R.VIEW_VISITS,
        R.VIEW_NOTES,
        R.VIEW_ISSUES,
        R.VIEW_COVERAGE,
        R.VIEW_PROGRAMS,
        R.ACCEPT_ISSUE,
        R.HANDLE_ISSUE,
        R.CALL_BACK,
        R.ASK_EXEMPTION,
        R.REPORT_ITEM,
    }
)

ROLES: dict[Role, RoleRights] = {
    Role.CHIEF: RoleRights(
        Container.STATION,
        _READ
        | _FIELD_WORK
        | {
            R.MANAGE_REGISTER,
            R.MANAGE_GRIDS,
            R.APPOINT,
            R.DRAFT_LIST,
            R.RELEASE_LIST,
            R.PLAN,
            R.LOG_VISIT,
            R.OPEN_ISSUE,
        }
        | {R.CLOSE_ON_SPOT, R.ASSIGN_ISSUE, R.REVIEW_ISSUE, R.WITHHOLD_ISSUE, R.VIEW_RECUSALS}
        | {R.APPROVE_EXEMPTION, R.VERIFY_ITEM},
    ),
    # a colleague's visit is 代访, so logging it and what was heard reaches over the whole station; all else stays with one's own
    Role.GRID_OFFICER: RoleRights(
        Container.STATION,
        frozenset({R.VIEW_STATION, R.VIEW_REGISTER, R.LOG_VISIT, R.OPEN_ISSUE}),
        own=_FIELD_WORK | {R.CLOSE_ON_SPOT, R.VIEW_LISTS},
    ),
    Role.LIAISON: RoleRights(
        Container.STATION,
        frozenset({R.VIEW_STATION, R.LOG_VISIT, R.OPEN_ISSUE}),
        own=_FIELD_WORK | {R.VIEW_REGISTER, R.WITHHOLD_ISSUE},
        chain=frozenset({R.VIEW_REGISTER}),
    ),
    Role.DISTRICT_LEADER: RoleRights(
        Container.UNION,
        _READ
        | {R.APPOINT, R.APPOINT_CHIEF, R.APPROVE_LIST, R.RELEASE_LIST, R.HANDLE_ISSUE, R.ASSIGN_ISSUE}
        | {R.WITHHOLD_ISSUE, R.VIEW_RECUSALS, R.APPROVE_EXEMPTION, R.MANAGE_REGIME, R.ENACT_REGIME}
        | {R.CONFIRM_ITEM, R.MANAGE_PROGRAMS},
    ),
    Role.DISTRICT_STAFF: RoleRights(
        Container.UNION,
        _READ | {R.RELEASE_LIST, R.HANDLE_ISSUE, R.VIEW_RECUSALS, R.MANAGE_REGIME, R.MANAGE_PROGRAMS},
    ),
    Role.API_CONSUMER: RoleRights(Container.EITHER, _READ | {R.LOG_VISIT, R.OPEN_ISSUE}),
    Role.ADMINISTRATOR: RoleRights(Container.UNION, frozenset({R.MANAGE_ACCOUNTS})),
    # nothing of the station itself: neither its register nor its posts nor other enterprises
    Role.ENTERPRISE_CADRE: RoleRights(
        Container.STATION,
        frozenset(),
        own=frozenset({R.VIEW_REGISTER, R.VIEW_VISITS, R.VIEW_ISSUES, R.VIEW_COVERAGE, R.OPEN_ISSUE, R.CONFIRM_VISIT}),
    ),
}

OFFICER_ROLES = (Role.GRID_OFFICER, Role.LIAISON)
STATION_ROLES = (Role.CHIEF, Role.GRID_OFFICER, Role.LIAISON)
DISTRICT_ROLES = (Role.DISTRICT_LEADER, Role.DISTRICT_STAFF)


def roles_with_own(right: Right) -> list[Role]:
    """Roles that hold the right over the enterprises for which they are responsible."""
    return [role for role, rights in ROLES.items() if right in rights.own]


def roles_with_chain(right: Right) -> list[Role]:
    """Roles that hold the right over the enterprises of their chains."""
    return [role for role, rights in ROLES.items() if right in rights.chain]
