"""Probes that ask twice: what is hidden has changed in between, and the answer may not."""

import datetime as dt
import re
from typing import Any

from django.db import transaction
from django.urls import reverse

from api.urls import RESOURCES
from crm.accounts.models import User
from crm.core import clock
from tests.attack import blind
from tests.attack.asking import OWN_MARKS
from tests.attack.surface import LISTS, WEB, WRITES
from tests.attack.writing import Writing

QUESTIONS = 4  # between two changes of what is hidden
RECORDS = ("visits", "issues", "obligations", "enterprises", "appointments", "responsibilities")
NEW_ROWS = re.compile(r'("(?:id|visit)":|/)\d+')  # numbers of what was written twice

ONCE = ("enterprises:reveal", "notices:feed")  # what they answer is said once


class Unmoved(Writing):
    def blind(self, user: User) -> None:
        """Ask, change all that the user does not see, ask again: no difference. Some questions, or one act."""
        if self.dice.random() < 0.2:
            asks = [self.some_post(user)]
        else:
            asks = [self.dice.choice((self.some_get, self.some_list))(user) for _ in range(QUESTIONS)]
        for ask in asks:
            if isinstance(ask[2], dict):
                # of a day gone by, an enterprise that has left counts with what others did there: no leak, but their doing
                ask[2].pop("as_of", None)
        self.clients[user.pk].cookies.pop("messages", None)  # what an answer before has left to be told
        told: list[list[tuple[int, str]]] = [[] for _ in asks]
        wrote = False
        with transaction.atomic():
            for disturbed in (False, True):
                with transaction.atomic():
                    if disturbed:
                        blind.disturb(self, user)
                    for ask, answers in zip(asks, told, strict=True):
                        answer = self.ask(user, *ask)
                        text = OWN_MARKS.sub("", answer.text_of_it)
                        answers.append((answer.status_code, text if ask[0] == "get" else NEW_ROWS.sub(r"\1#", text)))
                    wrote |= self.wrote
                    transaction.set_rollback(True)
                self.refresh()
        self.allowed.pop((user.pk, "contacts"), None)
        if wrote and not asks[0][1].startswith("/api/"):  # then what one sees has changed with it
            return
        for ask, answers in zip(asks, told, strict=True):
            self.compare("what is hidden shows through", user, f"{ask}", answers)

    def some_get(self, user: User) -> tuple[Any, ...]:
        name, pk, opens = self.some_page(user, [name for name, page in WEB.items() if page.reads])
        return "get", reverse(name, args=[] if opens is None else [pk]), self.query() or None

    def some_list(self, user: User) -> tuple[Any, ...]:
        """A list, of the site or the API, with one of the filters that it has."""
        if self.dice.random() < 0.4:
            name = self.dice.choice(
                (
                    "enterprises:list",
                    "issues:list",
                    "visits:list",
                    "coverage:rows",
                    "visits:due",
                    "home",
                    "coverage:month",
                )
            )
            sorting = {"sort": self.dice.choice(("workers", "last", "name", "-workers"))}
            return "get", reverse(name), (sorting if self.dice.random() < 0.2 else self.query()) or None
        name = self.dice.choice([*LISTS, *RECORDS, *RECORDS, "coverage", "coverage/chains", "coverage/rows"])
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
                ("pay", "living", "skills", "disputes", "safety", "137", "138", self.part_of_something(), "1380000")
            )
        return {parameter: value}

    def some_post(self, user: User) -> tuple[Any, ...]:
        """A form of the site, or a write of the API."""
        if self.dice.random() < 0.5:
            name, pk, opens = self.some_page(
                user, [name for name, page in WEB.items() if page.posts and name not in ONCE]
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
