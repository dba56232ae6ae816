"""Probes that read: pages, lists, filters, searches, figures, sheets."""

import json
import re

from django.db import transaction
from django.urls import reverse

from crm.accounts.models import User
from tests.attack.asking import NOWHERE, Asking
from tests.attack.surface import BESIDE, LISTS, OTHERS, PARTS, WEB


class Reading(Asking):
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

    def pair(self, user: User) -> None:
        """What one may not see answers like what is not there, sign by sign; three times."""
        for _ in range(3):
            self.one_pair(user)

    def one_pair(self, user: User) -> None:
        opens: set[int] = set()
        if self.dice.random() < 0.5:
            name = self.dice.choice([name for name, page in WEB.items() if page.opens])
            page = WEB[name]
            opens = page.opens(self.oracle, user.pk) if page.opens else set()
            kind, path = page.kind, lambda pk: reverse(name, args=[pk])
            method = "get" if page.reads and (not page.posts or self.dice.random() < 0.5) else "post"
        else:
            resource = self.dice.choice([*LISTS, *PARTS])
            head, _slash, tail = resource.partition("/")
            kind, path = LISTS[head][0], lambda pk: f"/api/v1/{head}/{pk}/" + (f"{tail}/" if tail else "")
            method = "get"
        pk = self.hidden(user, kind)
        if (
            pk is None or pk in opens
        ):  # logging reaches over the register, also over rows that a liaison officer does not read
            return
        with transaction.atomic():
            answers = [self.ask(user, method, path(one)) for one in (pk, NOWHERE)]
            transaction.set_rollback(True)
        self.refresh()
        self.same(user, f"{method} {path(pk)}", pk, answers)

    def beside(self, user: User) -> None:
        """What one sees, asked for where something that one does not see stands beside it, a rival's figures among it."""
        rivals = {pk for reach in self.oracle.reaches(user.pk) for pk in reach.rivals} & self.sees(user, "enterprises")
        if rivals and self.dice.random() < 0.5:
            lines = self.sees(user, "lines")
            told = [r for r in self.oracle._rows["lines"] if r["id"] in lines and r["enterprise_id"] in rivals]
            paths = [f"enterprises/{self.dice.choice(sorted(rivals))}/"]
            paths += [f"lists/{row['responsible_list_id']}/lines/" for row in told[:3]]
            self.ask(user, "get", "/api/v1/" + self.dice.choice(paths))
            for row in told[:1]:
                self.ask(
                    user,
                    "get",
                    reverse(
                        self.dice.choice(BESIDE["lines"]["responsible_list_id"][1]), args=[row["responsible_list_id"]]
                    ),
                )
        kind = self.dice.choice(list(BESIDE))
        seen, places = self.sees(user, kind), []
        for column, place in BESIDE[kind].items():
            open_rows = self.sees(user, place[0])
            rows = [row for row in self.oracle._rows[kind] if row["id"] not in seen and row[column] in open_rows]
            places += [(self.dice.choice(rows)[column], place)] if rows else []
        if places:
            pk, (_parent, pages, answers) = self.dice.choice(places)
            self.ask(user, "get", reverse(self.dice.choice(pages), args=[pk]))
            self.ask(user, "get", "/api/v1/" + self.dice.choice(answers).format(pk))

    def api_list(self, user: User) -> None:
        """A list of the API holds exactly what the oracle says."""
        name = self.dice.choice(list(LISTS))
        got = self.all_ids(user, f"/api/v1/{name}/")
        if got is not None:
            self.exactly(user, name, got, self.listed(user, LISTS[name][0]))

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
        if self.dice.random() < 0.4:
            self.search_by_phone(user)
            return
        mark, (kind, pk) = self.dice.choice(list(self.town.canaries.items()))
        text = mark[:-1]
        if pk in self.may_be_named(user, kind):
            return
        name = self.dice.choice(("enterprises:list", "visits:list", "issues:list", "visits:start", "accounts:list"))
        response = self.ask(user, "get", reverse(name), {"q": text, "register": "all", "state": "all", "scope": ""})
        if response.status_code == 200 and kind in ("enterprises", "issues", "contacts", "notes"):
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

    def search_by_phone(self, user: User) -> None:
        """No phone, nor its beginning, finds anything: masked ones could be guessed sign by sign."""
        text = self.dice.choice(list(self.town.phones))[: self.dice.randint(7, 11)]
        for path in (reverse("enterprises:list"), reverse("visits:start"), "/api/v1/enterprises/"):
            response = self.ask(user, "get", path, {"q": text} | ({} if "/api/" in path else {"register": "all"}))
            table = response.text_of_it.split("<main")[-1]
            rows = (
                json.loads(response.content).get("results")
                if "/api/" in path
                else re.search(r'href="/enterprises/\d+/"', table)
            )
            if response.status_code == 200 and rows:
                self.found("a search that finds by what is hidden", user, path, text)

    def marks_of(self, enterprise_ids: set[int]) -> list[str]:
        return [
            mark for mark, (kind, pk) in self.town.canaries.items() if kind == "enterprises" and pk in enterprise_ids
        ]

    def figures(self, user: User) -> None:
        """A number of the coverage counts what one sees, chain by chain."""
        query, scope = self.cut(user, self.counted(user))
        response = self.ask(user, "get", "/api/v1/coverage/", query)
        if response.status_code == 200:
            told = next(
                rate["d"] for rate in json.loads(response.content)["rates"] if rate["measure"] == "responsibility"
            )
            if told != len(scope):
                self.found("a figure that is not the rows", user, f"coverage/ {query}", f"{told} for {len(scope)}")
        response = self.ask(user, "get", "/api/v1/coverage/chains/", query)
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
        rows = self.all_ids(user, "/api/v1/coverage/rows/", measure="responsibility", part="d", **query)
        if rows is not None:
            self.exactly(user, f"coverage/rows/ {query}", rows, scope)

    def cut(self, user: User, scope: set[int]) -> tuple[dict[str, str], set[int]]:
        """All that one counts, or what of it a union or a station that one sees keeps on its register."""
        kind = self.dice.choice(("", "union", "station"))
        rows = sorted(self.sees(user, f"{kind}s")) if kind else []
        if not rows:
            return {}, scope
        pk = self.dice.choice(rows)
        stations = self.oracle.pick("stations", "union_id", self.oracle._below[pk]) if kind == "union" else {pk}
        return {kind: str(pk)}, scope & self.oracle.pick(
            "register", "station_id", stations, "enterprise_id", today=True
        )

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

    def web_filter(self, user: User) -> None:
        """A filter of the site by a row that one does not see is one by a row that is not there."""
        names = (
            "enterprises:list",
            "coverage:rows",
            "coverage:rows_export",
            "coverage:month",
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
