"""Asking as somebody, and looking for what no answer may show."""

import datetime as dt
import io
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import python_calamine
from django.db import connection
from django.test import Client
from knox.models import get_token_model

from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from tests.attack.oracle import OFFICERS, TABLES, Oracle
from tests.attack.surface import WEB, stations_of
from tests.attack.town import Size, Town, build_town

CANARY = re.compile(r"zq\d+z")
PHONE = re.compile(r"13[79]0\d{7}")
FIGURE = re.compile(r"(?<!\d)[67]\d{6}(?!\d)")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # has now and then seven figures in a row
NOWHERE = 987_654_321
ROOT_PATH = 4  # signs of the tree path of a union that has none above it
# whatever differs between two answers to one question
OWN_MARKS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"client_uuid"[^>]*>|value="[0-9a-f-]{36}"')


@dataclass
class Finding:
    """One answer that should not have been."""

    what: str
    user: int
    request: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what}: user {self.user}, {self.request}: {self.detail}"


@dataclass
class Asking:
    """People of a town with their browsers; `findings` is what should not be."""

    seed: int
    size: Size
    findings: list[Finding] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    pairs: int = 0  # compared: hidden beside not there
    wrote: bool = False
    stale: bool = False

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.town: Town = build_town(self.seed, self.size)
        self.clients: dict[int, Client] = {}
        self.tokens: dict[int, Client] = {}
        self.look_again()

    def look_again(self) -> None:
        """Ask the tables anew who has which rights."""
        with connection.cursor() as cursor:
            self.oracle = Oracle.load(cursor, clock.today())
        self.pools = {kind: [row["id"] for row in rows] for kind, rows in self.oracle._rows.items()}
        self.pools["notes"] = self.pools["visits"]
        self.pools["persons"] = [user.person_id for user in self.town.users]
        self.allowed: dict[tuple[int, str], set[int]] = {}

    def client(self, user: User) -> Client:
        if user.pk not in self.clients:
            self.clients[user.pk] = Client(headers={"Accept-Language": "zh-hans"}, raise_request_exception=False)
            self.clients[user.pk].force_login(user)
        return self.clients[user.pk]

    def door(self, user: User, path: str) -> Client:
        """By which one comes in: another system by its token, people by their browser."""
        assert user.person is not None
        if not (user.person.is_service and path.startswith("/api/")):
            return self.client(user)
        if user.pk not in self.tokens:
            _row, token = get_token_model().objects.create(user)
            head = {"Accept-Language": "zh-hans", "Authorization": f"Token {token}"}
            self.tokens[user.pk] = Client(headers=head, raise_request_exception=False)
        return self.tokens[user.pk]

    def ask(self, user: User, method: str, path: str, data: Any = None) -> Any:
        """One request; what no answer may show is looked for at once."""
        body: dict[str, Any] = {"data": data} if data is not None else {}
        if path.startswith("/api/") and method in ("post", "patch"):
            body = {"data": json.dumps(data), "content_type": "application/json"}
        before = self.last_entry() if method in ("post", "patch") else 0
        response = getattr(self.door(user, path), method)(path, follow=not path.startswith("/api/"), **body)
        if getattr(response, "redirect_chain", None):  # where it leads is looked at, what it was is told
            response.status_code = response.redirect_chain[0][1]
        if response.status_code >= 500:
            self.found("server error", user, f"{method} {path} {data}", str(response.status_code))
        self.wrote = method in ("post", "patch") and self.last_entry() != before
        if self.wrote and getattr(response, "redirect_chain", None):
            self.look_again()  # what was written may have widened what one sees
            self.stale = True
        self.look_for_foreign_marks(user, response, f"{method} {path} {data or ''}", f"{path}{data or ''}")
        return response

    def last_entry(self) -> int:
        return JournalEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def refresh(self) -> None:
        """After a write was taken back: know again what holds."""
        if self.stale:
            self.look_again()
            self.stale = False

    def found(self, what: str, user: User, request: str, detail: Any) -> None:
        self.findings.append(Finding(what, user.pk, request[:400], str(detail)[:400]))

    def sees(self, user: User, kind: str) -> set[int]:
        return self.oracle.visible(user.pk, kind)

    def listed(self, user: User, kind: str) -> set[int]:
        return self.oracle.live(self.sees(user, kind)) if kind == "enterprises" else self.sees(user, kind)

    def look_for_foreign_marks(self, user: User, response: Any, request: str, said: str) -> None:
        heads = {name: value for name, value in response.items() if name not in ("Content-Length", "Expires")}
        text = f"{text_of(response)}\n{heads}"
        response.text_of_it = text
        for mark in set(CANARY.findall(text)) - set(CANARY.findall(said)):
            owner = self.town.canaries.get(mark)
            if owner is not None and owner[1] not in self.may_be_named(user, owner[0]):
                self.found("leak", user, request, f"{mark} of {owner}; status {response.status_code}")
        revealed = self.may_be_named(user, "contacts")
        for phone in set(PHONE.findall(text)) - set(PHONE.findall(said)):
            if phone in self.town.phones and self.town.phones[phone] not in revealed:
                self.found("leak of a phone", user, request, self.town.phones[phone])
        for phone in set(PHONE.findall(text)) - set(PHONE.findall(said)):
            if phone in self.town.office_phones and self.town.office_phones[phone] not in self.reached_by_phone(user):
                self.found("leak of an office phone", user, request, f"person {self.town.office_phones[phone]}")
        figures = UUID.sub("", text)
        for figure in set(FIGURE.findall(figures)):
            pk = int(figure) % 1_000_000
            if pk in self.oracle._enterprise_ids and pk not in self.figures_of(user):
                self.found(
                    "leak of a figure", user, request, f"enterprise {pk}: …{figures.partition(figure)[0][-60:]}{figure}"
                )

    def reached_by_phone(self, user: User) -> set[int]:
        """People whose office phones may stand somewhere: who sits or sat at the stations of which one is chief, and who
        stands in lines of lists about enterprises whose contacts one may see.
        """
        key = (user.pk, "office phones")
        if key not in self.allowed:
            mine = {pk for reach in self.oracle.reaches(user.pk) if reach.role == "chief" for pk in reach.stations}
            firms = {
                pk
                for reach in self.oracle.reaches(user.pk)
                for pk in (reach.kept if reach.role == "chief" else reach.own if reach.role in OFFICERS else ())
            }
            lines = self.sees(user, "lines")
            stations = mine | {
                row["station_id"]
                for row in self.oracle._rows["lists"]
                for line in self.oracle._rows["lines"]
                if line["responsible_list_id"] == row["id"] and line["id"] in lines and line["enterprise_id"] in firms
            }
            posts = self.oracle.pick("posts", "station_id", stations)
            self.allowed[key] = set(self.oracle.pick("appointments", "post_id", posts, "person_id")) | {
                user.person_id or 0
            }
        return self.allowed[key]

    def figures_of(self, user: User) -> set[int]:
        """Enterprises whose figures may stand somewhere: those one sees, and lines of one's lists, but no rival's."""
        key = (user.pk, "figures of")
        if key not in self.allowed:
            lines = self.sees(user, "lines")
            named = {row["enterprise_id"] for row in self.oracle._rows["lines"] if row["id"] in lines}
            rivals = {pk for reach in self.oracle.reaches(user.pk) for pk in reach.rivals}
            self.allowed[key] = self.oracle.figures(user.pk) | (named - rivals)
        return self.allowed[key]

    def may_be_named(self, user: User, kind: str) -> set[int]:
        """Rows whose names may stand in an answer to the user: those that one sees, and those that they name."""
        key = (user.pk, kind)
        if key not in self.allowed:
            self.allowed[key] = self._named(user, kind)
        return self.allowed[key]

    def _named(self, user: User, kind: str) -> set[int]:
        def through(table: str, *columns: str) -> set[int]:
            shown = self.sees(user, table)
            return {row[column] for row in self.oracle._rows[table] if row["id"] in shown for column in columns} - {
                None
            }

        if kind == "contacts":
            start = clock.start_of(clock.today())
            looked = JournalEntry.objects.filter(verb="reveal_contact", actor_id=user.pk, at__gte=start)
            return set(looked.values_list("object_id", flat=True)) & self.oracle.revealable(user.pk)
        if kind == "batches":
            return set(self.oracle.pick("batches", "station_id", stations_of("chief")(self.oracle, user.pk)))
        if kind == "persons":
            people = {
                row["person_id"]
                for row in self.oracle._rows["appointments"]
                if row["id"] in self.sees(user, "appointments")
            }
            seats = self.may_be_named(user, "posts")
            people |= {row["person_id"] for row in self.oracle._rows["appointments"] if row["post_id"] in seats}
            people |= (
                through("visits", "visitor_id")
                | through("recusals", "person_id")
                | through("gatherings", "holder_id")
                | {user.person_id or 0}
            )
            administered = administered_posts(self.oracle, user)
            if any(len(path) == ROOT_PATH for path in self.roots_administered(user)):
                seated = {row["person_id"] for row in self.oracle._rows["appointments"]}
                people |= {one.person_id or 0 for one in self.town.users} - seated  # no post ever: nobody else's
            return people | {
                row["person_id"] for row in self.oracle._rows["appointments"] if row["post_id"] in administered
            }
        found = self.sees(user, kind)
        if kind == "enterprises":
            found |= self.oracle.may(user.pk, "log_visit") | self.oracle.may(user.pk, "open_issue")  # to be chosen
            for table in (
                "visits",
                "obligations",
                "issues",
                "lines",
                "register",
                "responsibilities",
                "leaders",
                "places",
                "invitations",
                "commitments",
                "planned",
            ):
                found |= through(table, "enterprise_id")
        if kind == "unions":
            found |= through("cases", "adopted_by_id") | {
                row["union_id"]
                for row in self.oracle._rows["posts"]
                if row["id"] in administered_posts(self.oracle, user)
            } - {None}
        if kind == "stations":
            found |= {pk for reach in self.oracle.reaches(user.pk) for pk in reach.stations}  # at which one sits
            found |= {
                row["station_id"]
                for row in self.oracle._rows["posts"]
                if row["id"] in administered_posts(self.oracle, user)
            } - {None}
            for table in ("visits", "obligations", "issues", "register", "cases"):
                found |= through(table, "station_id")
        if kind == "posts":
            found |= administered_posts(self.oracle, user)
            found |= through("visits", "post_id", "credited_post_id") | through("issues", "post_id", "handler_id")
            for table in ("responsibilities", "seats", "deliveries", "cases", "gatherings", "commitments", "planned"):
                found |= through(table, "post_id")
            found |= {row["post_id"] for row in self.oracle._rows["appointments"] if row["person_id"] == user.person_id}
            # whoever may assign an issue is told the posts above the station that could handle it
            found |= {row["id"] for row in self.oracle._rows["posts"] if row["union_id"] in self.sees(user, "unions")}
        if kind in ("chains", "nodes"):
            found |= through("places", f"{kind[:-1]}_id")
        if kind == "chains":
            found |= through("responsibilities", "chain_id")
        if kind == "policies":
            found |= through("deliveries", "policy_id")
        return found

    def roots_administered(self, user: User) -> list[str]:
        """Tree paths of the unions at which the user administers accounts today."""
        held = self.oracle.pick("appointments", "person_id", {user.person_id}, "post_id", today=True)
        paths = {row["id"]: row["path"] for row in self.oracle._rows["unions"]}
        posts = [self.oracle._posts[pk] for pk in held if self.oracle._posts[pk]["role"] == "administrator"]
        return [paths[post["union_id"]] for post in posts if self.oracle._holds(post)]

    # ---- choices
    def some(self, kind: str, seen: set[int] | None = None) -> int:
        """An id of the kind: one in sight, one that is there, or none at all."""
        chance = self.dice.random()
        if seen and chance < 0.45:
            return self.dice.choice(sorted(seen))
        return self.dice.choice(self.pools[kind]) if chance < 0.92 and self.pools.get(kind) else NOWHERE

    def hidden(self, user: User, kind: str) -> int | None:
        """An id of a row of the kind that the user does not see, often one near by; None when there is none."""
        seen = self.sees(user, kind) if kind not in ("persons", "batches", "users") else self.may_be_named(user, kind)
        near = sorted(self.near(user, kind) - seen) if self.dice.random() < 0.6 else []
        if near:
            return self.dice.choice(near)
        rest = [pk for pk in self.dice.sample(self.pools[kind], min(12, len(self.pools[kind]))) if pk not in seen]
        return rest[0] if rest else None

    def near(self, user: User, kind: str) -> set[int]:
        """Rows of the stations at which the user sits, and of the enterprises on their registers: what is next to one's own."""
        key = (user.pk, f"near {kind}")
        if key not in self.allowed:
            columns = TABLES[kind][1] if kind in TABLES else ()
            stations = {pk for reach in self.oracle.reaches(user.pk) for pk in reach.stations}
            firms = {pk for reach in self.oracle.reaches(user.pk) for pk in reach.kept}
            found: set[int] = set()
            if "station_id" in columns:
                found |= self.oracle.pick(kind, "station_id", stations)
            if "enterprise_id" in columns:
                found |= self.oracle.pick(kind, "enterprise_id", firms)
            self.allowed[key] = found
        return self.allowed[key]

    def some_page(self, user: User, names: list[str]) -> tuple[str, int, set[int] | None]:
        """A page, a number for its address and the numbers for which it opens; mostly one that opens for the user."""
        for _ in range(6):
            name = self.dice.choice(names)
            page = WEB[name]
            if page.opens is None:
                return name, self.some(page.kind) if page.kind else 0, set() if page.kind else None
            opens = page.opens(self.oracle, user.pk)
            if opens or self.dice.random() < 0.15:
                break
        return name, self.some(page.kind, opens), opens

    def query(self) -> dict[str, str]:
        """Something after the question mark."""
        known = {
            "page": "1", "size": "300", "register": "all", "state": "all", "node": str(self.some("nodes")), "q": "zq1",
            "chain": str(self.some("chains")), "station": str(self.some("stations")), "union": str(self.some("unions")),
            "post": str(self.some("posts")), "measure": self.dice.choice(("responsibility", "visit", "on_time", "nodes")),
            "part": self.dice.choice(("n", "d", "gap")), "kind": "issue", "order": "name", "ordering": "text", "contact": "never",
            "as_of": str(clock.today() - dt.timedelta(days=40)), "enterprise": str(self.some("enterprises")),
        }  # fmt: skip
        known |= {
            "sort": self.dice.choice(("workers", "last", "name")),
            "direction": "desc",
            "state": self.dice.choice(("all", "open", "late")),
        }
        known["q"] = self.part_of_something()
        return {name: known[name] for name in self.dice.sample(sorted(known), self.dice.choice((0, 0, 1, 2, 3)))}

    def part_of_something(self) -> str:
        """The beginning of a name, a phone or a code of somebody."""
        chance = self.dice.random()
        if chance < 0.4:
            return self.dice.choice(list(self.town.phones))[: self.dice.randint(5, 11)]
        if chance < 0.7:
            return self.dice.choice(list(self.town.canaries))[:-1]
        return self.dice.choice(self.oracle._rows["enterprises"])["uscc"][: self.dice.randint(9, 18)]

    # ---- comparing
    def same(self, user: User, request: str, pk: int, answers: list[Any], *words: str) -> None:
        told = []
        self.pairs += 1
        for answer in answers:
            body = re.sub(rf"(?<!\d)({pk}|{NOWHERE})(?!\d)", "#", OWN_MARKS.sub("", answer.text_of_it))
            for word in words:
                body = body.replace(word, "#")
            told.append((answer.status_code, body))
        self.compare("invisible is not nonexistent", user, request, told)

    def compare(self, what: str, user: User, request: str, told: list[tuple[int, str]]) -> None:
        if told[0] != told[1]:
            at = next((n for n, (a, b) in enumerate(zip(told[0][1], told[1][1], strict=False)) if a != b), 0)
            parts = [f"{status} …{body[max(0, at - 40) : at + 60]}" for status, body in told]
            self.found(what, user, request, " | ".join(parts))

    def all_ids(self, user: User, path: str, **query: Any) -> list[int] | None:
        """Ids over all pages; None when the door is shut (then the oracle must see nothing)."""
        found: list[int] = []
        data: dict[str, Any] | None = {"page_size": 200, **query}
        while True:
            response = self.ask(user, "get", path, data)
            if response.status_code != 200:
                return None if response.status_code in (400, 401, 403) and not found else []
            body = json.loads(response.content)
            found += [row["id"] for row in body["results"]]
            if not body["next"]:
                return found
            path, data = body["next"].removeprefix("http://testserver"), None

    def exactly(self, user: User, request: str, got: list[int], wanted: set[int]) -> None:
        if len(got) != len(set(got)):
            self.found("a row twice", user, request, len(got))
        if set(got) - wanted:
            self.found("leak of rows", user, request, sorted(set(got) - wanted)[:9])
        if wanted - set(got):
            self.found("hidden", user, request, sorted(wanted - set(got))[:9])


def text_of(response: Any) -> str:
    """What an answer says, a sheet's cells among it."""
    content = b"".join(response) if response.streaming else response.content
    if content[:2] == b"PK":
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return "\n".join(f"{row}" for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
    return str(content.decode(errors="replace"))


def administered_posts(oracle: Oracle, user: User) -> set[int]:
    """Posts whose accounts the user keeps: of the subtree of an administrator's post, which reads no row of the trade."""
    held = oracle.pick("appointments", "person_id", {user.person_id}, "post_id", today=True)
    if not oracle._users[user.pk]["is_active"]:
        return set()
    found: set[int] = set()
    for post in (oracle._posts[pk] for pk in held):
        if post["role"] == "administrator" and oracle._holds(post):
            unions = oracle._below[post["union_id"]]
            stations = oracle.pick("stations", "union_id", unions)
            found |= oracle.pick("posts", "union_id", unions) | oracle.pick("posts", "station_id", stations)
    return found
