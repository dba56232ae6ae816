"""One-time links for the enterprise's contact, and the answer; one service for a link and for an account."""

import datetime as dt
import hashlib
import secrets

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import holds_at, holds_on, require
from crm.accounts.models import User
from crm.core import clock, journal, rules
from crm.core.services import cleaned, service
from crm.visits.defaults import LINK_DAYS
from crm.visits.enums import EFFECTIVE
from crm.visits.models import ConfirmationLink, Visit, VisitConfirmation


def may_ask(user: User, visit: Visit) -> bool:
    """Whether the user may ask the enterprise about the visit: the visitor or the station's chief. No query of its own."""
    own = user.person_id is not None and user.person_id == visit.visitor_id
    logs = holds_at(user, Right.LOG_VISIT, visit.station_id, visit.enterprise_id)
    return logs and (own or holds_at(user, Right.PLAN, visit.station_id))


def may_confirm(user: User, visit: Visit) -> bool:
    """Whether the user answers for the enterprise that the visit went to: never for a visit of their own, nor where nobody
    was met or spoken to. No query of its own; that the enterprise has not answered yet is the database's to say.
    """
    own = user.person_id is not None and user.person_id == visit.visitor_id
    speaks = holds_on(user, Right.CONFIRM_VISIT, visit.station_id, visit.enterprise_id)
    return speaks and not own and visit.outcome in EFFECTIVE


@service
def make_link(*, actor: User, visit: Visit) -> str:
    """A new one-time secret for the visit; the one before no longer opens. It is told here and never again.

    Raises ValidationError on visit (nobody was met or spoken to; answered already); PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, visit)
    if not may_ask(actor, visit):
        raise PermissionDenied
    row = Visit._base_manager.select_for_update(no_key=True).get(pk=visit.pk)
    if row.outcome not in EFFECTIVE:
        raise ValidationError({"visit": [_("Nobody was met or spoken to: there is nothing to confirm.")]})
    if VisitConfirmation.objects.filter(visit=row).exists():
        raise ValidationError({"visit": [_("The enterprise has answered for this visit already.")]})
    now = clock.now()
    ConfirmationLink.objects.filter(visit=row, used_at=None, revoked_at=None).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    days = rules.value(LINK_DAYS, clock.today(), f"station:{row.station_id}")
    link = ConfirmationLink(
        visit=row, mark=_mark(secret), made_by=actor, made_at=now, expires_at=now + dt.timedelta(days=days)
    )
    link.save()
    _journal(actor, "make_link", row)
    return secret


@service
def revoke_link(*, actor: User, visit: Visit) -> None:
    """Shut the visit's open link. Raises ValidationError on visit when there is none; PermissionDenied."""
    require(actor, Right.LOG_VISIT, visit)
    if not may_ask(actor, visit):
        raise PermissionDenied
    shut = ConfirmationLink.objects.filter(visit=visit, used_at=None, revoked_at=None).update(revoked_at=clock.now())
    if not shut:
        raise ValidationError({"visit": [_("The visit has no open link.")]})
    _journal(actor, "revoke_link", visit)


def link_of(secret: str) -> ConfirmationLink | None:
    """The open link of a secret; None for an unknown, used, revoked or expired one."""
    rows = ConfirmationLink.objects.select_related("visit__enterprise", "visit__visitor", "visit__post")
    link = rows.filter(mark=_mark(secret)).first()
    return link if link is not None and link.is_open() else None


@service
def confirm_visit(*, visit: Visit, by: ConfirmationLink | User, answer: str, text: str = "") -> VisitConfirmation:
    """Write what the enterprise says of the visit, once. `by`: the link that was opened, or the account that answers.

    The visit itself stays as it was asserted; a link that is still open is shut by an account's answer. Raises
    ValidationError on answer, text (a correction says what differs) and visit (answered already); PermissionDenied for a
    link that is not this visit's or no longer open, and for an account that does not answer for it (`may_confirm`).
    """
    row = VisitConfirmation(visit=visit, answer=answer, text=text.strip(), at=clock.now())
    _open_door(row, visit, by)
    cleaned(row).save()
    _journal(row.by, "confirm_visit", visit, {"answer": [None, answer]})
    return row


def _open_door(row: VisitConfirmation, visit: Visit, by: ConfirmationLink | User) -> None:
    """Note by which way the answer comes, and shut the link. Raises PermissionDenied."""
    links = ConfirmationLink.objects.filter(visit=visit, used_at=None, revoked_at=None)
    if isinstance(by, User):
        require(by, Right.CONFIRM_VISIT, visit)
        if not may_confirm(by, visit):
            raise PermissionDenied
        # before the answer is written: whoever opens the link at this moment waits here
        links.update(revoked_at=row.at)
        row.by = by
        return
    link = links.select_for_update().filter(pk=by.pk).first()
    if link is None or not link.is_open():
        raise PermissionDenied
    row.link = link
    link.used_at = row.at
    link.save(update_fields=["used_at"])


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _journal(actor: User | None, verb: str, visit: Visit, changes: dict[str, list[str | None]] | None = None) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=visit,
        post=visit.post,
        station_id=visit.station_id,
        enterprise_id=visit.enterprise_id,
        changes=changes or {},
    )
