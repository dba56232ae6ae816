"""Probes that write: the API, forms, imports, sendings repeated by others. All is taken back."""

import json
import random
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from enterprises.models import Enterprise
from tests.attack.asking import NOWHERE, administered_posts
from tests.attack.reading import Reading
from tests.attack.surface import (
    ACTS_OF_VERBS,
    AT_WORK,
    CHIEFS_VERBS,
    DISTRICTS_VERBS,
    OWN_VERBS,
    SEASONS,
    VERBS_OF_ROLES,
    WEB,
    WHOLE,
    WRITES,
    Write,
    kept_unions,
    stations_of,
)


class Writing(Reading):
    def write(self, user: User) -> None:
        """A write of the API that names rows; what it names and the user does not see is as if it were not there."""
        shape = self.dice.choice(WRITES)
        if user.person and user.person.is_service and self.dice.random() < 0.5:  # what other systems are for
            shape = self.dice.choice([one for one in WRITES if one.path in ("visits/", "visit-reports/", "issues/")])
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
            "posts": (posts if self.dice.random() < 0.7 else self.beside_posts(posts)) & self.sees(user, "posts"),
            "visits": self.oracle.pick("visits", "enterprise_id", {firm}) & self.sees(user, "visits"),
            "contacts": set(self.oracle.pick("contacts", "enterprise_id", {firm})),
            "persons": set(self.oracle.pick("appointments", "post_id", posts, "person_id", today=True)),
        }

        def one(kind: str) -> int:
            rows = sorted(fitting.get(kind) or self.in_sight(user, kind))
            return self.dice.choice(rows) if rows else NOWHERE

        return one(shape.kind) if shape.kind else 0, {name: one(kind) for name, kind in shape.names.items()}

    def beside_posts(self, posts: frozenset[int]) -> set[int]:
        """Posts of the other stations of the same unions."""
        stations = {self.oracle._posts[pk]["station_id"] for pk in posts}
        unions = self.oracle.pick("stations", "id", stations, "union_id")
        return set(self.oracle.pick("posts", "station_id", self.oracle.pick("stations", "union_id", unions) - stations))

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
            "target": self.some("posts", self.sees(user, "posts")),
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
            "decision": self.dice.choice(("keep", "own")),
            "item": self.dice.randint(1, 30),
            "to": self.dice.choice(("in_progress", "done", "verified", "returned", "confirmed")),
            "union": self.some("unions", self.sees(user, "unions")),
            "issuer": "x", "issued_on": today, "topic": "union", "by": "x",
            "evidence_kind": "roster", "evidence": "x", "number": "x", "level": "city",
            "answer": self.dice.choice(("true", "differs")),
            "stage": self.dice.choice(("introduction", "deepening")),
            "kind": self.dice.choice(("wish", "pilot")),
            "withheld": "yes", "given_by": "x", "active": "no", "username": "x", "status": "operating",
            "union_state": "unknown", "contract_state": "none",
            "uscc": self.dice.choice(self.oracle._rows["enterprises"])["uscc"] if self.dice.random() < 0.5 else "",
        }  # fmt: skip
        if self.dice.random() < 0.3:
            words["whole"] = 1
        return some | words

    def upload(self, user: User) -> None:
        """An import writes to the station's own enterprises and candidates alone."""
        stations = stations_of("chief")(self.oracle, user.pk)
        station = self.dice.choice(sorted(stations)) if stations and self.dice.random() < 0.9 else self.some("stations")
        codes = [self.dice.choice(self.oracle._rows["enterprises"])["uscc"] for _ in range(30)]
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
        some = self.dice.sample(self.town.users, 12)  # best somebody who sees the enterprise, and then not the record
        other = next((one for one in some if ids["enterprise"] in self.sees(one, "enterprises")), some[0])
        self.client(other), self.door(other, "/api/")
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
            own = oracle.pick("appointments", "person_id", {user.person_id}, "post_id", today=True)
            fits = row.post_id in own or oracle._posts[row.post_id]["station_id"] == row.station_id
            return fits and row.enterprise_id in oracle.may(user.pk, ACTS_OF_VERBS[row.verb])
        if row.verb in CHIEFS_VERBS or (row.verb in SEASONS and row.enterprise_id is not None):
            mine = oracle.may(user.pk, "manage_register")
            named = set((row.changes.get("enterprises") or [None, []])[1] or [])
            if row.verb == "register_enterprise":
                named = set()
            elif row.enterprise_id:
                named.add(row.enterprise_id)
            at_station = row.station_id is None or row.station_id in stations_of("chief")(oracle, user.pk)
            return at_station and named <= mine
        if row.verb in VERBS_OF_ROLES:
            mine = [reach for reach in oracle.reaches(user.pk) if reach.role in VERBS_OF_ROLES[row.verb]]
            return any(row.enterprise_id in (reach.kept if reach.role in WHOLE else reach.own) for reach in mine)
        if row.verb in DISTRICTS_VERBS or (row.verb in SEASONS and row.enterprise_id is None):
            return bool(kept_unions(oracle, user.pk))
        if row.object_type == "programs.practicecase":
            return row.object_id in oracle.visible(user.pk, "cases") or row.station_id in {
                pk for reach in oracle.reaches(user.pk) for pk in reach.stations
            }
        if row.verb == "acknowledge_policy":
            return row.enterprise_id in oracle.may(user.pk, "log_visit") or row.object_id in self.sees(
                user, "deliveries"
            )
        if row.verb == "reveal_contact":
            return row.object_id in oracle.revealable(user.pk)
        if row.object_type == "issues.issue":
            return row.object_id in self.sees(user, "issues")
        if row.object_type == "notices.notice":
            return row.object_id in self.sees(user, "notices")
        if row.verb in OWN_VERBS:
            return row.object_id == user.person_id
        if row.object_type == "visits.commitment":
            return row.object_id in self.sees(user, "commitments")
        if row.object_type == "visits.plannedvisit":
            return row.object_id in self.sees(user, "planned")
        if row.object_type == "visits.contactevent" or row.verb == "plan_half_day":
            return row.station_id in stations_of(*AT_WORK)(oracle, user.pk)
        if row.object_type == "visits.submissionconflict":
            return row.object_id in self.sees(user, "conflicts")
        if row.verb in ("make_link", "revoke_link"):
            return row.object_id in self.sees(user, "visits")
        if row.verb == "add_photo":
            return row.changes["visit"][1] in self.sees(user, "visits")
        if row.object_type == "grids.responsiblelist":
            return row.object_id in self.sees(user, "lists")
        if row.object_type in ("stations.appointment", "stations.post", "enterprises.enterpriseseat"):
            return row.station_id is None or row.station_id in stations_of("chief", "district_leader")(oracle, user.pk)
        if row.verb in ("save_grid_sheet", "reseat", "open_posts"):
            return row.station_id in stations_of("chief")(oracle, user.pk)
        if row.verb in ("open_account", "set_active"):
            return bool(administered_posts(oracle, user))
        return False
