"""A kept body beside what was written first, question by question."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _

from crm.accounts.models import User
from crm.visits.enums import MODE_OF_OUTCOME, Mode, Purpose
from crm.visits.models import SubmissionConflict, Visit

ASKED = (
    "visited_on", "started_at", "outcome", "mode", "met", "workers_met", "levels", "service_kinds", "topics", "purpose",
    "notes", "next_contact_on",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A question with both answers in words; `differs` when they are not the same."""

    question: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


def said_in_words(row: SubmissionConflict, first: Visit | None) -> list[Line]:
    """What was asked, what `first` says (— when the reader does not see it) and what the kept body says."""
    second = _visit_of(row.body["visit"])
    lines = [
        Line(_question(name), "—" if first is None else in_words(first, name), in_words(second, name)) for name in ASKED
    ]
    return lines + [Line(question, "—", answer) for question, answer in _beyond_the_visit(row.body) if answer]


def _beyond_the_visit(body: dict[str, Any]) -> list[tuple[str, str]]:
    """(question, answer) of what came with the visit; empty where nothing did."""
    issue, promise, item = (body.get(name) or {} for name in ("issue", "commitment", "item"))
    return [
        (_("Any issue"), _joined(issue.get("title"), issue.get("text"))),
        (_("Issues settled"), str(len(body.get("settled") or ()) or "")),
        (_("Promise"), _joined(promise.get("text"), promise.get("due_on"))),
        (_("Checklist item"), _joined(str(item.get("item", "")), item.get("evidence"), item.get("reason"))),
        (_("Policies handed over"), str(len(body.get("policies") or ()) or "")),
    ]


def _joined(*words: str | None) -> str:
    return "：".join(filter(None, words))


def waiting_conflicts(user: User, station_id: int | None = None) -> int:
    """How many kept bodies wait for the user to settle them (of one station)."""
    rows = SubmissionConflict.objects.visible_to(user).filter(decision="")
    return (rows if station_id is None else rows.filter(station=station_id)).count()


def in_words(visit: Visit, name: str) -> str:
    """An answer of a visit as people read it, “—” for none."""
    value, asked = getattr(visit, name), _asked(name)
    if value in ("", None, []):
        return "—"
    if isinstance(asked, ArrayField):
        labels = dict(asked.base_field.choices or ())
        return "、".join(str(labels.get(one, one)) for one in value)
    if asked.choices:
        return str(dict(asked.flatchoices).get(value, value))
    return f"{value:%H:%M}" if name == "started_at" else str(value)


def _question(name: str) -> str:
    return str(_asked(name).verbose_name)


def _asked(name: str) -> Any:
    return Visit._meta.get_field(name)


def _visit_of(said: dict[str, Any]) -> Visit:
    """The kept arguments as a visit that is written nowhere."""
    visit = Visit(**{name: said[name] for name in ASKED if said.get(name) not in (None, "")})
    for name in ("visited_on", "next_contact_on"):
        setattr(visit, name, parse_date(said[name]) if said.get(name) else None)
    visit.started_at = parse_time(said["started_at"]) if said.get("started_at") else None
    visit.mode = visit.mode or MODE_OF_OUTCOME.get(visit.outcome, Mode.ONSITE)
    visit.purpose = visit.purpose or Purpose.REGULAR
    return visit
