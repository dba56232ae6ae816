"""A second body under a used number: kept, and settled by hand."""

import hashlib
import json
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import service
from crm.visits.enums import Decision
from crm.visits.models import Submission, SubmissionConflict, Visit
from enterprises.models import Enterprise
from stations.models import Post
from stations.selectors import acting_post


def digest_of(content: Any) -> str:
    """The mark of a content: equal for equal content, whatever the order of its keys and whether an empty one is named."""
    said = json.dumps(_filled(content), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def _filled(content: Any) -> Any:
    """JSON without the keys under which nothing stands; `False` and 0 are something."""
    if isinstance(content, list):
        return [_filled(one) for one in content]
    if isinstance(content, dict):
        filled = {name: _filled(one) for name, one in content.items()}
        return {name: one for name, one in filled.items() if one not in (None, "", [], {})}
    return content


def used_number() -> ValidationError:
    """What a client is told whose number stands for another content."""
    words = _("Another visit was sent under this number already. Open the form again.")
    return ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})


def mark_sent(*, visit: Visit, fresh: bool, more: Any, closed: list[int]) -> None:
    """Note what came with a visit, or hold what comes now against it. Called inside the report's own transaction.

    `more` is what the report says beyond the visit. Raises ValidationError (code "conflict") when it says something else.
    """
    digest = digest_of(more)
    if fresh:
        Submission.objects.create(visit=visit, digest=digest, closed=closed)
        return
    # a visit that was logged alone has no mark: nothing came with it
    before = Submission.objects.filter(visit=visit).values_list("digest", flat=True).first()
    if digest != (before or digest_of({})):
        raise used_number()


@service
def keep_conflict(
    *, actor: User, enterprise: Enterprise, client_uuid: uuid.UUID, body: dict[str, Any], post: Post | None = None
) -> SubmissionConflict:
    """Keep a body that came under a used number, once. `body` is JSON; `post` as its author named it.

    Raises PermissionDenied; ValidationError on enterprise when it is on no register.
    """
    require(actor, Right.LOG_VISIT, enterprise)
    # orders two sendings of one body: the second waits here and then finds the first
    row = Enterprise._base_manager.select_for_update(no_key=True).select_related(None).get(pk=enterprise.pk)
    digest = digest_of(body)
    before = SubmissionConflict.objects.filter(client_uuid=client_uuid, author=actor, digest=digest).first()
    if before is not None:
        return before
    if row.station is None:
        raise ValidationError({"enterprise": [_("The enterprise is on no register.")]})
    spoken_for = post if post is not None and post.station_id == row.station_id else None
    kept = SubmissionConflict.objects.create(
        client_uuid=client_uuid,
        digest=digest,
        visit=Visit.objects.filter(client_uuid=client_uuid).first(),
        enterprise=row,
        station=row.station,
        post=spoken_for or acting_post(actor, row.station, clock.today(), Right.LOG_VISIT),
        author=actor,
        body=body,
        received_at=clock.now(),
    )
    _journal(actor, "keep_conflict", kept, {})
    return kept


@service
def decide_conflict(
    *, actor: User, conflict: SubmissionConflict, decision: str, result: Visit | None = None
) -> SubmissionConflict:
    """Settle a kept body: the first stays, or it was logged as a visit of its own (`result`).

    Raises ValidationError on decision (unknown, or settled already); PermissionDenied.
    """
    require(actor, Right.VIEW_CONTACTS, conflict)
    row = SubmissionConflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
    if row.decision:
        raise ValidationError({"decision": [_("This has been settled already.")]})
    if decision not in Decision.values or (decision == Decision.OWN) != (result is not None):
        raise ValidationError({"decision": [_("Unknown decision.")]})
    row.decision, row.decided_at, row.decided_by, row.result = decision, clock.now(), actor, result
    row.save(update_fields=["decision", "decided_at", "decided_by", "result"])
    _journal(actor, "decide_conflict", row, {"decision": ["", decision]})
    return row


def _journal(actor: User, verb: str, row: SubmissionConflict, changes: dict[str, Any]) -> None:
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        post=row.post,
        station_id=row.station_id,
        enterprise_id=row.enterprise_id,
        changes=changes,
    )
