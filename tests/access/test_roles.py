"""The table of roles: what must never be in one hand, and what the written page says of it."""

import re
from pathlib import Path

import pytest

from crm.access.roles import DISTRICT_ROLES, OFFICER_ROLES, ROLES, STATION_ROLES, Container, Right, Role
from crm.access.roles import roles_with_chain as with_chain
from crm.access.roles import roles_with_own as with_own
from enterprises.models import Enterprise
from stations.enums import SOURCE_OF_ROLE
from stations.models import Post, Station, TradeUnion

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
WRITES = {right for right in Right if not right.value.startswith("view_")}


def reached(role: Role) -> frozenset[Right]:
    rights = ROLES[role]
    return rights.granted | rights.own | rights.chain


def test_every_role_has_its_rights_and_every_right_its_role() -> None:
    assert set(ROLES) == set(Role)
    assert frozenset().union(*map(reached, Role)) == set(Right)
    assert set(SOURCE_OF_ROLE) == set(Role)


def test_who_drafts_a_list_does_not_approve_it() -> None:
    assert not [role for role in Role if {Right.DRAFT_LIST, Right.APPROVE_LIST} <= reached(role)]


def test_nobody_appoints_their_own_kind_but_the_district() -> None:
    assert [role for role in Role if Right.APPOINT_CHIEF in reached(role)] == [Role.DISTRICT_LEADER]


def test_personal_fields_are_the_stations_own() -> None:
    assert {role for role in Role if Right.VIEW_CONTACTS in reached(role)} == set(STATION_ROLES)
    for role in OFFICER_ROLES:
        assert Right.VIEW_CONTACTS not in ROLES[role].granted


def test_the_administrator_keeps_accounts_and_sees_no_business() -> None:
    assert reached(Role.ADMINISTRATOR) == {Right.MANAGE_ACCOUNTS}
    assert [role for role in Role if Right.MANAGE_ACCOUNTS in reached(role)] == [Role.ADMINISTRATOR]


def test_another_system_writes_visits_and_issues_only() -> None:
    assert reached(Role.API_CONSUMER) & WRITES == {Right.LOG_VISIT, Right.OPEN_ISSUE}


@pytest.mark.parametrize(
    ("right", "seen"),
    [
        (Right.MANAGE_REGISTER, Right.VIEW_REGISTER),
        (Right.DRAFT_LIST, Right.VIEW_LISTS),
        (Right.APPROVE_LIST, Right.VIEW_LISTS),
        (Right.RELEASE_LIST, Right.VIEW_LISTS),
        (Right.ACCEPT_ISSUE, Right.VIEW_ISSUES),
        (Right.HANDLE_ISSUE, Right.VIEW_ISSUES),
        (Right.PLAN, Right.VIEW_VISITS),
        (Right.APPOINT, Right.VIEW_STATION),
    ],
)
def test_who_may_act_may_see(right: Right, seen: Right) -> None:
    for role, rights in ROLES.items():
        assert right not in rights.granted or seen in rights.granted, role
        assert right not in rights.own or seen in rights.own | rights.granted, role


def test_own_and_chain_reach_belong_to_officers() -> None:
    assert {role for role, rights in ROLES.items() if rights.own} == {*OFFICER_ROLES, Role.ENTERPRISE_CADRE}
    assert {role for role, rights in ROLES.items() if rights.chain} == {Role.LIAISON}
    assert with_own(Right.VIEW_CONTACTS) == list(OFFICER_ROLES)
    assert with_chain(Right.VIEW_REGISTER) == [Role.LIAISON]
    assert {role for role in (*STATION_ROLES, *DISTRICT_ROLES) if ROLES[role].container == Container.EITHER} == set()


def test_each_right_can_be_granted_on_the_containers() -> None:
    for model in (Station, TradeUnion):
        assert {code for code, _name in model._meta.permissions} == {right.value for right in Right}
    assert Station.scope.view == Post.scope.view == Right.VIEW_STATION
    assert Enterprise.scope.view == Right.VIEW_REGISTER


def test_the_written_page_names_each_role_with_its_reach() -> None:
    lines = dict(re.findall(r"^\| \S+ ([A-Za-z ]+?) \| ([^|]+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    short = {"grid officer": Role.GRID_OFFICER, "liaison officer": Role.LIAISON, "chief": Role.CHIEF} | {
        role.value.replace("_", " "): role for role in Role
    }
    found = {short[name.lower()]: reach for name, reach in lines.items() if name.lower() in short}
    assert set(found) == set(Role)
    for role, reach in found.items():
        container = ROLES[role].container
        assert ("union" in reach) == (container != Container.STATION), role
        assert ("own" in reach) == bool(ROLES[role].own), role
        assert ("chain" in reach) == bool(ROLES[role].chain), role


def test_the_written_table_is_the_one_in_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| `")
    ]
    head = next(line for line in page.splitlines() if line.startswith("| Right |"))
    roles = [cell.strip() for cell in head.strip("|").split("|")][1:]
    assert roles == [role.value for role in ROLES]
    written = {cells[0].strip("`"): dict(zip(roles, cells[1:], strict=True)) for cells in rows}
    assert written.keys() == {right.value for right in Right}
    for right, cells in written.items():
        for role, rights in ROLES.items():
            reaches = (("whole", rights.granted), ("own", rights.own), ("chain", rights.chain))
            assert cells[role] == (" ".join(name for name, of in reaches if right in of) or "–"), (right, role)


def test_who_works_where() -> None:
    assert set(OFFICER_ROLES) == {Role.GRID_OFFICER, Role.LIAISON}
    assert set(STATION_ROLES) == {Role.CHIEF, Role.GRID_OFFICER, Role.LIAISON}
    assert set(DISTRICT_ROLES) == {Role.DISTRICT_LEADER, Role.DISTRICT_STAFF}
