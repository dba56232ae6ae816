"""Dated rules: a room declares a code with its default, the table says what holds on a day."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from crm.core.models import Rule

SINCE = dt.date(2020, 1, 1)  # the seeded defaults hold from here


@dataclass(frozen=True)
class Declared:
    code: str
    value: int
    unit: str
    note: str


_declared: dict[str, Declared] = {}


def declare(code: str, value: int, unit: str, note: str = "") -> str:
    """Name a rule and its default; returns the code. Called once per code, when a room's `rules` module loads."""
    _declared[code] = Declared(code, value, unit, note)
    return code


def seed(**_kwargs: Any) -> None:
    """Write the declared defaults that have no row yet (connected to post_migrate)."""
    Rule.objects.bulk_create(
        [Rule(code=d.code, valid_from=SINCE, value=d.value, unit=d.unit, note=d.note) for d in _declared.values()],
        ignore_conflicts=True,
    )


class History:
    """Every value of a rule, read once for many questions."""

    def __init__(self, code: str, rows: Iterable[Rule] | None = None) -> None:
        self.default = _declared[code].value
        found = Rule.objects.filter(code=code) if rows is None else [row for row in rows if row.code == code]
        told = [(row.scope, row.valid_from, row.value) for row in found]
        self._rows = sorted(told, key=lambda row: row[:2], reverse=True)

    def on(self, day: dt.date, scope: str = "") -> int:
        """What `value` answers for the day and scope."""
        fitting = (found for of, since, found in self._rows if of in ("", scope) and since <= day)
        return next(fitting, self.default)


def histories(*codes: str) -> list[History]:
    """`History` of each code, in one query."""
    rows = list(Rule.objects.filter(code__in=codes))
    return [History(code, rows) for code in codes]


def value(code: str, day: dt.date, scope: str = "") -> int:
    """The rule's value on a day: of the scope if it has one of its own, else of everybody. KeyError if undeclared."""
    rows = Rule.objects.filter(code=code, valid_from__lte=day, scope__in={"", scope})
    # "" sorts before any scope: descending puts the scope's own rows first
    row = rows.order_by("-scope", "-valid_from").values_list("value", flat=True).first()
    return _declared[code].value if row is None else row


def values(codes: Collection[str], day: dt.date) -> dict[str, int]:
    """What `value` says of each code for everybody, in one query. KeyError if undeclared."""
    found = {code: _declared[code].value for code in codes}
    rows = Rule.objects.filter(code__in=codes, valid_from__lte=day, scope="").order_by("valid_from")
    return found | dict(rows.values_list("code", "value"))
