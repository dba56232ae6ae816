"""Practice cases: written at a station, reported, adopted; and what parks and chains are called."""

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import can, require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import term_from
from crm.core.services import cleaned, service
from crm.programs.enums import CaseState
from crm.programs.models import AreaTitle, PracticeCase
from crm.programs.reach import manages
from enterprises.models import Chain, ChainNode, Enterprise
from stations.models import Park, Station, TradeUnion
from stations.selectors import acting_post

SAID = ("station_id", "title", "text", "node_id", "enterprise_id")


@service
def write_case(
    *,
    actor: User,
    station: Station,
    client_uuid: uuid.UUID,
    title: str,
    text: str,
    node: ChainNode | None = None,
    enterprise: Enterprise | None = None,
) -> PracticeCase:
    """A draft, in the post that the actor holds at the station. The same UUID and content again gives the first one again.

    Raises ValidationError on title, text, enterprise (not on the station's register), post (none held there), client_uuid
    (code "conflict"); PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, station)
    if enterprise is not None and not can(actor, Right.LOG_VISIT, enterprise):
        raise PermissionDenied
    row = PracticeCase(
        client_uuid=client_uuid,
        station=station,
        title=title.strip(),
        text=text.strip(),
        node=node,
        enterprise=enterprise,
        recorded_at=clock.now(),
    )
    Station._base_manager.select_for_update(no_key=True).get(pk=station.pk)  # orders two sendings of one form
    before = PracticeCase.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        known = PracticeCase.objects.visible_to(actor).filter(pk=before.pk).exists()
        if not known or any(getattr(before, name) != getattr(row, name) for name in SAID):
            words = _("Something else was sent under this number already. Open the page again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before
    if enterprise is not None and enterprise.station_id != station.pk:
        raise ValidationError({"enterprise": [_("The enterprise is not on this station's register.")]})
    seat = acting_post(actor, station, clock.today(), Right.LOG_VISIT)
    if seat is None or (actor.person is not None and actor.person.is_service):
        raise ValidationError({"post": [_("You hold no post of this station.")]})
    row.post = seat
    cleaned(row).save()
    _journal(actor, "write_case", row, {"state": [None, row.state]})
    return row


@service
def report_case(*, actor: User, case: PracticeCase, version: int) -> PracticeCase:
    """草稿 → 已报, by whoever may write at the station. Raises ValidationError on version, state; PermissionDenied."""
    require(actor, Right.LOG_VISIT, case)
    row = _moved(case, version, CaseState.DRAFT)
    row.state, row.reported_on = CaseState.REPORTED, clock.today()
    return _saved(actor, "report_case", row, CaseState.DRAFT)


@service
def adopt_case(*, actor: User, case: PracticeCase, union: TradeUnion, version: int) -> PracticeCase:
    """已报 → 已采用 by a union that keeps the programmes for the station; from then on everybody below it reads the case.

    Raises ValidationError on union (not above the station), version, state; PermissionDenied.
    """
    require(actor, Right.MANAGE_PROGRAMS, case)
    if not manages(actor, union):
        raise PermissionDenied
    row = _moved(case, version, CaseState.REPORTED)
    if not row.station.union.path.startswith(union.path):
        raise ValidationError({"union": [_("The station does not belong to this union.")]})
    row.state, row.adopted_on, row.adopted_by = CaseState.ADOPTED, clock.today(), union
    return _saved(actor, "adopt_case", row, CaseState.REPORTED)


def _moved(case: PracticeCase, version: int, source: CaseState) -> PracticeCase:
    rows = PracticeCase.objects.select_related("station__union").select_for_update(of=("self",))
    row: PracticeCase = rows.get(pk=case.pk)
    if row.version != version:
        words = _("Somebody else has just moved this case. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    if row.state != source:
        raise ValidationError({"state": [_("The case is not in the state for this.")]})
    return row


def _saved(actor: User, verb: str, row: PracticeCase, before: CaseState) -> PracticeCase:
    row.version += 1
    row.save()
    _journal(actor, verb, row, {"state": [before, row.state]})
    return row


def _journal(actor: User, verb: str, row: PracticeCase, changes: dict[str, list[str | None]]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        post=row.post,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes=changes,
    )


@service
def give_area_title(
    *,
    actor: User,
    level: str,
    number: str,
    start: dt.date,
    end: dt.date | None = None,
    park: Park | None = None,
    chain: Chain | None = None,
) -> AreaTitle:
    """Record that a park is a 示范区 or a chain a 示范带, by a document, for the term `[start, end)`.

    Raises ValidationError on park (neither or both), level, number, term, start; PermissionDenied.
    """
    owner = park or chain
    if owner is None or (park and chain):
        raise ValidationError({"park": [_("The title is of one park or of one chain.")]})
    require(actor, Right.MANAGE_PROGRAMS, owner)
    if not manages(actor, owner.union):
        raise PermissionDenied
    if not number.strip():
        raise ValidationError({"number": [_("A title names the document by which it was given.")]})
    row = AreaTitle(
        union=owner.union, park=park, chain=chain, level=level, number=number.strip(), term=term_from(start, end)
    )
    cleaned(row).save()
    journal.record(actor=actor, verb="give_area_title", obj=row, changes={"number": [None, row.number]})
    return row
