"""A union's contact regime: drafted from the one in force, edited as a table, put in force from a day on."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_rows, term_from
from crm.core.services import cleaned, service
from crm.visits.models import Regime, RegimeRule, VisitCap
from crm.visits.selectors.caps import clashes_of
from stations.models import TradeUnion

LINE = ("tier", "size", "risk", "role", "need", "every", "early_days", "late_days", "working_days", "levels")
CAP = ("tier", "most", "every")
MOST_LINES = 60


@service
def draft_regime(*, actor: User, union: TradeUnion, name: str, start: dt.date) -> Regime:
    """Begin a new version: a copy of the union's regime of today (or of the nearest above), counting for nothing yet.

    Raises ValidationError on name, start (before tomorrow), union (has a draft already); PermissionDenied.
    """
    require(actor, Right.MANAGE_REGIME, union)
    if start <= clock.today():
        raise ValidationError({"start": [_("A new version begins tomorrow at the earliest.")]})
    step = TradeUnion.steplen
    above = [union.path[:size] for size in range(step, len(union.path) + 1, step)]
    in_force = Regime._base_manager.filter(union__path__in=above, draft=False, term__contains=clock.today())
    model = max(in_force.select_related("union"), key=lambda row: len(row.union.path), default=None)
    newest = Regime._base_manager.filter(union=union).order_by("-version").values_list("version", flat=True).first()
    row = Regime(union=union, name=name.strip(), draft=True, term=term_from(start), version=(newest or 0) + 1)
    cleaned(row).save()
    RegimeRule.objects.bulk_create(
        RegimeRule(regime=row, **{name: getattr(line, name) for name in LINE})
        for line in (model.rules.order_by("pk") if model else ())
    )
    VisitCap.objects.bulk_create(
        VisitCap(regime=row, **{name: getattr(cap, name) for name in CAP})
        for cap in (model.caps.order_by("pk") if model else ())
    )
    journal.record(actor=actor, verb="draft_regime", obj=row, changes={"from": [None, str(start)]})
    return row


@service
def save_lines(
    *, actor: User, regime: Regime, lines: Sequence[dict[str, Any]], caps: Sequence[dict[str, Any]] | None = None
) -> Regime:
    """Let a draft have these lines and no others. A line is a dict of the rule's fields; so are caps, None leaves them.

    Raises ValidationError on regime (in force: make a new version), lines and caps (too many; a line's fault with its
    number), tier (the same conditions twice); PermissionDenied.
    """
    require(actor, Right.MANAGE_REGIME, regime.union)
    row = Regime._base_manager.select_for_update().get(pk=regime.pk)
    if not row.draft:
        raise ValidationError({"regime": [_("What is in force stays; make a new version.")]})
    if len(lines) > MOST_LINES:
        raise ValidationError({"lines": [_("At most %(most)d lines.") % {"most": MOST_LINES}]})
    changes = {"lines": [row.rules.count(), len(lines)]}
    row.rules.all().delete()
    _save_each("lines", [RegimeRule(regime=row, **_named(line, LINE)) for line in lines])
    if caps is not None:
        changes["caps"] = [row.caps.count(), len(caps)]
        row.caps.all().delete()
        _save_each("caps", [VisitCap(regime=row, **_named(cap, CAP)) for cap in caps])
    journal.record(actor=actor, verb="save_lines", obj=row, changes=changes)
    return row


def _named(given: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in names}


def _save_each(field: str, rows: Sequence[RegimeRule | VisitCap]) -> None:
    for number, row in enumerate(rows, start=1):
        try:
            cleaned(row).save()
        except ValidationError as error:
            words = _("Line %(number)d: %(fault)s") % {"number": number, "fault": " ".join(error.messages)}
            raise ValidationError({field: [words]}) from error


@service
def put_in_force(*, actor: User, regime: Regime, start: dt.date) -> Regime:
    """Let a draft hold from a day on; the version before ends there, and what is later gives way. The past stays as it was.

    Raises ValidationError on start (before tomorrow), lines (none), caps (the lines ask more of a post than the cap
    allows), regime (no draft); PermissionDenied.
    """
    require(actor, Right.ENACT_REGIME, regime.union)
    row = Regime._base_manager.select_for_update().get(pk=regime.pk)
    if not row.draft:
        raise ValidationError({"regime": [_("This version is in force already.")]})
    if start <= clock.today():
        raise ValidationError({"start": [_("A new version begins tomorrow at the earliest.")]})
    if not row.rules.exists():
        raise ValidationError({"lines": [_("A regime has at least one line.")]})
    impossible = [one for one in clashes_of(row) if not one.together]
    if impossible:
        raise ValidationError({"caps": [one.words for one in impossible]})
    standing = Regime.objects.filter(union=row.union_id, draft=False).ending_after(start)
    later = [one for one in standing if one.start >= start]
    if any(one.rules.filter(obligations__isnull=False).exists() for one in later):
        raise ValidationError({"start": [_("A later version is planned for already.")]})
    close_rows(list(standing), start)
    row.draft, row.term = False, term_from(start)
    row.save(update_fields=["draft", "term"])
    journal.record(actor=actor, verb="put_in_force", obj=row, changes={"from": [None, str(start)]})
    return row


@service
def discard_regime(*, actor: User, regime: Regime) -> None:
    """Throw a draft away. Raises ValidationError on regime (no draft), PermissionDenied."""
    require(actor, Right.MANAGE_REGIME, regime.union)
    row = Regime._base_manager.select_for_update().get(pk=regime.pk)
    if not row.draft:
        raise ValidationError({"regime": [_("What is in force stays; make a new version.")]})
    journal.record(actor=actor, verb="discard_regime", obj=row, changes={"name": [row.name, None]})
    row.delete()
