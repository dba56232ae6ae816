"""The attack: random questions by random people, each answer held against the oracle; between them the rights move.

One process, one connection, as a worker that lives long. Writes are taken back after they were looked at.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack

from crm.accounts.models import User
from crm.core import clock
from tests.attack import moves
from tests.attack.changing import Changing
from tests.attack.oracle import OFFICERS

CHANGES_EVERY = 20
DAYS = 4  # the run spreads over so many days: terms begin and end by date


class Attack(Changing):
    """`run` asks and looks; `findings` is what should not be."""

    def run(self, probes: int, most_findings: int = 5, only: str = "") -> None:
        """So many probes, of one kind or of all; stops early after `most_findings`."""
        kinds: list[tuple[Callable[[User], None], int]] = [
            (self.page, 26), (self.pair, 12), (self.api_list, 12), (self.api_row, 14), (self.api_filter, 12), (self.web_list, 8),
            (self.write, 22), (self.search, 6), (self.figures, 6), (self.sheet, 3), (self.method, 4), (self.form, 14),
            (self.blind, 16), (self.beside, 14), (self.around, 12), (self.web_filter, 8), (self.upload, 3), (self.repeat, 4),
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
                self.client(user), self.door(user, "/api/")  # signed in before anything is taken back
                probe(user)
                if len(self.findings) >= most_findings:
                    return

    def somebody(self, probe: str) -> User:
        """Anybody; for acts more often somebody who may act, around changes an officer."""
        if probe == "around" and self.dice.random() < 0.6:
            role = self.dice.choice(OFFICERS)
            officers = [u for u in self.town.users if any(reach.role == role for reach in self.oracle.reaches(u.pk))]
            return self.dice.choice(officers or self.town.users)
        if probe in ("write", "form", "upload", "repeat", "blind") and self.dice.random() < 0.6:
            seated = [one for one in self.town.users if self.oracle.reaches(one.pk)]
            if probe == "upload" or self.dice.random() < 0.5:
                chiefs = [one for one in seated if self.oracle.may(one.pk, "manage_register")]
                return self.dice.choice(chiefs or seated or self.town.users)
            return self.dice.choice(seated or self.town.users)
        return self.dice.choice(self.town.users)
