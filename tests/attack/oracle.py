"""The rights of every user, worked out a second time from the specification.

The product asks the database for the rows that somebody may read; this module loads the plain rows and says the same in
sets. It follows the section “Who reads which rows” of docs/permissions.md sentence by sentence and imports nothing from
the product, so that a mistake there cannot repeat itself here. The fuzz of this folder compares the two.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

Row = dict[str, Any]
Ids = frozenset[int]
NOBODY: Ids = frozenset()

# "name here, table, columns besides id"; "term" becomes the two days `since` (in) and `until` (out, None: open)
_PLAIN = """
users accounts_user is_active person_id; unions stations_tradeunion path; parks stations_park union_id;
stations stations_station union_id home_park_id; served stations_stationpark station_id park_id term;
posts stations_post role station_id union_id term; appointments stations_appointment post_id person_id term;
chains enterprises_chain union_id code; nodes enterprises_chainnode chain_id;
seats enterprises_chainseat chain_id post_id term; leaders enterprises_chainleader chain_id enterprise_id term;
places enterprises_chainmembership chain_id node_id enterprise_id term;
enterprises enterprises_enterprise station_id merged_into_id uscc;
register enterprises_registerentry enterprise_id station_id term;
candidates enterprises_candidate enterprise_id station_id; batches enterprises_importbatch station_id;
facts enterprises_enterprisefact enterprise_id term; contacts enterprises_enterprisecontact enterprise_id;
speakers enterprises_enterpriseseat enterprise_id post_id term;
consents enterprises_figureconsent enterprise_id term; grids grids_grid station_id post_id term;
responsibilities grids_responsibility enterprise_id post_id chain_id term;
lists grids_responsiblelist station_id; lines grids_responsiblelistline responsible_list_id enterprise_id;
recusals grids_recusal person_id enterprise_id kind term;
visits visits_visit enterprise_id station_id post_id credited_post_id visitor_id;
obligations visits_obligation enterprise_id station_id; regimes visits_regime union_id draft;
exceptions visits_regimerule enterprise_id station_id; pauses visits_contactpause enterprise_id station_id;
exemptions visits_exemption enterprise_id station_id;
gatherings visits_contactevent station_id post_id holder_id;
commitments visits_commitment enterprise_id station_id post_id; categories issues_issuecategory among_rivals;
issues issues_issue enterprise_id station_id post_id handler_id category_id visit_id withheld;
events issues_issueevent issue_id; notices notices_notice person_id; cards grids_gatecard station_id;
photos visits_visitphoto visit_id; planned visits_plannedvisit enterprise_id station_id post_id;
confirmations visits_visitconfirmation visit_id; conflicts visits_submissionconflict enterprise_id station_id post_id;
items programs_item enterprise_id; titles programs_title enterprise_id; item_events programs_itemevent item_id;
policies programs_policy union_id; deliveries programs_delivery enterprise_id station_id post_id policy_id;
cases programs_practicecase enterprise_id station_id post_id adopted_by_id
"""
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    name: (table, ("id", *columns)) for name, table, *columns in (one.split() for one in _PLAIN.split(";"))
}
_OF_EVENT = "JOIN (SELECT id AS event, station_id, post_id FROM visits_contactevent) AS e ON event = event_id"
TABLES["invitations"] = (f"visits_invitation {_OF_EVENT}", ("id", "event_id", "enterprise_id", "station_id", "post_id"))

BARRING = {"own_unit", "competitor", "counterparty"}
DISTRICT = ("district_leader", "district_staff")
WHOLE = ("chief", *DISTRICT, "api_consumer")
GRID, LIAISON, CADRE = "grid_officer", "liaison", "enterprise_cadre"
OFFICERS = (GRID, LIAISON)


@dataclass(frozen=True)
class Reach:
    """What one post held today lays hands on; the rules below speak in these words."""

    post: int
    role: str
    persons: Ids  # who holds it: the user's own person
    stations: Ids  # in reach
    subtree: Ids  # of the union at which the post is; empty for a post at a station
    unions: Ids  # the subtree, and the unions above the stations in reach, their own included
    kept: Ids  # enterprises whose register is kept today by a station in reach
    candidates: Ids  # of stations in reach, on no register today
    duties: Ids  # enterprises for which the post answers today; a cadre's: speaks for, on the register of its station
    own: Ids  # these less 回避
    chain: Ids  # of chains in which the post has a seat today, on the register of its station; 回避 leaves them
    barred: Ids  # enterprises under 回避; none for whole reach, which it does not cut
    rivals: Ids  # over whom the person has no whole reach by another post; none for whole reach

    @property
    def enterprises(self) -> Ids:
        """Rows of enterprises that the post reads."""
        return self.duties | self.chain if self.role in (LIAISON, CADRE) else self.kept | self.candidates


class Oracle:
    """Answers from one state of the database on one day; load again after every change."""

    @classmethod
    def load(cls, cursor: Any, today: datetime.date) -> "Oracle":
        """Read all rows with plain SELECTs through any DB-API cursor."""
        return cls({name: cls._read(cursor, *table) for name, table in TABLES.items()}, today)

    @staticmethod
    def _read(cursor: Any, table: str, columns: tuple[str, ...]) -> list[Row]:
        names = [name for column in columns for name in (("since", "until") if column == "term" else (column,))]
        cursor.execute(f"SELECT {', '.join(columns).replace('term', 'lower(term), upper(term)')} FROM {table}")
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def __init__(self, tables: Mapping[str, Iterable[Row]], today: datetime.date) -> None:
        """`tables`: rows by the names and columns of TABLES; an absent table is empty."""
        self.today = today
        self._rows: dict[str, list[Row]] = {name: list(tables.get(name, ())) for name in TABLES}
        self._users = {row["id"]: row for row in self._rows["users"]}
        self._posts = {row["id"]: row for row in self._rows["posts"]}
        self._index: dict[tuple[str, str, str, bool], dict[Any, set[int]]] = {}
        self._reaches: dict[int, list[Reach]] = {}
        self._answers: dict[tuple[int, str], Ids] = {}
        self._above, self._below = self._tree()
        self._enterprise_ids = frozenset(row["id"] for row in self._rows["enterprises"])
        self._on_a_register = frozenset(row["enterprise_id"] for row in self._in_force("register"))
        self._merged = frozenset(row["id"] for row in self._rows["enterprises"] if row["merged_into_id"] is not None)
        self._withheld = frozenset(row["id"] for row in self._rows["issues"] if row["withheld"])
        confidential = frozenset(row["id"] for row in self._rows["categories"] if row["among_rivals"])
        self._confidential = self.pick("issues", "category_id", confidential)
        self._consented = frozenset(row["enterprise_id"] for row in self._in_force("consents"))
        self._barred: dict[int, set[int]] = defaultdict(set)
        self._own_units: dict[int, set[int]] = defaultdict(set)
        for row in self._in_force("recusals"):
            if row["kind"] in BARRING:
                self._barred[row["person_id"]].add(row["enterprise_id"])
            if row["kind"] == "own_unit":
                self._own_units[row["person_id"]].add(row["enterprise_id"])

    def visible(self, user_id: int, kind: str) -> set[int]:
        """The ids of the rows of this kind that the user may read."""
        return set(self._answer(user_id, kind, ROWS[kind]))

    def revealable(self, user_id: int) -> set[int]:
        """The contacts whose name and phone may be shown to the user."""
        return set(self._answer(user_id, "reveal", REVEALED))

    def figures(self, user_id: int) -> set[int]:
        """The visible enterprises whose numbers of workers are shown to the user."""
        return set(self._answer(user_id, "figures", FIGURES))

    def may(self, user_id: int, act: str) -> set[int]:
        """The enterprises on which the user may do this; for "reveal" the contacts."""
        if act == "reveal":
            return self.revealable(user_id)
        return set(self._answer(user_id, f"act {act}", ACTS[act]))

    def live(self, ids: Iterable[int]) -> set[int]:
        """These enterprises without those that were merged into another; the API lists no merged one."""
        return set(ids) - self._merged

    def reaches(self, user_id: int) -> list[Reach]:
        """One for every post that the user holds today; also what to print beside a finding."""
        if user_id not in self._reaches:
            self._reaches[user_id] = self._work_out(user_id)
        return self._reaches[user_id]

    def pick(self, table: str, key: str, keys: Iterable[int], value: str = "id", *, today: bool = False) -> Ids:
        """The `value` of the rows whose `key` is one of `keys`; with `today` only of the rows in force."""
        name = (table, key, value, today)
        if name not in self._index:
            index: dict[Any, set[int]] = defaultdict(set)
            for row in self._in_force(table) if today else self._rows[table]:
                index[row[key]].add(row[value])
            self._index[name] = dict(index)
        found = self._index[name]
        return frozenset().union(*(found[key] for key in keys if key in found))

    def _in_force(self, table: str) -> list[Row]:
        return [row for row in self._rows[table] if self._holds(row)]

    def _holds(self, row: Row) -> bool:
        begun = row["since"] is None or row["since"] <= self.today
        return begun and (row["until"] is None or self.today < row["until"])

    def _tree(self) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        """Union -> the unions above it, and union -> its subtree; it belongs to both."""
        by_path = {row["path"]: row["id"] for row in self._rows["unions"]}
        above: dict[int, set[int]] = defaultdict(set)
        below: dict[int, set[int]] = defaultdict(set)
        for path, union in by_path.items():
            heads = {by_path[path[:end]] for end in range(1, len(path) + 1) if path[:end] in by_path}
            above[union] = heads
            for head in heads:
                below[head].add(union)
        return above, below

    def _answer(self, user_id: int, question: str, rules: "Rules") -> Ids:
        """What the posts of the user give together; a role without a rule gives nothing."""
        if (user_id, question) not in self._answers:
            told = (rules[reach.role](self, reach) for reach in self.reaches(user_id) if reach.role in rules)
            self._answers[user_id, question] = NOBODY.union(*told)
        return self._answers[user_id, question]

    def _work_out(self, user_id: int) -> list[Reach]:
        user = self._users[user_id]
        if not user["is_active"] or user["person_id"] is None:
            return []
        person = user["person_id"]
        held = self.pick("appointments", "person_id", {person}, "post_id", today=True)
        posts = [self._posts[post] for post in sorted(held) if self._holds(self._posts[post])]
        whole = [self._reach(post, person, NOBODY, NOBODY) for post in posts if post["role"] in (*WHOLE, CADRE)]
        lifted = NOBODY.union(*(reach.enterprises for reach in whole))
        barred, rivals = frozenset(self._barred.get(person, ())), self._rivals(person) - lifted
        return whole + [self._reach(post, person, barred, rivals) for post in posts if post["role"] in OFFICERS]

    def _rivals(self, person: int) -> Ids:
        """Who lies today in a chain with a unit of the person's own, but for these, and has not consented."""
        units = self._own_units.get(person, set())
        chains = self.pick("places", "enterprise_id", units, "chain_id", today=True)
        return self.pick("places", "chain_id", chains, "enterprise_id", today=True) - units - self._consented

    def _reach(self, post: Row, person: int, barred: Ids, rivals: Ids) -> Reach:
        subtree = frozenset(self._below.get(post["union_id"], ()))
        at_union = post["station_id"] is None
        stations = self.pick("stations", "union_id", subtree) if at_union else frozenset({post["station_id"]})
        unions_of_stations = self.pick("stations", "id", stations, "union_id")
        kept = self.pick("register", "station_id", stations, "enterprise_id", today=True)
        seats = self.pick("seats", "post_id", {post["id"]}, "chain_id", today=True)
        answering = "speakers" if post["role"] == CADRE else "responsibilities"
        duties = self.pick(answering, "post_id", {post["id"]}, "enterprise_id", today=True)
        duties &= kept if post["role"] == CADRE else duties
        return Reach(
            post=post["id"],
            role=post["role"],
            persons=frozenset({person}),
            stations=stations,
            subtree=subtree,
            unions=subtree.union(*(self._above[union] for union in unions_of_stations)),
            kept=kept,
            candidates=self.pick("candidates", "station_id", stations, "enterprise_id") - self._on_a_register,
            duties=duties,
            own=duties - barred,
            chain=self.pick("places", "chain_id", seats, "enterprise_id", today=True) & kept,
            barred=barred,
            rivals=rivals,
        )


Rule = Callable[[Oracle, Reach], Ids]
Rules = dict[str, Rule]


def by(table: str, key: str, words: str) -> Rule:
    """Rows whose `key` is among what the post has under these words of Reach."""
    ids = attrgetter(words)
    return lambda oracle, reach: oracle.pick(table, key, ids(reach))


def either(*rules: Rule) -> Rule:
    """What any of the rules gives."""
    return lambda oracle, reach: NOBODY.union(*(rule(oracle, reach) for rule in rules))


def reached(words: str) -> Rule:
    """What the post has under these words, as it is."""
    return lambda _, reach: getattr(reach, words)


def done_by_post(table: str, key: str) -> Rule:
    """Rows that name the post itself, but for those of enterprises under 回避."""
    return lambda oracle, reach: (
        oracle.pick(table, key, {reach.post}) - oracle.pick(table, "enterprise_id", reach.barred)
    )


def through(table: str, key: str, rule: Rule) -> Rule:
    """Rows that hang on what the rule gives."""
    return lambda oracle, reach: oracle.pick(table, key, rule(oracle, reach))


def parks(oracle: Oracle, reach: Reach) -> Ids:
    """Home and (today) served parks, and with a union post the parks of its subtree."""
    home = oracle.pick("stations", "id", reach.stations, "home_park_id")
    served = oracle.pick("served", "station_id", reach.stations, "park_id", today=True)
    return home | served | oracle.pick("parks", "union_id", reach.subtree)


OWN_ISSUES = either(
    by("issues", "enterprise_id", "own"), done_by_post("issues", "post_id"), done_by_post("issues", "handler_id")
)


def officers_issues(oracle: Oracle, reach: Reach) -> Ids:
    """Of own enterprises, opened and handled by the post; less the confidential ones of rivals, and for a grid officer
    less those marked 对驻站员不公开."""
    ways = OWN_ISSUES(oracle, reach)
    hidden = oracle._confidential & oracle.pick("issues", "enterprise_id", reach.rivals)
    return ways - hidden - (oracle._withheld if reach.role == GRID else NOBODY)


def regimes(oracle: Oracle, reach: Reach) -> Ids:
    """Of the unions in sight; drafts only for the district, of its subtree."""
    drafts = oracle.pick("regimes", "draft", {True}) - (
        oracle.pick("regimes", "union_id", reach.subtree) if reach.role in DISTRICT else NOBODY
    )
    return oracle.pick("regimes", "union_id", reach.unions) - drafts


def cadres_issues(oracle: Oracle, reach: Reach) -> Ids:
    """Of its own enterprise, without what was said in confidence; all that its own post has raised."""
    secret = (oracle._withheld | oracle._confidential) - oracle.pick("issues", "post_id", {reach.post})
    return oracle.pick("issues", "enterprise_id", reach.own) - secret


def line(whole: Rule, grid: Rule | None, liaison: Rule | None) -> Rules:
    """A line of the table in docs/permissions.md; None: the role reads no such rows. The administrator is in none."""
    rules = dict.fromkeys(WHOLE, whole)
    return rules | {role: rule for role, rule in ((GRID, grid), (LIAISON, liaison)) if rule}


def same(rule: Rule) -> Rules:
    """The same words for all three columns; they differ by what is in reach of the post."""
    return line(rule, rule, rule)


def register_row(table: str, rule: Rule) -> Rules:
    """Of the stations in reach, of the station, of own and chain enterprises."""
    return line(rule, rule, by(table, "enterprise_id", "enterprises"))


def stamped(table: str) -> Rule:
    """Stamped with a station in reach, or of enterprises on its register."""
    return either(by(table, "station_id", "stations"), by(table, "enterprise_id", "kept"))


def mine(table: str) -> Rule:
    """Of own enterprises."""
    return by(table, "enterprise_id", "own")


def of_own(table: str) -> Rule:
    """Of own enterprises, and what one's own post has written."""
    return either(mine(table), done_by_post(table, "post_id"))


OF_THE_STATION = by("contacts", "enterprise_id", "kept")
OWN_CONTACTS = by("contacts", "enterprise_id", "own")
POSTS = either(by("posts", "station_id", "stations"), by("posts", "union_id", "subtree"))
CHAINS = by("chains", "union_id", "unions")
RESPONSIBILITIES = either(
    through("responsibilities", "post_id", by("posts", "station_id", "stations")),
    by("responsibilities", "enterprise_id", "kept"),
)
ISSUES = (stamped("issues"), officers_issues, officers_issues)
ADOPTED = by("cases", "adopted_by_id", "unions")
LISTS = by("lists", "station_id", "stations")
RECUSALS = by("recusals", "enterprise_id", "kept")

WORK = ("obligations", "pauses", "exemptions", "exceptions")  # what concerns one enterprise at a station
WRITTEN = ("visits", "invitations", "commitments", "planned")  # the same, and a post has written it
ROWS: dict[str, Rules] = {
    "unions": same(reached("unions")),
    "stations": same(reached("stations")),
    "parks": same(parks),
    "posts": same(POSTS),
    "appointments": same(through("appointments", "post_id", POSTS)),
    "grids": same(by("grids", "station_id", "stations")),
    "chains": same(CHAINS),
    **{kind: same(through(kind, "chain_id", CHAINS)) for kind in ("nodes", "seats", "leaders")},
    "enterprises": same(reached("enterprises")),
    "register": register_row("register", by("register", "station_id", "stations")),
    "candidates": register_row("candidates", by("candidates", "station_id", "stations")),
    **{kind: same(by(kind, "enterprise_id", "enterprises")) for kind in ("facts", "places")},
    "responsibilities": register_row("responsibilities", RESPONSIBILITIES),
    "contacts": line(OF_THE_STATION, OF_THE_STATION, by("contacts", "enterprise_id", "duties")),
    **{kind: line(stamped(kind), mine(kind), mine(kind)) for kind in WORK},
    **{kind: line(stamped(kind), of_own(kind), of_own(kind)) for kind in WRITTEN},
    "regimes": same(regimes),
    "gatherings": same(by("gatherings", "station_id", "stations")),
    "conflicts": {"chief": stamped("conflicts")} | dict.fromkeys(OFFICERS, done_by_post("conflicts", "post_id")),
    "issues": line(*ISSUES),
    "events": line(*(through("events", "issue_id", rule) for rule in ISSUES)),
    **{kind: line(by(kind, "enterprise_id", "kept"), mine(kind), mine(kind)) for kind in ("items", "titles")},
    "policies": same(by("policies", "union_id", "unions")),
    "deliveries": line(stamped("deliveries"), of_own("deliveries"), of_own("deliveries")),
    "cases": line(either(by("cases", "station_id", "stations"), ADOPTED), *2 * (either(of_own("cases"), ADOPTED),)),
    "lists": line(LISTS, LISTS, None),
    "lines": line(through("lines", "responsible_list_id", LISTS), by("lines", "enterprise_id", "own"), None),
    "notices": same(by("notices", "person_id", "persons")),
    "cards": {"chief": by("cards", "station_id", "stations")},
    "recusals": {"chief": RECUSALS, "district_leader": RECUSALS, "district_staff": RECUSALS},
}

ROWS["notes"] = dict(ROWS["visits"])  # what the officer noted there
FIRM = ("register", "facts", "places", "responsibilities", "contacts")
ROWS |= {kind: ROWS[kind] | {CADRE: mine(kind)} for kind in (*FIRM, "obligations", *WRITTEN)}
ROWS["issues"][CADRE], ROWS["events"][CADRE] = cadres_issues, through("events", "issue_id", cadres_issues)
ROWS["enterprises"][CADRE] = reached("own")
for _part, _whole in (("photos", "visits"), ("confirmations", "visits"), ("item_events", "items")):
    ROWS[_part] = {role: through(_part, f"{_whole[:-1]}_id", rule) for role, rule in ROWS[_whole].items()}

REVEALED: Rules = {"chief": OF_THE_STATION, GRID: OWN_CONTACTS, LIAISON: OWN_CONTACTS}
FIGURES = same(lambda _, reach: reach.enterprises - reach.rivals) | {CADRE: reached("own")}

# every post of the station may log for all of its register, whoever answers
AT_THE_DOOR: Rules = dict.fromkeys(("chief", "api_consumer", *OFFICERS), lambda _, reach: reach.kept - reach.barred)
ACTS: dict[str, Rules] = {
    "log_visit": AT_THE_DOOR,
    "open_issue": AT_THE_DOOR | {CADRE: reached("own")},
    "confirm_visit": {CADRE: reached("own")},
    "manage_register": {"chief": reached("enterprises")},
    "view_programs": line(reached("kept"), reached("own"), reached("own")),
}
