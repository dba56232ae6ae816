"""Busy seasons of enterprises and chains."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import close_row, term_from
from crm.core.services import cleaned, service
from enterprises.models import Chain, ChainSeason, Enterprise, EnterpriseSeason

MOST = 12  # seasons of one enterprise or chain at a time


def _require(actor: User, of: Enterprise | Chain) -> None:
    if isinstance(of, Enterprise):
        require(actor, Right.MANAGE_REGISTER, of)
    else:
        require(actor, Right.MANAGE_REGIME, of.union)


@service
def add_season(*, actor: User, of: Enterprise | Chain, start: dt.date, **fields: Any) -> EnterpriseSeason | ChainSeason:
    """Let an enterprise, or everybody on a chain, have a busy season every year from `start` on.

    `fields` are festival (of `Festival`), month and day for a fixed one, days_before, days_after. Raises ValidationError on
    these, start (before today), festival (twelve stand already); PermissionDenied.
    """
    _require(actor, of)
    type(of)._base_manager.select_for_update(no_key=True).get(pk=of.pk)  # two at once count one after the other
    if start < clock.today():
        raise ValidationError({"start": [_("A busy season is entered from today on at the earliest.")]})
    if of.seasons.ending_after(start).count() >= MOST:
        raise ValidationError({"festival": [_("At most %(most)d busy seasons.") % {"most": MOST}]})
    term = term_from(start)
    row: EnterpriseSeason | ChainSeason = (
        EnterpriseSeason(enterprise=of, term=term, **fields)
        if isinstance(of, Enterprise)
        else ChainSeason(chain=of, term=term, **fields)
    )
    cleaned(row).save()
    _record(actor, "add_season", row, {"festival": [None, row.festival], "from": [None, str(start)]})
    return row


@service
def end_season(*, actor: User, season: EnterpriseSeason | ChainSeason, on: dt.date) -> None:
    """Let a busy season return no more from a day on, today or later. Raises ValidationError on `on`, PermissionDenied."""
    _require(actor, season.enterprise if isinstance(season, EnterpriseSeason) else season.chain)
    row = type(season).objects.select_for_update().get(pk=season.pk)
    if on < clock.today() or (row.end is not None and on >= row.end):
        raise ValidationError({"on": [_("A day from today on, before it ends.")]})
    _record(actor, "end_season", row, {"end": [None, str(on)]})
    close_row(row, on)


def _record(actor: User, verb: str, row: EnterpriseSeason | ChainSeason, changes: dict[str, Any]) -> None:
    firm = row.enterprise if isinstance(row, EnterpriseSeason) else None
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        station_id=firm.station_id if firm else None,
        enterprise_id=firm.pk if firm else None,
        changes=changes,
    )
