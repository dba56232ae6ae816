"""承诺事项: made, then kept, broken or withdrawn."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import cleaned, service
from crm.visits.enums import CommitmentState
from crm.visits.models import Commitment, Visit
from crm.visits.services.seats import seat, station_on
from enterprises.models import Enterprise
from enterprises.services.reach import locked
from stations.models import Post

LONGEST_AHEAD = dt.timedelta(days=731)
SAID = ("enterprise_id", "text", "due_on", "visit_id")


@service
def make_commitment(
    *,
    actor: User,
    enterprise: Enterprise,
    text: str,
    due_on: dt.date,
    client_uuid: uuid.UUID,
    visit: Visit | None = None,
    post: Post | None = None,
) -> Commitment:
    """Write what was promised, on the visit's day if there is one, else today. The same UUID and content again gives the
    first row again.

    The post is the one named, else the visit's, else the one in which the actor sits; another system names it.
    Raises ValidationError on enterprise (on no register that day), visit (of another enterprise), post, due_on (before the
    promise, more than two years ahead), text, client_uuid (code "conflict"); PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, enterprise)
    made_on = visit.visited_on if visit is not None else clock.today()
    row = Commitment(
        client_uuid=client_uuid, enterprise=enterprise, visit=visit, text=text.strip(), made_on=made_on, due_on=due_on,
        recorded_at=clock.now(),
    )  # fmt: skip
    # orders two sendings of one form: the second waits here and then finds the first
    locked([enterprise.pk])
    before = Commitment.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        known = Commitment.objects.visible_to(actor).filter(pk=before.pk).exists()
        if not known or any(getattr(before, name) != getattr(row, name) for name in SAID):
            words = _("Another promise was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before
    if visit is not None and visit.enterprise_id != enterprise.pk:
        raise ValidationError({"visit": [_("The visit was to another enterprise.")]})
    if not row.text:
        raise ValidationError({"text": [_("This field is required.")]})
    if due_on > made_on + LONGEST_AHEAD:
        raise ValidationError({"due_on": [_("The day lies more than two years ahead.")]})
    row.station = visit.station if visit is not None else station_on(enterprise, made_on)
    row.post, holder = seat(actor, row.station, made_on, post or (visit.post if visit is not None else None))
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="make_commitment",
        obj=row,
        post=row.post,
        on_behalf_of=holder if holder.pk != actor.person_id else None,
        station_id=row.station_id,
        enterprise_id=enterprise.pk,
        changes={"due_on": [None, str(due_on)]},
    )
    return row


@service
def settle_commitment(
    *, actor: User, commitment: Commitment, state: str, version: int, on: dt.date | None = None, reason: str = ""
) -> Commitment:
    """Say that a promise was kept (late, if `on` lies after the due day), broken or withdrawn; the last two say why.

    An open promise alone is settled; one settled by mistake is opened again with the state "open". `on` is today by
    default. Raises ValidationError on version (changed meanwhile), state, on (future, before the promise), reason;
    PermissionDenied.
    """
    require(actor, Right.VIEW_VISITS, commitment)
    require(actor, Right.LOG_VISIT, commitment)
    row = Commitment._base_manager.select_for_update(of=("self",)).select_related("post").get(pk=commitment.pk)
    if row.version != version:
        raise ValidationError({"version": [_("Somebody has changed it meanwhile. Look again.")]})
    if state not in CommitmentState.values or (state == CommitmentState.OPEN) == (row.state == CommitmentState.OPEN):
        raise ValidationError({"state": [_("It cannot become so from where it stands.")]})
    day = on or clock.today()
    if day > clock.today() or day < row.made_on:
        raise ValidationError({"on": [_("The day lies before the promise or in the future.")]})
    before = row.state
    row.state, row.reason, row.version = state, reason.strip(), row.version + 1
    row.settled_on = None if state == CommitmentState.OPEN else day
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="settle_commitment",
        obj=row,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes={"state": [before, state]},
    )
    return row


@service
def pass_on_commitments(*, actor: User, source: Post, target: Post, enterprises: Sequence[Enterprise]) -> int:
    """Let another post of the station owe the open promises of a post to these enterprises; returns how many.

    Raises PermissionDenied. A constant number of queries.
    """
    require(actor, Right.MANAGE_GRIDS, source.station or source)
    rows = Commitment.objects.filter(post=source, enterprise__in=enterprises).open()
    moved = rows.update(post=target, version=F("version") + 1)
    changes = {"from": [None, source.pk], "promises": [None, moved]}
    journal.record(actor=actor, verb="pass_on_commitments", obj=target, station_id=source.station_id, changes=changes)
    return moved
