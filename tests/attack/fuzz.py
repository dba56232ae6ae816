"""The attack: random questions by random people, each answer held against the oracle; between them the rights move.

One process, one connection, as a worker that lives long. Writes are taken back after they were looked at.
"""

import datetime as dt
import io
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from api.urls import RESOURCES
from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from enterprises.models import Enterprise
from tests.attack import blind, moves
from tests.attack.oracle import TABLES, Oracle
from tests.attack.surface import (
    ACTS_OF_VERBS,
    CHIEFS_VERBS,
    LISTS,
    OTHERS,
    PARTS,
    WEB,
    WRITES,
    Write,
    stations_of,
)
from tests.attack.town import Size, Town, build_town

CANARY = re.compile(r"zq\d+z")
PHONE = re.compile(r"1390\d{7}")
FIGURE = re.compile(r"(?<!\d)[67]\d{6}(?!\d)")
NOWHERE = 987_654_321
ROOT_PATH = 4  # signs of the tree path of a union that has none above it
CHANGES_EVERY = 20
DAYS = 4  # the run spreads over so many days: terms begin and end by date
# whatever differs between two answers to one question
OWN_MARKS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"client_uuid"[^>]*>|value="[0-9a-f-]{36}"')
NEW_ROWS = re.compile(r'("(?:id|visit)":|/)\d+')  # numbers of what was written twice


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
class Attack:
    """`run` asks and looks; `findings` is what should not be."""

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
        self.look_again()

    def look_again(self) -> None:
        """Ask the tables anew who has which rights."""
        with connection.cursor() as cursor:
            self.oracle = Oracle.load(cursor, clock.today())
        self.pools = {kind: [row["id"] for row in rows] for kind, rows in self.oracle._rows.items()}
        self.pools["persons"] = [user.person_id for user in self.town.users]
        self.allowed: dict[tuple[int, str], set[int]] = {}

    def run(self, probes: int, most_findings: int = 5, only: str = "") -> None:
        """So many probes, of one kind or of all; stops early after `most_findings`."""
        kinds: list[tuple[Callable[[User], None], int]] = [
            (self.page, 26), (self.pair, 12), (self.api_list, 12), (self.api_row, 14), (self.api_filter, 12), (self.web_list, 8),
            (self.write, 22), (self.search, 6), (self.figures, 6), (self.sheet, 3), (self.method, 4), (self.form, 14),
            (self.blind, 40), (self.web_filter, 8), (self.upload, 2), (self.repeat, 4),
        ]  # fmt: skip
        chosen, weights = zip(*(kind for kind in kinds if only in ("", kind[0].__name__)), strict=True)
        today = clock.today()
        with ExitStack() as stack:
            stack.enter_context(clock.fixed(clock.at(today, 10)))
            for number in range(probes):
                if number and number % max(1, probes // DAYS) == 0:
                    day = today + dt.timedelta(days=number * DAYS // probes)
                    stack.enter_context(clock.fixed(clock.at(day, 10)))
                    self.look_again()
                if number % CHANGES_EVERY == CHANGES_EVERY - 1:
                    moves.change_something(self.dice, self.town)
                    self.look_again()
                probe = self.dice.choices(chosen, weights)[0]
                self.asked[probe.__name__] += 1
                user = self.somebody(probe.__name__)
                self.client(user)  # signed in before anything is taken back
                probe(user)
                if len(self.findings) >= most_findings:
                    return

    def somebody(self, probe: str) -> User:
        """Anybody; for acts more often somebody who may act."""
        if probe in ("write", "form", "upload", "repeat", "blind") and self.dice.random() < 0.6:
            seated = [one for one in self.town.users if self.oracle.reaches(one.pk)]
            if probe == "upload" or self.dice.random() < 0.5:
                chiefs = [one for one in seated if self.oracle.may(one.pk, "manage_register")]
                return self.dice.choice(chiefs or seated or self.town.users)
            return self.dice.choice(seated or self.town.users)
        return self.dice.choice(self.town.users)

    # -------------------------------------------------------------------------------------------------- asking
    def client(self, user: User) -> Client:
        if user.pk not in self.clients:
            self.clients[user.pk] = Client(headers={"Accept-Language": "zh-hans"}, raise_request_exception=False)
            self.clients[user.pk].force_login(user)
        return self.clients[user.pk]

    def ask(self, user: User, method: str, path: str, data: Any = None) -> Any:
        """One request; what no answer may show is looked for at once."""
        body: dict[str, Any] = {"data": data} if data is not None else {}
        if path.startswith("/api/") and method in ("post", "patch"):
            body = {"data": json.dumps(data), "content_type": "application/json"}
        before = self.last_entry() if method in ("post", "patch") else 0
        response = getattr(self.client(user), method)(path, follow=not path.startswith("/api/"), **body)
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

    def text_of(self, response: Any) -> str:
        content = b"".join(response) if response.streaming else response.content
        if content[:2] == b"PK":
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
            return "\n".join(f"{row}" for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
        return content.decode(errors="replace")

    # ---------------------------------------------------------------------------------------------- what leaks
    def look_for_foreign_marks(self, user: User, response: Any, request: str, said: str) -> None:
        heads = {name: value for name, value in response.items() if name not in ("Content-Length", "Expires")}
        text = f"{self.text_of(response)}\n{heads}"
        response.text_of_it = text
        for mark in set(CANARY.findall(text)) - set(CANARY.findall(said)):
            owner = self.town.canaries.get(mark)
            if owner is not None and owner[1] not in self.may_be_named(user, owner[0]):
                self.found("leak", user, request, f"{mark} of {owner}; status {response.status_code}")
        revealed = self.may_be_named(user, "contacts")
        for phone in set(PHONE.findall(text)) - set(PHONE.findall(said)):
            if phone in self.town.phones and self.town.phones[phone] not in revealed:
                self.found("leak of a phone", user, request, self.town.phones[phone])
        for figure in {int(text) for text in FIGURE.findall(text)}:
            pk = figure % 1_000_000
            if pk in self.oracle._enterprise_ids and pk not in self.figures_of(user):
                self.found("leak of a figure", user, request, f"enterprise {pk}")

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
            people |= through("visits", "visitor_id") | through("recusals", "person_id") | {user.person_id or 0}
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
            ):
                found |= through(table, "enterprise_id")
        if kind == "unions":
            found |= {
                row["union_id"]
                for row in self.oracle._rows["posts"]
                if row["id"] in administered_posts(self.oracle, user)
            } - {None}
        if kind == "stations":
            found |= {
                row["station_id"]
                for row in self.oracle._rows["posts"]
                if row["id"] in administered_posts(self.oracle, user)
            } - {None}
            for table in ("visits", "obligations", "issues", "register"):
                found |= through(table, "station_id")
        if kind == "posts":
            found |= administered_posts(self.oracle, user)
            found |= through("visits", "post_id", "credited_post_id") | through("issues", "post_id", "handler_id")
            found |= through("responsibilities", "post_id") | through("seats", "post_id")
            found |= {row["post_id"] for row in self.oracle._rows["appointments"] if row["person_id"] == user.person_id}
            # whoever may assign an issue is told the posts above the station that could handle it
            found |= {row["id"] for row in self.oracle._rows["posts"] if row["union_id"] in self.sees(user, "unions")}
        if kind in ("chains", "nodes"):
            found |= through("places", f"{kind[:-1]}_id")
        if kind == "chains":
            found |= through("responsibilities", "chain_id")
        return found

    def roots_administered(self, user: User) -> list[str]:
        """Tree paths of the unions at which the user administers accounts today."""
        held = self.oracle.pick("appointments", "person_id", {user.person_id}, "post_id", today=True)
        paths = {row["id"]: row["path"] for row in self.oracle._rows["unions"]}
        posts = [self.oracle._posts[pk] for pk in held if self.oracle._posts[pk]["role"] == "administrator"]
        return [paths[post["union_id"]] for post in posts if self.oracle._holds(post)]

    # ------------------------------------------------------------------------------------------------- choices
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

    # --------------------------------------------------------------------------------------------------- probes
    def page(self, user: User) -> None:
        """A page: it answers where it opens, and nowhere else."""
        name, pk, opens = self.some_page(user, [name for name, page in WEB.items() if page.reads])
        method = self.dice.choice(("get", "get", "get", "head"))
        if opens is None:
            self.ask(user, method, reverse(name), self.query())
            return
        response = self.ask(user, method, reverse(name, args=[pk]), self.query())
        if response.status_code == 200 and pk not in opens:
            self.found("opens", user, f"{name} {pk}", "a row out of reach")
        if response.status_code in (403, 404) and pk in opens:
            self.found("hidden", user, f"{name} {pk}", response.status_code)

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

    def pair(self, user: User) -> None:
        """What one may not see answers like what is not there, sign by sign."""
        if self.dice.random() < 0.5:
            name = self.dice.choice([name for name, page in WEB.items() if page.opens])
            page = WEB[name]
            kind, path = page.kind, lambda pk: reverse(name, args=[pk])
            method = "get" if page.reads and (not page.posts or self.dice.random() < 0.5) else "post"
        else:
            resource = self.dice.choice([*LISTS, *PARTS])
            head, _slash, tail = resource.partition("/")
            kind, path = LISTS[head][0], lambda pk: f"/api/v1/{head}/{pk}/" + (f"{tail}/" if tail else "")
            method = "get"
        pk = self.hidden(user, kind)
        if pk is None:
            return
        with transaction.atomic():
            answers = [self.ask(user, method, path(one)) for one in (pk, NOWHERE)]
            transaction.set_rollback(True)
        self.refresh()
        self.same(user, f"{method} {path(pk)}", pk, answers)

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

    def api_list(self, user: User) -> None:
        """A list of the API holds exactly what the oracle says."""
        name = self.dice.choice(list(LISTS))
        got = self.all_ids(user, f"/api/v1/{name}/")
        if got is not None:
            self.exactly(user, name, got, self.listed(user, LISTS[name][0]))

    def listed(self, user: User, kind: str) -> set[int]:
        return self.oracle.live(self.sees(user, kind)) if kind == "enterprises" else self.sees(user, kind)

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

    def api_row(self, user: User) -> None:
        """One row of the API, and the lists that belong to it."""
        name = self.dice.choice([*LISTS, *PARTS, *PARTS])
        head, _slash, tail = name.partition("/")
        seen = self.listed(user, LISTS[head][0])
        pk = self.some(LISTS[head][0], seen)
        method = self.dice.choice(("get", "get", "head"))
        response = self.ask(user, method, f"/api/v1/{head}/{pk}/" + (f"{tail}/" if tail else ""))
        if response.status_code == 200 and pk not in seen:
            self.found("opens", user, f"{method} {name} {pk}", "a row out of reach")
        if response.status_code in (403, 404) and pk in seen:
            self.found("hidden", user, f"{method} {name} {pk}", response.status_code)

    def api_filter(self, user: User) -> None:
        """A filter by a related row: nothing of what one does not see, all of what one sees."""
        name = self.dice.choice([name for name, (_kind, filters) in LISTS.items() if filters])
        kind, filters = LISTS[name]
        parameter = self.dice.choice(list(filters))
        related, column = filters[parameter]
        pk = self.some(related, self.sees(user, related))
        path = f"/api/v1/{name}/"
        if pk in self.sees(user, related):
            got = self.all_ids(user, path, **{parameter: pk})
            if got is not None and column:
                rows = {row["id"] for row in self.oracle._rows[kind] if row[column] == pk}
                self.exactly(user, f"{path}?{parameter}={pk}", got, self.listed(user, kind) & rows)
            return
        answers = [self.ask(user, "get", path, {parameter: one}) for one in (pk, NOWHERE)]
        self.same(user, f"{path}?{parameter}={pk}", pk, answers)

    def web_list(self, user: User) -> None:
        """A list of the site, over all its pages, holds exactly what the oracle says; so does its sheet."""
        name, kind, query = self.dice.choice(
            (
                ("enterprises:list", "enterprises", {"register": "all", "size": "300"}),
                ("visits:list", "visits", {}),
                ("issues:list", "issues", {"state": "all"}),
            )
        )
        wanted = self.listed(user, kind)
        found: list[int] = []
        link = re.compile(rf'href="/{kind}/(\d+)/"')
        for page in range(1, 60):
            asked = query | ({"page": str(page)} if page > 1 else {})
            response = self.ask(user, "get", reverse(name), asked or None)
            if response.status_code != 200:
                if wanted:
                    self.found("hidden", user, name, response.status_code)
                return
            table = response.text_of_it.split("<tbody>")[-1].split("</tbody>")[0]
            found += dict.fromkeys(int(text) for text in link.findall(table))
            if 'rel="next"' not in response.text_of_it:
                break
        self.exactly(user, name, found, wanted)
        total = re.search(r"共 (\d+)", response.text_of_it)
        if total and int(total[1]) != len(wanted):
            self.found("a count that is not the rows", user, name, f"{total[1]} for {len(wanted)}")

    def sheet(self, user: User) -> None:
        """A sheet to take home has a line for each row that one sees."""
        name, kind = self.dice.choice(
            (("enterprises:export", "enterprises"), ("visits:export", "visits"), ("issues:export", "issues"))
        )
        response = self.ask(user, "get", reverse(name), {"register": "all", "state": "all"})
        wanted = self.listed(user, kind)
        if response.status_code == 200 and len(response.text_of_it.split("{'Content-Type'")[0].splitlines()) - 1 != len(
            wanted
        ):
            self.found("a sheet that is not the rows", user, name, f"{len(wanted)} wanted")

    def search(self, user: User) -> None:
        """Searching for a part of what belongs to a row that one does not see finds nothing."""
        mark, (kind, pk) = self.dice.choice(list(self.town.canaries.items()))
        text = mark[:-1]
        if pk in self.may_be_named(user, kind):
            return
        name = self.dice.choice(("enterprises:list", "visits:list", "issues:list", "visits:start", "accounts:list"))
        response = self.ask(user, "get", reverse(name), {"q": text, "register": "all", "state": "all", "scope": ""})
        if response.status_code == 200 and kind in ("enterprises", "issues", "contacts", "visits"):
            table = response.text_of_it.split("<main")[-1]
            if re.search(r'href="/(enterprises|visits|issues)/\d+/(visit/)?"', table):
                ids = {int(text) for text in re.findall(r'href="/enterprises/(\d+)/"', table)}
                if not any(str(text) in mark for mark in self.marks_of(ids)):
                    self.found("a search that finds by what is hidden", user, name, f"{text} of {kind} {pk}")
        for path in ("/api/v1/enterprises/", "/api/v1/issues/"):
            answer = self.ask(user, "get", path, {"q": text})
            if answer.status_code == 200 and json.loads(answer.content)["results"] and kind != "issues":
                shown = {row["id"] for row in json.loads(answer.content)["results"]}
                if path.endswith("enterprises/") and not any(text in mark for mark in self.marks_of(shown)):
                    self.found("a search that finds by what is hidden", user, path, f"{text} of {kind} {pk}")

    def marks_of(self, enterprise_ids: set[int]) -> list[str]:
        return [
            mark for mark, (kind, pk) in self.town.canaries.items() if kind == "enterprises" and pk in enterprise_ids
        ]

    def figures(self, user: User) -> None:
        """A number of the coverage counts what one sees, chain by chain."""
        response = self.ask(user, "get", "/api/v1/coverage/")
        scope = self.counted(user)
        if response.status_code == 200:
            told = next(
                rate["d"] for rate in json.loads(response.content)["rates"] if rate["measure"] == "responsibility"
            )
            if told != len(scope):
                self.found("a figure that is not the rows", user, "coverage/", f"{told} for {len(scope)}")
        response = self.ask(user, "get", "/api/v1/coverage/chains/")
        for row in json.loads(response.content)["chains"] if response.status_code == 200 else ():
            members = self.oracle.pick("places", "chain_id", {row["chain"]}, "enterprise_id", today=True)
            told = next(rate["d"] for rate in row["rates"] if rate["measure"] == "responsibility")
            if row["chain"] not in self.sees(user, "chains") or told != len(scope & members):
                self.found(
                    "a figure that is not the rows",
                    user,
                    f"chain {row['chain']}",
                    f"{told} for {len(scope & members)}; {[r.role for r in self.oracle.reaches(user.pk)]}",
                )
        rows = self.all_ids(user, "/api/v1/coverage/rows/", measure="responsibility", part="d")
        if rows is not None:
            self.exactly(user, "coverage/rows/", rows, scope)

    def counted(self, user: User) -> set[int]:
        """Enterprises on a register today that the user's figures are about."""
        registered = self.oracle._on_a_register
        found: set[int] = set()
        for reach in self.oracle.reaches(user.pk):
            if reach.role in ("chief", "district_leader", "district_staff", "api_consumer"):
                found |= reach.kept
            else:
                found |= reach.own & registered
        return found

    def method(self, user: User) -> None:
        """Other methods, and addresses that list nothing."""
        path = "/api/v1/" + self.dice.choice([*OTHERS, *(f"{name}/" for name in LISTS)])
        method = self.dice.choice(("options", "head", "get", "put", "delete"))
        response = self.ask(user, method, path)
        if method in ("put", "delete") and response.status_code < 400:
            self.found("a write out of the table", user, f"{method} {path}", response.status_code)

    # --------------------------------------------------------------------------------------------------- writes
    def write(self, user: User) -> None:
        """A write of the API that names rows; what it names and the user does not see is as if it were not there."""
        shape = self.dice.choice(WRITES)
        pk, ids = self.ids_for(user, shape)
        state = self.dice.getstate()
        self.send(user, shape, pk, ids, state)
        for name, kind in shape.names.items():
            hidden = self.hidden(user, kind)
            if hidden is None or self.dice.random() < 0.3:
                continue
            answers = [self.send(user, shape, pk, ids | {name: one}, state) for one in (hidden, NOWHERE)]
            self.same(user, f"{shape.path.format(pk)} {name}={hidden}", hidden, answers)
            word = self.word_for(kind, hidden)
            if word:
                answers = [self.send(user, shape, pk, ids | {name: one}, state) for one in (word, word[::-1])]
                self.same(user, f"{shape.path.format(pk)} {name}={word}", hidden, answers, word, word[::-1])

    def ids_for(self, user: User, shape: Write) -> tuple[int, dict[str, Any]]:
        """The number in the address and those in the body: mostly what fits, so that one wrong thing is alone."""
        if self.dice.random() < 0.25:
            pk = self.some(shape.kind, self.sees(user, shape.kind)) if shape.kind else 0
            return pk, {name: self.some(kind, self.in_sight(user, kind)) for name, kind in shape.names.items()}
        firms = (
            self.oracle.may(user.pk, "manage_register")
            or self.oracle.may(user.pk, "log_visit")
            or self.sees(user, "enterprises")
        )
        firm = self.dice.choice(sorted(firms)) if firms else NOWHERE
        posts = self.oracle.pick(
            "posts", "station_id", {row["station_id"] for row in self.oracle._rows["enterprises"] if row["id"] == firm}
        )
        fitting = {
            "enterprises": {firm},
            "posts": posts & self.sees(user, "posts"),
            "visits": self.oracle.pick("visits", "enterprise_id", {firm}) & self.sees(user, "visits"),
            "contacts": set(self.oracle.pick("contacts", "enterprise_id", {firm})),
            "persons": set(self.oracle.pick("appointments", "post_id", posts, "person_id", today=True)),
        }

        def one(kind: str) -> int:
            rows = sorted(fitting.get(kind) or self.in_sight(user, kind))
            return self.dice.choice(rows) if rows else NOWHERE

        return one(shape.kind) if shape.kind else 0, {name: one(kind) for name, kind in shape.names.items()}

    def word_for(self, kind: str, pk: int) -> str:
        """Another name by which a row is known outside."""
        row = next((row for row in self.oracle._rows.get(kind, ()) if row["id"] == pk), {})
        return row.get("code") or row.get("uscc") or ""

    def in_sight(self, user: User, kind: str) -> set[int]:
        return self.may_be_named(user, kind) if kind == "persons" else self.sees(user, kind)

    def send(self, user: User, shape: Write, pk: int, ids: dict[str, int], state: Any) -> Any:
        """Send it, look at what it has written, and take it back."""
        dice = random.Random()
        dice.setstate(state)
        body = shape.body(dice, ids, clock.today())
        patch = shape.path == "enterprises/{}/"
        with transaction.atomic():
            before = self.last_entry()
            answer = self.ask_writing(user, "patch" if patch else "post", "/api/v1/" + shape.path.format(pk), body, ids)
            self.look_at_journal(user, before, f"{shape.path.format(pk)} {body}")
            transaction.set_rollback(True)
        self.allowed.pop((user.pk, "contacts"), None)
        return answer

    def ask_writing(self, user: User, method: str, path: str, body: Any, ids: dict[str, int]) -> Any:
        if path.endswith("/reveal/"):  # what is looked at now may be shown, if it may be looked at
            self.allowed[user.pk, "contacts"] = {ids["contact"]} & self.oracle.revealable(user.pk)
        return self.ask(user, method, path, body)

    def form(self, user: User) -> None:
        """A form of the site, sent with what its fields may hold."""
        name, pk, opens = self.some_page(user, [name for name, page in WEB.items() if page.posts])
        page = WEB[name]
        data = {key: str(value) for key, value in self.fields(user).items()}
        if name == "enterprises:reveal":
            self.allowed[user.pk, "contacts"] = {pk} & self.oracle.revealable(user.pk)
        with transaction.atomic():
            before = self.last_entry()
            response = self.ask(user, "post", reverse(name, args=[pk] if page.kind else []), data)
            self.look_at_journal(user, before, f"{name} {pk} {data}")
            transaction.set_rollback(True)
        self.refresh()
        self.allowed.pop((user.pk, "contacts"), None)
        if page.opens and opens is not None and pk not in opens and response.status_code in (200, 422):
            self.found("opens", user, f"post {name} {pk}", "a row out of reach")
        if (
            page.opens
            and opens is not None
            and pk in opens
            and response.status_code == 404
            and name not in ("issues:move", "enterprises:contact")
        ):
            self.found("hidden", user, f"post {name} {pk}", response.status_code)

    def fields(self, user: User) -> dict[str, Any]:
        """Values for any field that a form may have."""
        today = clock.today()
        some = {
            "enterprise": self.some("enterprises", self.sees(user, "enterprises")),
            "post": self.some("posts", self.sees(user, "posts")),
            "node": self.some("nodes", self.sees(user, "nodes")),
            "station": self.some("stations", self.sees(user, "stations")),
            "handler": self.some("posts", self.sees(user, "posts")),
            "contact": self.some("contacts", self.sees(user, "contacts")),
            "person": self.some("persons", self.may_be_named(user, "persons")),
            "ids": self.some("enterprises", self.sees(user, "enterprises")),
            "park": self.some("parks", self.sees(user, "parks")),
        }
        words = {
            "act": self.dice.choice(("enter", "node", "tier", "assign")), "tier": "key", "reason": "operating", "version": 1,
            "start": today, "on": today, "move": self.dice.choice(("assign", "accept", "approve", "submit", "release")),
            "title": "夜班用餐", "category": 8, "urgency": "normal", "name": "新名", "outcome": "met", "visited_on": today,
            "has_issue": "no", "client_uuid": "00000000-0000-4000-8000-000000000001", "months": 1, "text": "x",
            "query": "register=all",
            "kind": "wish", "withheld": "yes", "given_by": "x", "active": "no", "username": "x", "status": "operating",
            "union_state": "unknown", "contract_state": "none",
            "uscc": self.dice.choice(self.oracle._rows["enterprises"])["uscc"] if self.dice.random() < 0.5 else "",
        }  # fmt: skip
        if self.dice.random() < 0.3:
            words["whole"] = 1
        return some | words

    # --------------------------------------------------------------------------------------------- noninterference
    def blind(self, user: User) -> None:
        """Ask, change all that the user does not see, ask again: no difference."""
        ask = self.dice.choice(
            (self.some_get, self.some_get, self.some_get, self.some_list, self.some_list, self.some_post)
        )(user)
        if isinstance(ask[2], dict):
            # of a day gone by, an enterprise that has left counts with what others did there: no leak, but their doing
            ask[2].pop("as_of", None)
        self.clients[user.pk].cookies.pop("messages", None)  # what an answer before has left to be told
        told, wrote = [], False
        with transaction.atomic():
            for disturbed in (False, True):
                with transaction.atomic():
                    if disturbed:
                        blind.disturb(self, user)
                    answer = self.ask(user, *ask)
                    text = OWN_MARKS.sub("", answer.text_of_it)
                    told.append((answer.status_code, text if ask[0] == "get" else NEW_ROWS.sub(r"\1#", text)))
                    wrote |= self.wrote
                    transaction.set_rollback(True)
                self.refresh()
        self.allowed.pop((user.pk, "contacts"), None)
        if wrote and not ask[1].startswith("/api/"):  # then what one sees has changed with it
            return
        self.compare("what is hidden shows through", user, f"{ask}", told)

    def some_get(self, user: User) -> tuple[Any, ...]:
        name, pk, opens = self.some_page(user, [name for name, page in WEB.items() if page.reads])
        return "get", reverse(name, args=[] if opens is None else [pk]), self.query() or None

    def some_list(self, user: User) -> tuple[Any, ...]:
        """A list, of the site or the API, with one of the filters that it has."""
        if self.dice.random() < 0.4:
            name = self.dice.choice(
                ("enterprises:list", "issues:list", "visits:list", "coverage:rows", "visits:due", "home")
            )
            return "get", reverse(name), self.query() or None
        name = self.dice.choice([*LISTS, "coverage", "coverage/chains", "coverage/rows"])
        query = self.query() if name.startswith("coverage") else {}
        if name in LISTS:
            query = self.api_query(name, user)
        elif query:
            query = {
                key: value for key, value in query.items() if key in ("union", "station", "chain", "node", "as_of")
            }
        return "get", f"/api/v1/{name}/", query or None

    def api_query(self, name: str, user: User) -> dict[str, str]:
        """One of the filters that the list declares, with a value that some row has."""
        filterset = getattr(RESOURCES[name], "filterset_class", None)
        if filterset is None or self.dice.random() < 0.2:
            return {}
        parameter, declared = self.dice.choice(list(filterset.base_filters.items()))
        choices = [value for value, _label in declared.extra.get("choices", ()) if value]
        related = LISTS[name][1].get(parameter)
        if related:
            value = str(self.some(related[0], self.sees(user, related[0])))
        elif choices:
            value = str(self.dice.choice(choices))
        elif "Date" in type(declared).__name__:
            value = str(clock.today() - dt.timedelta(days=self.dice.randint(0, 60)))
        elif "Bool" in type(declared).__name__:
            value = self.dice.choice(("true", "false"))
        else:
            value = self.dice.choice(
                ("pay", "living", "skills", "000", "138", self.part_of_something(), self.part_of_something())
            )
        return {parameter: value}

    def some_post(self, user: User) -> tuple[Any, ...]:
        """A form of the site, or a write of the API."""
        if self.dice.random() < 0.5:
            name, pk, opens = self.some_page(
                user, [name for name, page in WEB.items() if page.posts and name != "enterprises:reveal"]
            )
            return (
                "post",
                reverse(name, args=[] if opens is None else [pk]),
                {k: str(v) for k, v in self.fields(user).items()},
            )
        shape = self.dice.choice([one for one in WRITES if not one.path.endswith("/reveal/")])
        pk, ids = self.ids_for(user, shape)
        body = shape.body(self.dice, ids, clock.today())
        return "patch" if shape.path == "enterprises/{}/" else "post", "/api/v1/" + shape.path.format(pk), body

    def web_filter(self, user: User) -> None:
        """A filter of the site by a row that one does not see is one by a row that is not there."""
        names = (
            "enterprises:list",
            "coverage:rows",
            "coverage:rows_export",
            "issues:list",
            "visits:list",
            "visits:due",
            "stations:list",
        )
        kind, parameter = self.dice.choice(
            (
                ("chains", "chain"),
                ("nodes", "node"),
                ("stations", "station"),
                ("unions", "union"),
                ("posts", "post"),
                ("enterprises", "ids"),
            )
        )
        pk = self.hidden(user, kind)
        if pk is not None:
            path, more = reverse(self.dice.choice(names)), {"measure": "responsibility", "part": "d"}
            answers = [self.ask(user, "get", path, more | {parameter: str(one)}) for one in (pk, NOWHERE)]
            self.same(user, f"{path}?{parameter}={pk}", pk, answers)

    def upload(self, user: User) -> None:
        """An import writes to the station's own enterprises and candidates alone."""
        stations = stations_of("chief")(self.oracle, user.pk)
        station = self.dice.choice(sorted(stations)) if stations and self.dice.random() < 0.9 else self.some("stations")
        codes = [self.dice.choice(self.oracle._rows["enterprises"])["uscc"] for _ in range(8)]
        lines = ["企业名称,统一社会信用代码"] + [f"新名{number}有限公司,{code}" for number, code in enumerate(codes)]
        mine = self.oracle.pick("register", "station_id", {station}, "enterprise_id", today=True)
        free = {row["id"] for row in self.oracle._rows["enterprises"]} - self.oracle._on_a_register
        with transaction.atomic():
            file = SimpleUploadedFile("x.csv", "\n".join(lines).encode())
            data = {
                "station": str(station),
                "file": file,
                "client_uuid": str(uuid.uuid4()),
                "confirm": "1",
                "dry_run": "",
            }
            self.ask(user, "post", reverse("enterprises:import"), data)
            changed = set(Enterprise.objects.filter(name__startswith="新名").values_list("pk", flat=True))
            if changed - (mine | free if station in stations else set()):
                self.found("a write out of reach", user, f"import into {station}", sorted(changed - mine)[:9])
            transaction.set_rollback(True)

    def repeat(self, user: User) -> None:
        """What one has sent and another sends again is no answer to the other who may not see it."""
        shape = self.dice.choice([one for one in WRITES if one.path in ("visits/", "visit-reports/", "issues/")])
        _pk, ids = self.ids_for(user, shape)
        body = shape.body(self.dice, ids, clock.today())
        other = self.dice.choice([one for one in self.town.users if self.oracle.reaches(one.pk)])
        self.client(other)
        with transaction.atomic():
            first = self.ask(user, "post", f"/api/v1/{shape.path}", body)
            if first.status_code == 201:
                made = json.loads(first.content)
                self.look_again()
                second = self.ask(other, "post", f"/api/v1/{shape.path}", body)
                own = "issues" if shape.path == "issues/" else "visits"
                parts = (
                    {own: made}
                    if shape.path != "visit-reports/"
                    else {"visits": made["visit"], "issues": made["issue"]}
                )
                for kind, row in parts.items():
                    if row and second.status_code in (200, 201) and row["id"] not in self.sees(other, kind):
                        self.found("another's answer", other, f"{shape.path} of {user.pk}", f"{kind} {row['id']}")
            transaction.set_rollback(True)
        self.look_again()

    def look_at_journal(self, user: User, before: int, request: str) -> None:
        """Whatever was written: the user may have done it there."""
        for row in JournalEntry.objects.filter(pk__gt=before, actor_id=user.pk):
            if not self.permitted(user, row):
                at = f"station {row.station_id}, enterprise {row.enterprise_id}"
                told = f"{row.verb} on {row.object_type} {row.object_id}, {at}; {[r.role for r in self.oracle.reaches(user.pk)]}"
                self.found("a write out of reach", user, request, told)

    def permitted(self, user: User, row: JournalEntry) -> bool:
        oracle = self.oracle
        if row.verb in ACTS_OF_VERBS:
            return row.enterprise_id in oracle.may(user.pk, ACTS_OF_VERBS[row.verb])
        if row.verb in CHIEFS_VERBS:
            mine = oracle.may(user.pk, "manage_register")
            named = set((row.changes.get("enterprises") or [None, []])[1] or [])
            if row.verb == "register_enterprise":
                named = set()
            elif row.enterprise_id:
                named.add(row.enterprise_id)
            at_station = row.station_id is None or row.station_id in stations_of("chief")(oracle, user.pk)
            return at_station and named <= mine
        if row.verb == "reveal_contact":
            return row.object_id in oracle.revealable(user.pk)
        if row.object_type == "issues.issue":
            return row.object_id in self.sees(user, "issues")
        if row.object_type == "grids.responsiblelist":
            return row.object_id in self.sees(user, "lists")
        if row.object_type == "stations.appointment":
            return row.station_id is None or row.station_id in stations_of("chief", "district_leader")(oracle, user.pk)
        if row.verb in ("save_grid_sheet", "reseat", "open_posts"):
            return row.station_id in stations_of("chief")(oracle, user.pk)
        if row.verb in ("open_account", "set_active"):
            return bool(administered_posts(oracle, user))
        return False


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
