"""The policy library: entered and withdrawn by a union, handed to enterprises, acknowledged by them."""

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import can, require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import cleaned, service
from crm.programs.models import Delivery, Policy
from crm.programs.reach import manages
from crm.visits.models import Visit
from crm.visits.services.seats import seat, station_on
from enterprises.models import Enterprise
from enterprises.services.reach import locked
from stations.models import Post, TradeUnion

WORDS = ("union_id", "title", "number", "issuer", "issued_on", "topic", "summary", "link")


@service
def add_policy(
    *,
    actor: User,
    union: TradeUnion,
    client_uuid: uuid.UUID,
    title: str,
    issuer: str,
    issued_on: dt.date,
    topic: str,
    number: str = "",
    summary: str = "",
    link: str = "",
    is_sample: bool = False,
) -> Policy:
    """Enter a policy into a union's library. The same UUID and content again gives the first one again.

    Raises ValidationError on issued_on (future), client_uuid (code "conflict") and on any field of a wrong form;
    PermissionDenied also for a union above one's own.
    """
    require(actor, Right.MANAGE_PROGRAMS, union)
    if not manages(actor, union):
        raise PermissionDenied
    row = Policy(
        client_uuid=client_uuid,
        union=union,
        title=title.strip(),
        number=number.strip(),
        issuer=issuer.strip(),
        issued_on=issued_on,
        topic=topic,
        summary=summary.strip(),
        link=link.strip(),
        is_sample=is_sample,
    )
    TradeUnion._base_manager.select_for_update(no_key=True).get(pk=union.pk)  # orders two sendings of one form
    before = Policy.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        if any(getattr(before, name) != getattr(row, name) for name in WORDS):
            raise _conflict()
        return before
    if issued_on > clock.today():
        raise ValidationError({"issued_on": [_("The day lies in the future.")]})
    if row.link and not row.link.startswith(("https://", "http://")):
        raise ValidationError({"link": [_("An address on the web begins with https://.")]})
    cleaned(row).save()
    journal.record(actor=actor, verb="add_policy", obj=row, changes={"number": [None, row.number]})
    return row


@service
def withdraw_policy(*, actor: User, policy: Policy) -> None:
    """A policy that no longer holds stays in the library as withdrawn and is delivered no more. PermissionDenied."""
    require(actor, Right.MANAGE_PROGRAMS, policy.union)
    if not manages(actor, policy.union):
        raise PermissionDenied
    row = Policy.objects.select_for_update().get(pk=policy.pk)
    if row.withdrawn_on is None:
        row.withdrawn_on = clock.today()
        row.save(update_fields=["withdrawn_on"])
        journal.record(
            actor=actor, verb="withdraw_policy", obj=row, changes={"withdrawn_on": [None, str(row.withdrawn_on)]}
        )


@service
def deliver_policy(
    *,
    actor: User,
    enterprise: Enterprise,
    policy: Policy,
    post: Post | None,
    on: dt.date,
    client_uuid: uuid.UUID,
    visit: Visit | None = None,
) -> Delivery:
    """Note that the policy was handed to the enterprise by a post on a day, at a visit or not; by whoever may log a visit.

    The same UUID and content again gives the first delivery again; what the enterprise has already is refused. `post`
    None: the one in which the actor acts for the station; another system names the post for which it speaks.

    Raises ValidationError on on (future, before the policy was issued), policy (withdrawn, not of the enterprise's unions,
    delivered already), visit (of another enterprise), post, enterprise (on no register that day), client_uuid (code
    "conflict"); PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, enterprise)
    # orders two sendings of one form
    locked([enterprise.pk])
    before = Delivery.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        said = (enterprise.pk, policy.pk, on, visit.pk if visit else None)
        same = (before.enterprise_id, before.policy_id, before.delivered_on, before.visit_id) == said
        if not same or not Delivery.objects.visible_to(actor).filter(pk=before.pk).exists():
            raise _conflict()
        return before
    # one that is being withdrawn is waited for
    policy = Policy.objects.select_related("union").select_for_update(no_key=True, of=("self",)).get(pk=policy.pk)
    if on > clock.today():
        raise ValidationError({"on": [_("The day lies in the future.")]})
    if on < policy.issued_on:
        raise ValidationError({"on": [_("The policy was issued later.")]})
    if visit is not None and visit.enterprise_id != enterprise.pk:
        raise ValidationError({"visit": [_("The visit was made at another enterprise.")]})
    station = station_on(enterprise, on)
    if policy.withdrawn_on is not None or not station.union.path.startswith(policy.union.path):
        raise ValidationError({"policy": [_("This policy is withdrawn, or not one of the enterprise's unions.")]})
    if Delivery.objects.filter(policy=policy, enterprise=enterprise).exists():
        raise ValidationError({"policy": [_("The enterprise has this policy already.")]})
    row = Delivery(
        client_uuid=client_uuid,
        policy=policy,
        enterprise=enterprise,
        station=station,
        post=seat(actor, station, on, post)[0],
        visit=visit,
        delivered_on=on,
        recorded_at=clock.now(),
    )
    cleaned(row).save()
    _journal(actor, "deliver_policy", row, {"delivered_on": [None, str(on)]})
    return row


@service
def acknowledge_policy(
    *, actor: User, delivery: Delivery, by: str, on: dt.date, version: int | None = None
) -> Delivery:
    """Note that the enterprise has acknowledged a delivery, and who said so for it. Said again alike, nothing changes.

    Raises ValidationError on by, on (future, before the delivery), version (code "conflict": acknowledged otherwise
    meanwhile); PermissionDenied.
    """
    if not can(actor, Right.REPORT_ITEM, delivery) and not can(actor, Right.LOG_VISIT, delivery):
        raise PermissionDenied
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if row.acknowledged_on is not None:
        if (row.acknowledged_on, row.acknowledged_by) == (on, by.strip()):
            return row
        words = _("This delivery was acknowledged already.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    if version is not None and row.version != version:
        words = _("Somebody else has just changed this delivery. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    if not by.strip():
        raise ValidationError({"by": [_("This field is required.")]})
    if on > clock.today():
        raise ValidationError({"on": [_("The day lies in the future.")]})
    if on < row.delivered_on:
        raise ValidationError({"on": [_("A policy is acknowledged after it was delivered.")]})
    row.acknowledged_on, row.acknowledged_by, row.version = on, by.strip(), row.version + 1
    cleaned(row).save()
    _journal(actor, "acknowledge_policy", row, {"acknowledged_on": [None, str(on)]})
    delivery.refresh_from_db()
    return row


def _conflict() -> ValidationError:
    words = _("Something else was sent under this number already. Open the page again.")
    return ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})


def _journal(actor: User, verb: str, row: Delivery, changes: dict[str, list[str | None]]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        post=row.post,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes={"policy": [None, str(row.policy_id)], **changes},
    )
