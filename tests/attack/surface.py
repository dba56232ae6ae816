"""What is attacked: every address with the rows that its number names, and for whom it opens.

Whom it opens for is said in the oracle's words, from docs/permissions.md; `test_surface.py` holds that no address is
missing here.
"""

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.attack.oracle import CADRE, OFFICERS, Oracle
from tests.build import credit_code

Ids = set[int]
Opens = Callable[[Oracle, int], Ids]
WHOLE = ("chief", "district_leader", "district_staff", "api_consumer")
AT_WORK = ("chief", "grid_officer", "liaison", "api_consumer")  # who may write what is done at a station


def sees(kind: str) -> Opens:
    """Who may read the row."""
    return lambda oracle, user: oracle.visible(user, kind)


def may(act: str) -> Opens:
    """Who may do this to the enterprise."""
    return lambda oracle, user: oracle.may(user, act)


def stations_of(*roles: str) -> Opens:
    """Stations in reach of the user's posts of these roles."""
    return lambda oracle, user: {pk for reach in oracle.reaches(user) if reach.role in roles for pk in reach.stations}


def rows_at(table: str, *roles: str) -> Opens:
    """Rows that name a station in reach of the user's posts of these roles."""
    opens = stations_of(*roles)
    return lambda oracle, user: set(oracle.pick(table, "station_id", opens(oracle, user)))


def chiefs_of(table: str) -> Opens:
    """Rows about enterprises on the registers of the user's stations as chief."""
    return lambda oracle, user: {
        pk
        for reach in oracle.reaches(user)
        if reach.role == "chief"
        for pk in oracle.pick(table, "enterprise_id", reach.kept)
    }


def either(first: Opens, second: Opens) -> Opens:
    return lambda oracle, user: first(oracle, user) | second(oracle, user)


def both(first: Opens, second: Opens) -> Opens:
    return lambda oracle, user: first(oracle, user) & second(oracle, user)


def appoints(oracle: Oracle, user: int) -> Ids:
    """Enterprises on registers of stations whose posts the user fills."""
    return {pk for reach in oracle.reaches(user) if reach.role in ("chief", "district_leader") for pk in reach.kept}


def who_looks(oracle: Oracle, user: int) -> Ids:
    """Enterprises of whose contacts the user is told who looked at them: those that one sees and whose people one may see."""
    found = {
        pk
        for reach in oracle.reaches(user)
        for pk in (reach.kept if reach.role == "chief" else reach.own if reach.role in OFFICERS else ())
    }
    return found & oracle.visible(user, "enterprises")


def work_on(oracle: Oracle, user: int) -> Ids:
    """Enterprises of which one reads how contacts are arranged, and why; the enterprise itself does not."""
    return {
        pk
        for reach in oracle.reaches(user)
        if reach.role != CADRE
        for pk in (reach.kept if reach.role in WHOLE else reach.own)
    }


def subtree_of(table: str, *roles: str) -> Opens:
    """Rows of the unions in the subtree of the user's posts of these roles."""
    return lambda oracle, user: {
        pk
        for reach in oracle.reaches(user)
        if reach.role in roles
        for pk in oracle.pick(table, "union_id", reach.subtree)
    }


def grid_posts(oracle: Oracle, user: int) -> Ids:
    """Grid officers' posts at a station in reach of one who reads all of its contacts."""
    return _grid_posts(oracle, user, *WHOLE)


def half_day_posts(oracle: Oracle, user: int) -> Ids:
    """Posts whose half-days one may look at: the own ones of a station, a chief all of the station that go out."""
    out = {pk for pk, row in oracle._posts.items() if row["role"] in ("chief", "grid_officer", "liaison")}
    own = {reach.post for reach in oracle.reaches(user)}
    return (
        out
        & oracle.visible(user, "posts")
        & (own | oracle.pick("posts", "station_id", stations_of("chief")(oracle, user)))
    )


def chiefs_grid_posts(oracle: Oracle, user: int) -> Ids:
    return _grid_posts(oracle, user, "chief")


def _grid_posts(oracle: Oracle, user: int, *roles: str) -> Ids:
    here = oracle.pick("posts", "station_id", stations_of(*roles)(oracle, user))
    return {pk for pk in here if oracle._posts[pk]["role"] == "grid_officer"}


def kept_unions(oracle: Oracle, user: int) -> Ids:
    """Unions whose checklist the user may change: at and below that of a district post."""
    districts = ("district_leader", "district_staff")
    return {pk for reach in oracle.reaches(user) if reach.role in districts for pk in reach.subtree}


@dataclass(frozen=True)
class Page:
    """An address of the site. `kind`: the rows that its number names; `opens`: on which of them it answers."""

    kind: str = ""
    opens: Opens | None = None
    posts: bool = False  # takes a form
    reads: bool = True  # answers to GET


STATION = "stations"
CHIEF_ROWS = may("manage_register")
WEB: dict[str, Page] = {
    "home": Page(), "components": Page(), "accounts:login": Page(), "accounts:logout": Page(reads=False),
    "stations:list": Page(), "grids:index": Page(), "enterprises:list": Page(), "enterprises:export": Page(),
    "enterprises:new": Page(posts=True), "enterprises:bulk": Page(posts=True, reads=False),
    "enterprises:import": Page(), "enterprises:import_template": Page(), "enterprises:chains": Page(),
    "coverage:rows": Page(), "coverage:rows_export": Page(), "coverage:measures": Page(), "visits:start": Page(),
    "visits:before_list": Page(), "visits:paper": Page(), "coverage:month": Page(), "coverage:month_export": Page(),
    "visits:list": Page(), "visits:export": Page(), "visits:due": Page(), "issues:list": Page(), "issues:export": Page(),
    "accounts:list": Page(),
    "accounts:open": Page("persons", posts=True, reads=False), "accounts:active": Page("users", posts=True, reads=False),
    "stations:detail": Page(STATION, sees(STATION)),
    "grids:sheet": Page(STATION, stations_of("chief"), posts=True),
    "grids:cards": Page(STATION, stations_of("chief"), posts=True), "grids:card_qr": Page("cards", sees("cards")),
    "grids:gate_card": Page(),
    "grids:loads": Page(STATION, sees(STATION)),
    "grids:lists": Page(STATION, stations_of(*WHOLE, "grid_officer"), posts=True),
    "grids:recusals": Page(STATION, stations_of("chief", "district_leader", "district_staff"), posts=True),
    "grids:recusal_end": Page("recusals", sees("recusals"), posts=True, reads=False),
    "grids:list": Page("lists", sees("lists")), "grids:paper": Page("lists", sees("lists")),
    "grids:list_xlsx": Page("lists", sees("lists")),
    "grids:list_move": Page("lists", sees("lists"), posts=True, reads=False),
    "enterprises:import_result": Page("batches", rows_at("batches", "chief")),
    "enterprises:import_faults": Page("batches", rows_at("batches", "chief")),
    "enterprises:detail": Page("enterprises", sees("enterprises")),
    "enterprises:story": Page("enterprises", sees("enterprises")),
    "enterprises:edit": Page("enterprises", CHIEF_ROWS, posts=True),
    "enterprises:facts": Page("enterprises", CHIEF_ROWS, posts=True, reads=False),
    "enterprises:contact": Page("enterprises", CHIEF_ROWS, posts=True, reads=False),
    "enterprises:leave": Page("enterprises", CHIEF_ROWS, posts=True, reads=False),
    "enterprises:consent": Page("enterprises", CHIEF_ROWS, posts=True, reads=False),
    "enterprises:cadre": Page("enterprises", appoints, posts=True, reads=False),
    "enterprises:seen": Page("enterprises", who_looks),
    "enterprises:reveal": Page("contacts", both(sees("contacts"), may("reveal")), posts=True, reads=False),
    "coverage:chain": Page("chains", sees("chains")),
    "visits:log": Page("enterprises", may("log_visit"), posts=True),
    "visits:detail": Page("visits", sees("visits")),
    "visits:conflicts": Page(), "visits:conflict": Page("conflicts", sees("conflicts")),
    "visits:conflict_settle": Page("conflicts", sees("conflicts"), posts=True, reads=False),
    "visits:photo": Page("photos", sees("photos")),
    "visits:photos": Page("visits", sees("visits"), posts=True, reads=False),
    "visits:answer": Page("visits", sees("visits"), posts=True, reads=False),
    "visits:link": Page("visits", sees("visits"), posts=True, reads=False),
    "visits:link_revoke": Page("visits", sees("visits"), posts=True, reads=False), "visits:confirm": Page(),
    "visits:plan": Page(STATION, stations_of("chief"), posts=True),
    "visits:cancel": Page("obligations", both(sees("obligations"), rows_at("obligations", "chief")), posts=True, reads=False),
    "visits:arrange": Page("enterprises", work_on, posts=True), "visits:arrange_rules": Page("enterprises", work_on),
    "visits:before": Page("enterprises", work_on),
    "visits:pause_end": Page("pauses", both(sees("pauses"), rows_at("pauses", "chief")), posts=True, reads=False),
    "visits:exception_end": Page(
        "exceptions",
        both(sees("exceptions"), either(chiefs_of("exceptions"), rows_at("exceptions", "chief"))),
        posts=True,
        reads=False,
    ),
    "visits:exemption_decide": Page(
        "exemptions", both(sees("exemptions"), rows_at("exemptions", "chief", "district_leader")), posts=True, reads=False
    ),
    "visits:capacity": Page(STATION, stations_of("chief"), posts=True),
    "visits:capacity_demand": Page(STATION, stations_of("chief")),
    "visits:capacity_adopt": Page(STATION, stations_of("chief"), posts=True, reads=False),
    "visits:regimes": Page(posts=True), "visits:regime": Page("regimes", sees("regimes")),
    "visits:regime_demand": Page("regimes", subtree_of("regimes", "district_leader", "district_staff")),
    "visits:regime_save": Page("regimes", subtree_of("regimes", "district_leader", "district_staff"), posts=True, reads=False),
    "enterprises:seasons": Page("enterprises", sees("enterprises"), posts=True),
    "enterprises:chain_seasons": Page("chains", sees("chains"), posts=True),
    "visits:officers": Page(STATION, stations_of(*WHOLE)), "visits:officer": Page("posts", grid_posts),
    "visits:hand_over": Page("posts", chiefs_grid_posts, posts=True),
    "visits:events": Page(), "visits:commitments": Page(),
    "visits:event_new": Page(STATION, stations_of(*AT_WORK), posts=True),
    "visits:event": Page("gatherings", sees("gatherings")), "visits:event_sheet": Page("gatherings", sees("gatherings")),
    "visits:event_invite": Page("gatherings", rows_at("gatherings", *AT_WORK), posts=True),
    "visits:event_sign": Page("gatherings", rows_at("gatherings", *AT_WORK), posts=True, reads=False),
    "visits:promise": Page("enterprises", may("log_visit"), posts=True),
    "visits:half_day": Page(), "visits:half_day_of": Page("posts", half_day_posts),
    "visits:half_day_take": Page("posts", half_day_posts, posts=True, reads=False),
    "visits:planned_move": Page("planned", sees("planned"), posts=True, reads=False),
    "visits:planned_drop": Page("planned", sees("planned"), posts=True, reads=False),
    "visits:settle": Page("commitments", sees("commitments"), posts=True, reads=False),
    "issues:detail": Page("issues", sees("issues")),
    "issues:move": Page("issues", sees("issues"), posts=True, reads=False),
    "issues:withhold": Page("issues", sees("issues"), posts=True, reads=False),
    "issues:open": Page("enterprises", may("open_issue"), posts=True),
    "notices:list": Page(), "notices:settings": Page(posts=True), "notices:read_all": Page(posts=True, reads=False),
    "notices:feed": Page(posts=True, reads=False), "notices:calendar": Page(reads=False),  # no number: a secret address
    "notices:detail": Page("notices", sees("notices")),
    "notices:read": Page("notices", sees("notices"), posts=True, reads=False),
    "notices:robot": Page(STATION, stations_of("chief"), posts=True),
    "programs:index": Page(),
    "programs:station": Page(STATION, stations_of(*WHOLE, "grid_officer", "liaison")),
    "programs:station_export": Page(STATION, stations_of(*WHOLE, "grid_officer", "liaison")),
    "programs:enterprise": Page("enterprises", may("view_programs")),
    "programs:part": Page("enterprises", may("view_programs")),
    "programs:move": Page("enterprises", may("view_programs"), posts=True, reads=False),
    "programs:stage": Page("enterprises", may("view_programs"), posts=True, reads=False),
    "programs:title": Page("enterprises", may("view_programs"), posts=True, reads=False),
    "programs:title_end": Page("titles", sees("titles"), posts=True, reads=False),
    "programs:cases": Page(), "programs:demonstration": Page(), "programs:area_title": Page(posts=True, reads=False),
    "programs:case": Page("cases", sees("cases")),
    "programs:case_move": Page("cases", sees("cases"), posts=True, reads=False),
    "programs:case_new": Page(STATION, stations_of("chief", "grid_officer", "liaison", "api_consumer"), posts=True),
    "programs:policies": Page(), "programs:policy_new": Page(posts=True),
    "programs:policy": Page("policies", sees("policies")),
    "programs:policy_withdraw": Page("policies", sees("policies"), posts=True, reads=False),
    "programs:deliver": Page("policies", sees("policies"), posts=True, reads=False),
    "programs:acknowledge": Page("deliveries", sees("deliveries"), posts=True, reads=False),
    "programs:checklist": Page("unions", sees("unions")),
    "programs:revise": Page("unions", kept_unions, posts=True),
}  # fmt: skip

# a PNG of one pixel
SPECK = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
# resource of the API → (rows, filters by related rows {parameter: (kind, column of the oracle's table)})
LISTS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "unions": ("unions", {}),
    "parks": ("parks", {}),
    "stations": ("stations", {"union": ("unions", "union_id")}),
    "posts": ("posts", {"station": ("stations", "station_id")}),
    "appointments": ("appointments", {"post": ("posts", "post_id")}),
    "chains": ("chains", {}),
    "enterprises": (
        "enterprises",
        {"station": ("stations", "station_id"), "chain": ("chains", ""), "node": ("nodes", "")},
    ),
    "register": ("register", {"station": ("stations", "station_id"), "enterprise": ("enterprises", "enterprise_id")}),
    "grids": ("grids", {"station": ("stations", "station_id")}),
    "responsibilities": (
        "responsibilities",
        {"enterprise": ("enterprises", "enterprise_id"), "post": ("posts", "post_id")},
    ),
    "recusals": ("recusals", {"enterprise": ("enterprises", "enterprise_id")}),
    "lists": ("lists", {"station": ("stations", "station_id")}),
    "obligations": (
        "obligations",
        {"enterprise": ("enterprises", "enterprise_id"), "station": ("stations", "station_id")},
    ),
    "visits": (
        "visits",
        {
            "enterprise": ("enterprises", "enterprise_id"),
            "station": ("stations", "station_id"),
            "post": ("posts", "post_id"),
        },
    ),
    "contact-events": ("gatherings", {"station": ("stations", "station_id")}),
    "commitments": (
        "commitments",
        {"enterprise": ("enterprises", "enterprise_id"), "station": ("stations", "station_id")},
    ),
    "planned-visits": (
        "planned",
        {
            "enterprise": ("enterprises", "enterprise_id"),
            "station": ("stations", "station_id"),
            "post": ("posts", "post_id"),
        },
    ),
    "photos": ("photos", {"visit": ("visits", "visit_id")}),
    "items": ("items", {"enterprise": ("enterprises", "enterprise_id")}),
    "policies": ("policies", {"union": ("unions", "union_id")}),
    "deliveries": (
        "deliveries",
        {
            "enterprise": ("enterprises", "enterprise_id"),
            "policy": ("policies", "policy_id"),
            "station": ("stations", "station_id"),
        },
    ),
    "issues": (
        "issues",
        {
            "enterprise": ("enterprises", "enterprise_id"),
            "station": ("stations", "station_id"),
            "handler": ("posts", "handler_id"),
        },
    ),
}
# lists of a row: whose number
PARTS = {
    "lists/lines": "lists",
    "issues/events": "issues",
    "issues/moves": "issues",
    "contact-events/invitations": "gatherings",
    "items/events": "items",
}
# where a row is told beside another: {kind: {its column: (rows that it names, their pages, their answers of the API)}}
_FIRM = ("enterprises", ("enterprises:detail", "enterprises:story"), ("enterprises/{}/",))
BESIDE: dict[str, dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    "issues": {"visit_id": ("visits", ("visits:detail",), ("visits/{}/",)), "enterprise_id": _FIRM},
    "visits": {"enterprise_id": _FIRM},
    "obligations": {"enterprise_id": _FIRM},
    "commitments": {"enterprise_id": _FIRM},
    "planned": {"enterprise_id": _FIRM},
    "invitations": {
        "event_id": (
            "gatherings",
            ("visits:event", "visits:event_sheet"),
            ("contact-events/{}/", "contact-events/{}/invitations/"),
        )
    },
    "recusals": {"enterprise_id": _FIRM},
    "events": {"issue_id": ("issues", ("issues:detail",), ("issues/{}/", "issues/{}/events/"))},
    "lines": {
        "responsible_list_id": (
            "lists",
            ("grids:list", "grids:paper", "grids:list_xlsx"),
            ("lists/{}/", "lists/{}/lines/"),
        )
    },
}
OTHERS = ("", "schema/", "coverage/", "coverage/chains/", "coverage/rows/")


@dataclass(frozen=True)
class Write:
    """A write of the API: `body` makes one out of ids, `names` are the kinds that it names, by the body's key."""

    path: str
    kind: str  # of the number in the address
    names: dict[str, str]
    body: Callable[[random.Random, dict[str, int], dt.date], dict[str, Any]]


def _uuid(dice: random.Random) -> str:
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def _visit(dice: random.Random, ids: dict[str, int], day: dt.date) -> dict[str, Any]:
    return {
        "client_uuid": _uuid(dice),
        "enterprise": ids["enterprise"],
        "post": ids["post"],
        "visited_on": str(day),
        "outcome": "met",
    }


def _issue(dice: random.Random, ids: dict[str, int], day: dt.date) -> dict[str, Any]:
    said = {"client_uuid": _uuid(dice), "title": "夜班用餐", "category": "living", "withheld": dice.random() < 0.2}
    return said | {"enterprise": ids["enterprise"], "post": ids["post"], "visit": ids["visit"]}


WRITES = (
    Write("visits/", "", {"enterprise": "enterprises", "post": "posts"}, _visit),
    Write(
        "visit-reports/",
        "",
        {"enterprise": "enterprises", "post": "posts"},
        lambda dice, ids, day: {
            "visit": _visit(dice, ids, day),
            "issue": {"client_uuid": _uuid(dice), "title": "夜班用餐", "category": "living"},
        },
    ),
    Write(
        "contact-events/",
        "",
        {"station": "stations", "post": "posts"},
        lambda dice, ids, day: (
            {"client_uuid": _uuid(dice), "station": ids["station"], "post": ids["post"], "held_on": str(day)}
            | {"title": "集中宣讲", "place": "园区", "mode": "lecture"}
        ),
    ),
    Write(
        "contact-events/{}/invite/",
        "gatherings",
        {"enterprises": "enterprises"},
        lambda _dice, ids, _day: {"enterprises": [ids["enterprises"]]},
    ),
    Write(
        "contact-events/{}/sign-in/",
        "gatherings",
        {"enterprise": "enterprises"},
        lambda _dice, ids, _day: {"present": [{"enterprise": ids["enterprise"], "persons": 2}], "version": 1},
    ),
    Write(
        "commitments/",
        "",
        {"enterprise": "enterprises", "post": "posts", "visit": "visits"},
        lambda dice, ids, day: (
            {"client_uuid": _uuid(dice), "enterprise": ids["enterprise"], "post": ids["post"], "visit": ids["visit"]}
            | {"text": "送政策上门", "due_on": str(day + dt.timedelta(days=9))}
        ),
    ),
    Write(
        "commitments/{}/settle/",
        "commitments",
        {},
        lambda dice, _ids, _day: {"version": 1, "state": dice.choice(("kept", "broken")), "reason": "x"},
    ),
    Write(
        "visits/{}/confirm/",
        "visits",
        {},
        lambda dice, _ids, _day: {"answer": dice.choice(("true", "differs")), "text": "x"},
    ),
    Write(
        "visit-reports/",
        "",
        {"enterprise": "enterprises", "post": "posts", "policy": "policies"},
        lambda dice, ids, day: {
            "visit": _visit(dice, ids, day),
            "commitment": {"text": "两周内答复", "due_on": str(day)},
            "item": {"item": dice.randint(1, 30), "to": "in_progress"} if dice.random() < 0.5 else None,
            "policies": [ids["policy"]],
        },
    ),
    Write(
        "visit-reports/",
        "",
        {"enterprise": "enterprises", "post": "posts", "settled": "issues"},
        lambda dice, ids, day: {
            "visit": _visit(dice, ids, day),
            "settled": [{"issue": ids["settled"], "move": "close_on_spot", "version": 1, "text": "x"}],
        },
    ),
    Write(
        "photos/",
        "",
        {"visit": "visits"},
        lambda dice, ids, _day: {"client_uuid": _uuid(dice), "visit": ids["visit"], "content": SPECK},
    ),
    Write("issues/", "", {"enterprise": "enterprises", "post": "posts", "visit": "visits"}, _issue),
    Write(
        "issues/{}/move/",
        "issues",
        {"handler": "posts"},
        lambda dice, ids, _day: (
            {"version": 1, "handler": ids["handler"], "move": dice.choice(("assign", "accept", "start", "return"))}
            | {"text": "x", "reason": "x", "kind": "request"}
        ),
    ),
    Write(
        "issues/{}/withhold/", "issues", {}, lambda dice, _ids, _day: {"version": 1, "withheld": dice.random() < 0.5}
    ),
    Write(
        "enterprises/",
        "",
        {"station": "stations", "park": "parks"},
        lambda dice, ids, _day: {
            "client_uuid": _uuid(dice),
            "name": "新企业有限公司",
            "station": ids["station"],
            "park": ids["park"],
            "uscc": credit_code(dice.randint(1, 200)),  # somebody's
        },
    ),
    Write(
        "enterprises/{}/",
        "enterprises",
        {"park": "parks"},
        lambda _dice, ids, _day: {"version": 1, "park": ids["park"]},
    ),
    Write(
        "enterprises/{}/reveal/",
        "enterprises",
        {"contact": "contacts"},
        lambda _dice, ids, _day: {"contact": ids["contact"], "reason": "check"},
    ),
    Write(
        "register/",
        "",
        {"station": "stations", "enterprises": "enterprises"},
        lambda _dice, ids, day: {"station": ids["station"], "enterprises": [ids["enterprises"]], "start": str(day)},
    ),
    Write(
        "nodes/{}/put/",
        "nodes",
        {"enterprises": "enterprises"},
        lambda _dice, ids, day: {"enterprises": [ids["enterprises"]], "start": str(day)},
    ),
    Write(
        "responsibilities/",
        "",
        {"post": "posts", "enterprises": "enterprises", "chain": "chains"},
        lambda dice, ids, day: (
            {"post": ids["post"], "enterprises": [ids["enterprises"]], "start": str(day)}
            | ({"chain": ids["chain"]} if dice.random() < 0.5 else {})
        ),
    ),
    Write(
        "recusals/",
        "",
        {"person": "persons", "enterprise": "enterprises"},
        lambda _dice, ids, day: {
            "person": ids["person"],
            "enterprise": ids["enterprise"],
            "kind": "wish",
            "start": str(day),
        },
    ),
    Write("recusals/{}/end/", "recusals", {}, lambda _dice, _ids, day: {"on": str(day)}),
    Write(
        "appointments/",
        "",
        {"post": "posts", "person": "persons", "source_union": "unions"},
        lambda _dice, ids, day: (
            {"post": ids["post"], "person": ids["person"], "start": str(day), "acting": True}
            | {"end": str(day + dt.timedelta(days=9)), "source_union": ids["source_union"]}
        ),
    ),
    Write(
        "lists/",
        "",
        {"station": "stations"},
        lambda dice, ids, _day: {"station": ids["station"], "client_uuid": _uuid(dice)},
    ),
    *(
        Write(
            f"lists/{{}}/{move}/",
            "lists",
            {},
            lambda _dice, _ids, _day, reason=reason: {"version": 1} | reason,
        )
        for move, reason in (
            ("submit", {}),
            ("approve", {}),
            ("release", {}),
            ("discard", {}),
            ("return", {"reason": "x"}),
        )
    ),
    Write("stations/{}/plan/", "stations", {}, lambda _dice, _ids, _day: {"months": 1}),
    Write(
        "items/",
        "",
        {"enterprise": "enterprises", "visit": "visits"},
        lambda dice, ids, day: (
            {
                "client_uuid": _uuid(dice),
                "enterprise": ids["enterprise"],
                "visit": ids["visit"],
                "item": dice.randint(1, 30),
            }
            | {"to": dice.choice(("in_progress", "verified", "confirmed")), "on": str(day)}
        ),
    ),
    Write(
        "policies/",
        "",
        {"union": "unions"},
        lambda dice, ids, day: (
            {"client_uuid": _uuid(dice), "union": ids["union"], "title": "政策", "issuer": "x", "issued_on": str(day)}
            | {"topic": "union"}
        ),
    ),
    Write(
        "deliveries/",
        "",
        {"enterprise": "enterprises", "policy": "policies", "post": "posts"},
        lambda dice, ids, day: (
            {"client_uuid": _uuid(dice), "enterprise": ids["enterprise"], "policy": ids["policy"], "post": ids["post"]}
            | {"on": str(day)}
        ),
    ),
    Write(
        "deliveries/{}/acknowledge/",
        "deliveries",
        {},
        lambda _dice, _ids, day: {"by": "x", "on": str(day), "version": 1},
    ),
    Write("obligations/{}/cancel/", "obligations", {}, lambda _dice, _ids, _day: {"reason": "停产"}),
)

# a verb of the journal → who may have done it: enterprises by the oracle's act; the others stand on the row's station
ACTS_OF_VERBS = {
    "log_visit": "log_visit", "open_issue": "open_issue", "make_commitment": "log_visit", "keep_conflict": "log_visit",
    "deliver_policy": "log_visit", "confirm_visit": "confirm_visit",
}  # fmt: skip
# verbs → roles in whose reach the enterprise lies
VERBS_OF_ROLES = {
    "move_item": ("chief", "district_leader", "grid_officer", "liaison"),
    "set_stage": ("chief",),
    "give_title": ("district_leader", "district_staff"),
    "take_title": ("district_leader", "district_staff"),
    "ask_exemption": ("chief", "grid_officer", "liaison"),
    "decide_exemption": ("chief", "district_leader"),
}
# of a union in the subtree
DISTRICTS_VERBS = {
    "revise_checklist", "add_policy", "withdraw_policy", "give_area_title", "draft_regime", "save_lines", "put_in_force",
    "discard_regime",
}  # fmt: skip
CHIEFS_VERBS = {
    "register_enterprise", "save_enterprise", "save_contact", "set_facts", "enter_register", "leave_register", "put_on_node",
    "take_off_node", "assign_enterprises", "release_enterprises", "record_recusal", "end_recusal", "record_consent",
    "withdraw_consent", "plan_obligations", "cancel_obligation", "draft_list", "submit_list", "discard_draft",
    "pause_contacts", "end_pause", "make_exception", "end_exception", "set_capacity", "add_leave",
    "set_robot", "remove_robot",
    "pass_on_commitments", "pass_on_plans", "drop_plans_of",
    "issue_cards", "revoke_card", "set_supervision_phone",
}  # fmt: skip
# of an enterprise the chief's, of a chain the district's
SEASONS = {"add_season", "end_season"}
# about oneself alone
OWN_VERBS = {"save_preference", "open_feed", "close_feed"}
