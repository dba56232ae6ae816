"""The oracle of rights against rows made by hand: every line of the table in docs/permissions.md and the three cuts."""

import datetime
import time
from collections import defaultdict
from typing import Any

import pytest
from django.db import connection

from tests.attack.oracle import ROWS, TABLES, Oracle, Row

TODAY = datetime.date(2026, 6, 15)
DAY = datetime.timedelta(days=1)
PAST = {"since": TODAY - 100 * DAY, "until": TODAY}
FUTURE = {"since": TODAY + DAY, "until": None}
LAST_DAY = {"since": TODAY, "until": TODAY + DAY}

# a user, the person and the post have one number
API_UNION, CHIEF, GRID, LIAISON, LEADER, STAFF, API_STATION, ADMIN, OTHER_CHIEF, ENDED = range(30, 40)
CITY, DISTRICT, STREET, ELSEWHERE, QUIET_STREET = range(1, 6)
STATION, OTHER = 11, 12
OWN, OF_CHAIN, OF_STATION, CANDIDATE, GONE, FAR = range(101, 107)
CHAIN, FAR_CHAIN, QUIET_CHAIN = 51, 52, 53


class World:
    """Rows under the names of the oracle; what is not said is None, a term is open since long ago."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, number: int, **values: Any) -> None:
        columns = set(TABLES[table][1])
        row: Row = dict.fromkeys(columns - {"term"})
        if "term" in columns:
            row |= {"since": TODAY - 200 * DAY, "until": None}
        assert set(values) <= set(row), values
        self.tables[table].append(row | {"id": number} | values)

    def change(self, table: str, number: int, **values: Any) -> None:
        next(row for row in self.tables[table] if row["id"] == number).update(values)

    def oracle(self) -> Oracle:
        return Oracle(self.tables, TODAY)

    def sees(self, user: int, kind: str) -> set[int]:
        return self.oracle().visible(user, kind)


@pytest.fixture
def world() -> World:
    w = World()
    for number, path in zip(range(1, 6), ("0001", "00010001", "000100010001", "00010002", "000100010002"), strict=True):
        w.add("unions", number, path=path)
        w.add("policies", number, union_id=number)
        w.add("cases", 100 + number, station_id=OTHER, adopted_by_id=number)
    for number, union in ((21, STREET), (22, ELSEWHERE), (23, ELSEWHERE), (24, QUIET_STREET), (25, ELSEWHERE)):
        w.add("parks", number, union_id=union)
    w.add("stations", STATION, union_id=STREET, home_park_id=21)
    w.add("stations", OTHER, union_id=ELSEWHERE, home_park_id=25)
    w.add("served", 1, station_id=STATION, park_id=22)
    w.add("served", 2, station_id=STATION, park_id=23, **PAST)
    for post, role in ((CHIEF, "chief"), (GRID, "grid_officer"), (LIAISON, "liaison"), (API_STATION, "api_consumer")):
        w.add("posts", post, role=role, station_id=STATION)
    for post, role in ((LEADER, "district_leader"), (STAFF, "district_staff"), (API_UNION, "api_consumer")):
        w.add("posts", post, role=role, union_id=DISTRICT)
    w.add("posts", ADMIN, role="administrator", union_id=DISTRICT)
    w.add("posts", OTHER_CHIEF, role="chief", station_id=OTHER)
    w.add("posts", ENDED, role="grid_officer", station_id=STATION, **PAST)
    for number in range(30, 40):
        w.add("users", number, is_active=True, person_id=number)
        w.add("appointments", number, post_id=number, person_id=number)

    for number in (OWN, OF_CHAIN, OF_STATION, CANDIDATE, GONE, FAR):
        w.add("enterprises", number)
        w.add("contacts", 1000 + number, enterprise_id=number)
        w.add("facts", 2000 + number, enterprise_id=number, **PAST)
    for number, enterprise in enumerate((OWN, OF_CHAIN, OF_STATION), 91):
        w.add("register", number, enterprise_id=enterprise, station_id=STATION)
    w.add("register", 94, enterprise_id=GONE, station_id=STATION, **PAST)
    w.add("register", 95, enterprise_id=GONE, station_id=OTHER, since=TODAY, until=None)
    w.add("register", 96, enterprise_id=FAR, station_id=OTHER)
    w.add("candidates", 97, enterprise_id=CANDIDATE, station_id=STATION)
    w.add("candidates", 98, enterprise_id=GONE, station_id=STATION)

    for chain, union in ((CHAIN, DISTRICT), (FAR_CHAIN, ELSEWHERE), (QUIET_CHAIN, QUIET_STREET)):
        w.add("chains", chain, union_id=union)
        w.add("nodes", chain + 10, chain_id=chain)
        w.add("seats", chain + 20, chain_id=chain, post_id=LIAISON if chain == CHAIN else OTHER_CHIEF)
        w.add("leaders", chain + 30, chain_id=chain, enterprise_id=FAR, **PAST)
    w.add("seats", 74, chain_id=QUIET_CHAIN, post_id=LIAISON, **PAST)
    w.add("places", 1, chain_id=CHAIN, enterprise_id=OF_CHAIN)
    w.add("places", 2, chain_id=CHAIN, enterprise_id=OF_STATION, **PAST)
    w.add("places", 3, chain_id=CHAIN, enterprise_id=GONE)  # not on the register of the post's station
    w.add("places", 4, chain_id=FAR_CHAIN, enterprise_id=FAR)
    w.add("places", 5, chain_id=QUIET_CHAIN, enterprise_id=OF_STATION)

    w.add("grids", 1, station_id=STATION, post_id=GRID)
    w.add("grids", 2, station_id=OTHER, post_id=OTHER_CHIEF)
    w.add("responsibilities", 1, enterprise_id=OWN, post_id=GRID)
    w.add("responsibilities", 2, enterprise_id=OWN, post_id=LIAISON)
    w.add("responsibilities", 3, enterprise_id=FAR, post_id=LIAISON)
    w.add("responsibilities", 4, enterprise_id=OF_STATION, post_id=GRID, **FUTURE)
    w.add("responsibilities", 5, enterprise_id=FAR, post_id=OTHER_CHIEF)
    w.add("responsibilities", 6, enterprise_id=OF_CHAIN, post_id=OTHER_CHIEF, **PAST)
    for number, station in ((1, STATION), (2, OTHER)):
        w.add("lists", number, station_id=station)
        w.add("lines", number * 10, responsible_list_id=number, enterprise_id=OWN)
        w.add("lines", number * 10 + 1, responsible_list_id=number, enterprise_id=OF_CHAIN)

    # at whom, stamped with which station, by which post
    w.add("visits", 1, enterprise_id=OWN, station_id=OTHER, post_id=OTHER_CHIEF)
    w.add("visits", 2, enterprise_id=OF_STATION, station_id=STATION, post_id=GRID)
    w.add("visits", 3, enterprise_id=OF_CHAIN, station_id=STATION, post_id=LIAISON)
    w.add("visits", 4, enterprise_id=GONE, station_id=STATION, post_id=CHIEF)
    w.add("visits", 5, enterprise_id=FAR, station_id=OTHER, post_id=OTHER_CHIEF)
    w.add("visits", 6, enterprise_id=GONE, station_id=OTHER, post_id=OTHER_CHIEF)
    for row in w.tables["visits"]:
        w.add("obligations", row["id"], enterprise_id=row["enterprise_id"], station_id=row["station_id"])
        w.add("photos", 300 + row["id"], visit_id=row["id"])
        w.add("confirmations", 300 + row["id"], visit_id=row["id"])
        w.add("conflicts", **{"number": row["id"]} | {k: row[k] for k in ("enterprise_id", "station_id", "post_id")})
        for kind in ("items", "titles"):
            w.add(kind, row["id"], enterprise_id=row["enterprise_id"])
        w.add("cases", **{"number": row["id"]} | {k: row[k] for k in ("enterprise_id", "station_id", "post_id")})
        w.add("deliveries", **{"number": row["id"]} | {k: row[k] for k in ("enterprise_id", "station_id", "post_id")})
        w.add("item_events", 300 + row["id"], item_id=row["id"])
        w.add("issues", **{"number": row["id"]} | {k: row[k] for k in ("enterprise_id", "station_id", "post_id")})
    w.add("issues", 7, enterprise_id=GONE, station_id=OTHER, post_id=OTHER_CHIEF, handler_id=GRID)
    w.add("issues", 8, enterprise_id=GONE, station_id=OTHER, post_id=OTHER_CHIEF, handler_id=LIAISON)
    for row in w.tables["issues"]:
        w.change("issues", row["id"], withheld=False, category_id=1)
        w.add("events", 200 + row["id"], issue_id=row["id"])
    w.add("categories", 1, among_rivals=False)
    w.add("categories", 2, among_rivals=True)
    w.add("recusals", 1, person_id=OTHER_CHIEF, enterprise_id=OF_STATION, kind="wish", **PAST)
    w.add("recusals", 2, person_id=OTHER_CHIEF, enterprise_id=FAR, kind="competitor")
    return w


STATION_POSTS = {CHIEF, GRID, LIAISON, API_STATION, ENDED}
UNION_POSTS = {LEADER, STAFF, API_UNION, ADMIN}
# kind -> whole at the station, what a post at the union reads besides, grid officer, liaison officer
TABLE: dict[str, tuple[set[int], set[int], set[int], set[int]]] = {
    "unions": ({CITY, DISTRICT, STREET}, {QUIET_STREET}, {CITY, DISTRICT, STREET}, {CITY, DISTRICT, STREET}),
    "stations": ({STATION}, set(), {STATION}, {STATION}),
    "parks": ({21, 22}, {24}, {21, 22}, {21, 22}),
    "posts": (STATION_POSTS, UNION_POSTS, STATION_POSTS, STATION_POSTS),
    "appointments": (STATION_POSTS, UNION_POSTS, STATION_POSTS, STATION_POSTS),
    "grids": ({1}, set(), {1}, {1}),
    "chains": ({51}, {53}, {51}, {51}),
    "nodes": ({61}, {63}, {61}, {61}),
    "seats": ({71}, {73, 74}, {71}, {71}),
    "leaders": ({81}, {83}, {81}, {81}),
    "enterprises": (
        {OWN, OF_CHAIN, OF_STATION, CANDIDATE},
        set(),
        {OWN, OF_CHAIN, OF_STATION, CANDIDATE},
        {OWN, OF_CHAIN, FAR},
    ),
    "register": ({91, 92, 93, 94}, set(), {91, 92, 93, 94}, {91, 92, 96}),
    "candidates": ({97, 98}, set(), {97, 98}, set()),
    "facts": ({2101, 2102, 2103, 2104}, set(), {2101, 2102, 2103, 2104}, {2101, 2102, 2106}),
    "places": ({1, 2, 5}, set(), {1, 2, 5}, {1, 4}),
    "responsibilities": ({1, 2, 3, 4, 6}, set(), {1, 2, 3, 4, 6}, {1, 2, 3, 5, 6}),
    "contacts": ({1101, 1102, 1103}, set(), {1101, 1102, 1103}, {1101, 1106}),
    "visits": ({1, 2, 3, 4}, set(), {1, 2}, {1, 3, 5}),
    "confirmations": ({301, 302, 303, 304}, set(), {301, 302}, {301, 303, 305}),
    "photos": ({301, 302, 303, 304}, set(), {301, 302}, {301, 303, 305}),
    "obligations": ({1, 2, 3, 4}, set(), {1}, {1, 5}),
    "issues": ({1, 2, 3, 4}, set(), {1, 2, 7}, {1, 3, 5, 8}),
    "events": ({201, 202, 203, 204}, set(), {201, 202, 207}, {201, 203, 205, 208}),
    **dict.fromkeys(("items", "titles"), ({1, 2, 3}, set(), {1}, {1, 5})),
    "item_events": ({301, 302, 303}, set(), {301}, {301, 305}),
    "policies": ({CITY, DISTRICT, STREET}, {QUIET_STREET}, {CITY, DISTRICT, STREET}, {CITY, DISTRICT, STREET}),
    "deliveries": ({1, 2, 3, 4}, set(), {1, 2}, {1, 3, 5}),
    "cases": ({2, 3, 4, 101, 102, 103}, {105}, {1, 2, 101, 102, 103}, {1, 3, 5, 101, 102, 103}),
    "lists": ({1}, set(), {1}, set()),
    "lines": ({10, 11}, set(), {10, 20}, set()),
}


@pytest.mark.parametrize("kind", TABLE)
def test_each_line_of_the_table(world: World, kind: str) -> None:
    whole, at_union, grid, liaison = TABLE[kind]
    expected = dict.fromkeys((CHIEF, API_STATION), whole) | dict.fromkeys((LEADER, STAFF, API_UNION), whole | at_union)
    expected |= {GRID: grid, LIAISON: liaison, ADMIN: set(), ENDED: set()}
    oracle = world.oracle()
    assert {user: oracle.visible(user, kind) for user in expected} == expected


def test_every_kind_has_its_line() -> None:
    # cards are the chief's, notices their reader's; notes go with visits, but for cadres
    others = {
        "recusals",
        "notices",
        "conflicts",
        "cards",
        "notes",
        "regimes",
        "gatherings",
        "invitations",
        "commitments",
        "planned",
    }
    assert set(ROWS) == {*TABLE, *others, "pauses", "exemptions", "exceptions"}


def test_what_was_sent_twice_is_read_by_the_chief_and_in_the_post_that_sent_it(world: World) -> None:
    oracle = world.oracle()
    seen = {user: oracle.visible(user, "conflicts") for user in range(30, 40)}
    assert {user: ids for user, ids in seen.items() if ids} == {
        CHIEF: {1, 2, 3, 4}, GRID: {2}, LIAISON: {3}, OTHER_CHIEF: {1, 4, 5, 6},
    }  # fmt: skip
    world.add("recusals", 10, person_id=GRID, enterprise_id=OF_STATION, kind="own_unit")
    assert world.sees(GRID, "conflicts") == set()


def test_recusals_are_read_by_chief_and_district_only(world: World) -> None:
    oracle = world.oracle()
    seen = {user: oracle.visible(user, "recusals") for user in range(30, 40)}
    assert {user: ids for user, ids in seen.items() if ids} == {CHIEF: {1}, LEADER: {1}, STAFF: {1}, OTHER_CHIEF: {2}}


def test_contacts_are_revealed_to_the_posts_of_the_station(world: World) -> None:
    oracle = world.oracle()
    assert oracle.revealable(CHIEF) == {1101, 1102, 1103}
    assert oracle.revealable(GRID) == {1101}
    assert oracle.revealable(LIAISON) == oracle.may(LIAISON, "reveal") == {1101, 1106}
    assert not any(oracle.revealable(user) for user in (LEADER, STAFF, API_STATION, API_UNION, ADMIN))


@pytest.mark.parametrize("act", ["log_visit", "open_issue"])
def test_every_post_of_the_station_may_log_for_its_register(world: World, act: str) -> None:
    oracle = world.oracle()
    for user in (CHIEF, GRID, LIAISON, API_STATION, API_UNION):
        assert oracle.may(user, act) == {OWN, OF_CHAIN, OF_STATION}
    assert not any(oracle.may(user, act) for user in (LEADER, STAFF, ADMIN, ENDED))


def test_only_the_chief_manages_the_register(world: World) -> None:
    oracle = world.oracle()
    can = {user for user in range(30, 40) if oracle.may(user, "manage_register")}
    assert can == {CHIEF, OTHER_CHIEF}
    assert oracle.may(CHIEF, "manage_register") == {OWN, OF_CHAIN, OF_STATION, CANDIDATE}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("users", {"is_active": False}),
        ("users", {"person_id": None}),
        ("appointments", PAST),
        ("appointments", FUTURE),
        ("posts", PAST),
        ("posts", FUTURE),
    ],
)
def test_without_a_post_held_today_nothing_is_there(world: World, table: str, change: Row) -> None:
    world.change(table, CHIEF, **change)
    oracle = world.oracle()
    assert not any(oracle.visible(CHIEF, kind) for kind in ROWS)
    assert not oracle.revealable(CHIEF) | oracle.figures(CHIEF) | oracle.may(CHIEF, "log_visit")


def test_a_term_is_half_open(world: World) -> None:
    world.change("appointments", CHIEF, **LAST_DAY)
    world.change("posts", CHIEF, **LAST_DAY)
    assert world.sees(CHIEF, "stations") == {STATION}


def test_posts_held_together_add_up(world: World) -> None:
    world.add("appointments", 90, post_id=OTHER_CHIEF, person_id=GRID)  # acting
    assert world.sees(GRID, "stations") == {STATION, OTHER}
    assert world.sees(GRID, "visits") == {1, 2, 4, 5, 6}


@pytest.mark.parametrize("kind", ["own_unit", "competitor", "counterparty"])
def test_recusal_takes_all_but_the_register(world: World, kind: str) -> None:
    for user in (GRID, LIAISON):
        for enterprise in (OWN, OF_CHAIN, OF_STATION, GONE):
            world.add("recusals", user * enterprise, person_id=user, enterprise_id=enterprise, kind=kind)
    oracle = world.oracle()
    for rows in ("enterprises", "register", "facts", "places", "contacts", "lists", "responsibilities"):
        assert oracle.visible(GRID, rows) == TABLE[rows][2]
    for rows in ("enterprises", "register", "facts", "places", "contacts", "responsibilities"):
        assert oracle.visible(LIAISON, rows) == TABLE[rows][3]
    assert oracle.revealable(LIAISON) == {1106}
    for rows in ("visits", "obligations", "issues"):
        assert oracle.visible(GRID, rows) == set()
        assert oracle.visible(LIAISON, rows) == {5}
    assert oracle.visible(LIAISON, "events") == {205}
    assert not oracle.visible(GRID, "events") | oracle.visible(GRID, "lines") | oracle.revealable(GRID)
    assert not any(oracle.may(user, act) for user in (GRID, LIAISON) for act in ("log_visit", "open_issue"))


@pytest.mark.parametrize("change", [{"kind": "wish"}, PAST, FUTURE, {"person_id": OTHER_CHIEF}])
def test_recusal_of_another_day_or_person_and_a_wish_take_nothing(world: World, change: Row) -> None:
    world.add("recusals", 10, **{"person_id": GRID, "enterprise_id": OWN, "kind": "competitor"} | change)
    oracle = world.oracle()
    assert oracle.visible(GRID, "visits") == {1, 2}
    assert oracle.may(GRID, "log_visit") == {OWN, OF_CHAIN, OF_STATION}


def test_recusal_cuts_no_whole_reach(world: World) -> None:
    world.add("recusals", 10, person_id=CHIEF, enterprise_id=OWN, kind="own_unit")
    world.add("appointments", 90, post_id=GRID, person_id=CHIEF)
    oracle = world.oracle()
    assert oracle.visible(CHIEF, "issues") == {1, 2, 3, 4, 7}
    assert OWN in oracle.may(CHIEF, "log_visit")
    assert 1101 in oracle.revealable(CHIEF)


def test_an_issue_withheld_from_grid_officers(world: World) -> None:
    for number in (1, 2, 3, 7):  # own, opened by it, of another, handled by it
        world.change("issues", number, withheld=True)
    oracle = world.oracle()
    assert oracle.visible(GRID, "issues") == oracle.visible(GRID, "events") == set()
    for user in (CHIEF, LEADER, STAFF, API_STATION, API_UNION):
        assert oracle.visible(user, "issues") == {1, 2, 3, 4}
    assert oracle.visible(LIAISON, "issues") == {1, 3, 5, 8}
    assert oracle.visible(LIAISON, "events") == {201, 203, 205, 208}


@pytest.fixture
def rivals(world: World) -> World:
    """Grid and liaison officer work for OF_STATION, which lies in one chain with OWN, OF_CHAIN and GONE."""
    world.add("places", 10, chain_id=CHAIN, enterprise_id=OF_STATION)
    world.add("places", 11, chain_id=CHAIN, enterprise_id=OWN)
    world.add("recusals", 10, person_id=GRID, enterprise_id=OF_STATION, kind="own_unit")
    world.add("recusals", 11, person_id=LIAISON, enterprise_id=OF_STATION, kind="own_unit")
    return world


def test_figures_of_rivals_are_masked(rivals: World) -> None:
    oracle = rivals.oracle()
    assert oracle.figures(GRID) == {OF_STATION, CANDIDATE}
    assert oracle.figures(LIAISON) == {OF_STATION, FAR}
    assert oracle.figures(CHIEF) == oracle.visible(CHIEF, "enterprises")
    assert oracle.visible(GRID, "facts") == {2101, 2102, 2103, 2104}  # there, but for the number


@pytest.mark.parametrize(
    ("table", "number", "change"),
    [("places", 10, PAST), ("recusals", 10, PAST), ("recusals", 10, {"kind": "competitor"})],
)
def test_rivals_are_those_of_the_own_unit_today(rivals: World, table: str, number: int, change: Row) -> None:
    rivals.change(table, number, **change)
    assert rivals.oracle().figures(GRID) == rivals.sees(GRID, "enterprises")


def test_consent_shows_the_figures(rivals: World) -> None:
    rivals.add("consents", 1, enterprise_id=OWN, **LAST_DAY)
    rivals.add("consents", 2, enterprise_id=OF_CHAIN, **PAST)
    assert rivals.oracle().figures(GRID) == {OWN, OF_STATION, CANDIDATE}


def test_confidential_issues_of_rivals(rivals: World) -> None:
    for number in (1, 3, 5, 7, 8):
        rivals.change("issues", number, category_id=2)
    oracle = rivals.oracle()
    assert oracle.visible(GRID, "issues") == set()  # 1 and 7 confidential, 2 is of its own unit
    assert oracle.visible(LIAISON, "issues") == {5}  # of no rival
    assert oracle.visible(LIAISON, "events") == {205}
    assert oracle.visible(CHIEF, "issues") == {1, 2, 3, 4}


def test_whole_reach_lifts_the_mask(rivals: World) -> None:
    rivals.add("candidates", 99, enterprise_id=CANDIDATE, station_id=OTHER)
    rivals.add("places", 12, enterprise_id=CANDIDATE, chain_id=CHAIN)
    rivals.add("responsibilities", 10, enterprise_id=CANDIDATE, post_id=GRID)
    rivals.add("issues", 9, enterprise_id=CANDIDATE, station_id=STATION, post_id=CHIEF, category_id=2)
    assert rivals.oracle().figures(GRID) == {OF_STATION}
    assert 9 not in rivals.sees(GRID, "issues")
    rivals.add("appointments", 90, post_id=OTHER_CHIEF, person_id=GRID)
    assert rivals.oracle().figures(GRID) == {OF_STATION, CANDIDATE, GONE, FAR}
    assert 9 in rivals.sees(GRID, "issues")  # by the grid, which the chief's post uncovers


def test_merged_enterprises_are_not_live(world: World) -> None:
    world.change("enterprises", OF_CHAIN, merged_into_id=OWN)
    assert world.oracle().live({OWN, OF_CHAIN}) == {OWN}


def test_a_caller_may_change_its_answer(world: World) -> None:
    oracle = world.oracle()
    oracle.visible(CHIEF, "visits").clear()
    assert oracle.visible(CHIEF, "visits")


@pytest.mark.django_db
def test_loads_from_the_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO stations_tradeunion (path, depth, numchild, name, short_name, level, division_code,"
                       " is_sample) VALUES ('0001', 1, 0, 'A', 'A', 'district', '', false) RETURNING id")  # fmt: skip
        union = cursor.fetchone()[0]
        term = f"[{TODAY},{TODAY + DAY})"
        cursor.execute("INSERT INTO stations_post (role, title, union_id, term) VALUES ('district_leader', '', %s, %s)"
                       " RETURNING id", [union, term])  # fmt: skip
        post = cursor.fetchone()[0]
        cursor.execute("INSERT INTO accounts_person (name, name_key, phone, is_service) VALUES ('B', 'B', '', false)"
                       " RETURNING id")  # fmt: skip
        person = cursor.fetchone()[0]
        cursor.execute("INSERT INTO stations_appointment (post_id, person_id, role, acting, source_kind, source_office,"
                       " term) VALUES (%s, %s, 'district_leader', false, 'union_office', '', %s)",
                       [post, person, term])  # fmt: skip
        cursor.execute("INSERT INTO accounts_user (password, is_superuser, username, is_active, is_demo, person_id)"
                       " VALUES ('', true, 'b', true, false, %s) RETURNING id", [person])  # fmt: skip
        user = cursor.fetchone()[0]
        assert Oracle.load(cursor, TODAY).visible(user, "posts") == {post}
        assert Oracle.load(cursor, TODAY + DAY).visible(user, "posts") == set()


def test_large_worlds_are_answered_quickly(world: World) -> None:
    """1,500 enterprises, 300 officers, 6,000 visits: seconds would make the fuzz useless."""
    for number in range(1000, 2500):
        world.add("enterprises", number)
        world.add("register", number, enterprise_id=number, station_id=STATION)
        world.add("places", number, enterprise_id=number, chain_id=CHAIN)
        for visit in range(4):
            world.add("visits", 4 * number + visit, enterprise_id=number, station_id=STATION, post_id=GRID)
    for number in range(1000, 1300):
        world.add("users", number, is_active=True, person_id=number)
        world.add("posts", number, role="grid_officer", station_id=STATION)
        world.add("appointments", number, post_id=number, person_id=number)
        world.add("responsibilities", number, post_id=number, enterprise_id=number)
    began = time.process_time()
    oracle = world.oracle()
    assert {len(oracle.visible(user, "visits")) for user in range(1000, 1300)} == {4}
    assert len(oracle.visible(LEADER, "visits")) == 6004
    assert time.process_time() - began < 3
