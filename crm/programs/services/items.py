"""Moving an item of the checklist at an enterprise."""

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import can, require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import cleaned, service
from crm.programs.enums import STEPS, ItemState
from crm.programs.models import ChecklistLine, Item, ItemEvent
from crm.programs.models.checklist import LONGEST_VALIDITY
from crm.programs.validity import runs_out_on
from crm.programs.versions import checklist_of_union
from crm.visits.models import Visit
from enterprises.models import Enterprise, EnterpriseFact
from stations.models import Post, Station
from stations.selectors import acting_post

# what a client says of a move; equal in all of these, a second sending is the same move
SAID = ("to_state", "on", "reason", "evidence_kind", "evidence", "visit_id")


@service
def move_item(
    *,
    actor: User,
    enterprise: Enterprise,
    item: int,
    to: str,
    on: dt.date,
    client_uuid: uuid.UUID,
    version: int | None = None,
    reason: str = "",
    done_on: dt.date | None = None,
    months: int | None = None,
    evidence_kind: str = "",
    evidence: str = "",
    post: Post | None = None,
    visit: Visit | None = None,
) -> ItemEvent:
    """Move the item of this number to a state, by the table `STEPS`. The same UUID and content again gives the first event.

    `on` is the day in Asia/Shanghai on which it was so; for 已完成 `done_on` is the day of completion (`on` unless given) and
    `months` its validity, that of the version in force unless the paper says another. `version` is the one that was read
    (0 when the item was never moved); without it the item is moved as it stands. `post` says in which of several posts.

    Raises ValidationError on item (not in the checklist, or switched off for the enterprise), to (not possible from here),
    on (future), done_on, months, visit, post, version and client_uuid (code "conflict"), enterprise (on no register) and on
    what the step needs; PermissionDenied without the right of the step.
    """
    require(actor, Right.VIEW_PROGRAMS, enterprise)
    if to not in STEPS:
        raise ValidationError({"to": [_("Unknown state.")]})
    step = STEPS[ItemState(to)]
    if not can(actor, step.right, enterprise):
        raise PermissionDenied
    given: dict[str, Any] = {
        "to_state": ItemState(to),
        "on": on,
        "reason": reason.strip(),
        "evidence_kind": evidence_kind,
        "evidence": evidence.strip(),
        "visit": visit,
    }
    if to == ItemState.DONE:
        given["done_on"] = done_on or on
    # orders two sendings of one form, and two moves of one item
    enterprise = Enterprise._base_manager.select_for_update(no_key=True).get(pk=enterprise.pk)
    before = ItemEvent.objects.filter(client_uuid=client_uuid).select_related("item").first()
    if before is not None:
        return _same(before, enterprise, item, given, months)

    station = _station_of(enterprise)
    line = _line_of(station, enterprise, item)
    row = Item.objects.filter(enterprise=enterprise, number=item).first() or Item(
        enterprise=enterprise, number=item, version=0
    )
    if version is not None and row.version != version:
        words = _("Somebody else has just moved this item. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    today = clock.today()
    from_state = row.state_on(today)
    if from_state not in step.source:
        words = _("An item that is “%(state)s” cannot become “%(to)s”.")
        raise ValidationError({"to": [words % {"state": from_state.label, "to": ItemState(to).label}]})
    missing = {name: [_("This field is required.")] for name in step.needs if not given[name]}
    if missing:
        raise ValidationError(missing)
    _check_days(given, today)
    if visit is not None and visit.enterprise_id != enterprise.pk:
        raise ValidationError({"visit": [_("The visit was made at another enterprise.")]})
    seat = acting_post(actor, station, today, step.right, wanted=post)
    if post is not None and seat is None:
        raise ValidationError({"post": [_("You do not hold this post.")]})

    if to == ItemState.DONE:
        _complete(row, line, given["done_on"], months, today)
    elif to not in ItemState.GOOD:
        row.done_on = row.months = None
    row.state, row.version = to, row.version + 1
    cleaned(row).save()
    event = ItemEvent(
        item=row,
        sequence=row.version,
        client_uuid=client_uuid,
        line=line,
        recorded_at=clock.now(),
        actor_label=str(actor)[:120],
        post=seat,
        from_state=from_state,
        months=row.months,
        **{**given, "done_on": row.done_on},
    )
    cleaned(event).save()
    journal.record(
        actor=actor,
        verb="move_item",
        obj=row,
        post=seat,
        station_id=station.pk,
        enterprise_id=enterprise.pk,
        changes={"item": [None, item], "state": [from_state, to], "done_on": [None, str(row.done_on or "")]},
    )
    return event


def _same(before: ItemEvent, enterprise: Enterprise, item: int, given: dict[str, Any], months: int | None) -> ItemEvent:
    """The event that was written under this UUID, if it says the same."""
    told = {**given, "visit_id": given["visit"].pk if given["visit"] else None}
    names = (*SAID, "done_on") if "done_on" in given else SAID
    alike = all(getattr(before, name) == told[name] for name in names)
    alike = alike and (before.item.enterprise_id, before.item.number) == (enterprise.pk, item)
    if not alike or (months is not None and months != before.months):
        words = _("Another move was sent under this number already. Open the page again.")
        raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
    return before


def _station_of(enterprise: Enterprise) -> Station:
    station = Station.objects.select_related("union").filter(pk=enterprise.station_id or 0).first()
    if station is None:
        raise ValidationError({"enterprise": [_("The enterprise is on no register.")]})
    return station


def _line_of(station: Station, enterprise: Enterprise, number: int) -> ChecklistLine:
    """The item as the version in force words it. Raises ValidationError on item."""
    today = clock.today()
    checklist = checklist_of_union(station.union, today)
    line = ChecklistLine.objects.filter(checklist=checklist, number=number).first() if checklist else None
    if line is None:
        raise ValidationError({"item": [_("The checklist in force has no such item.")]})
    fact = EnterpriseFact.objects.on(today).filter(enterprise=enterprise).first()
    if fact is not None and line.is_off(fact.tier, fact.size):
        raise ValidationError(
            {"item": [_("The checklist switches this item off for enterprises of this tier or size.")]}
        )
    return line


def _check_days(given: dict[str, Any], today: dt.date) -> None:
    if given["on"] > today:
        raise ValidationError({"on": [_("The day lies in the future.")]})
    if given.get("done_on") is not None and given["done_on"] > given["on"]:
        raise ValidationError({"done_on": [_("The day of completion lies after the day of the report.")]})


def _complete(row: Item, line: ChecklistLine, done_on: dt.date, months: int | None, today: dt.date) -> None:
    """Take over day and validity. Raises ValidationError on done_on: what no longer holds, or is no newer than what holds."""
    lasts = line.months if months is None else months
    if lasts is not None and not 1 <= lasts <= LONGEST_VALIDITY:
        raise ValidationError(
            {"months": [_("A validity lies between 1 and 120 months, or is left empty for lasting.")]}
        )
    out = runs_out_on(done_on, lasts)
    if out is not None and out <= today:
        raise ValidationError({"done_on": [_("This completion no longer holds: its validity ran out on %s.") % out]})
    if row.state in ItemState.GOOD and row.done_on is not None and done_on <= row.done_on:
        raise ValidationError({"done_on": [_("A renewal lies after the completion that was verified.")]})
    row.done_on, row.months = done_on, lasts
