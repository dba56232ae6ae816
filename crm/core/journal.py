"""The journal: one append-only row per service call, in the call's own transaction."""

from contextvars import ContextVar
from typing import Any

from django.db.models import Model, QuerySet

from crm.core.models import JournalEntry

request_id: ContextVar[str] = ContextVar("request_id", default="")


def entries(verb: str, model: type[Model]) -> QuerySet[JournalEntry]:
    """Rows of one verb about rows of one model."""
    return JournalEntry.objects.filter(verb=verb, object_type=model._meta.label_lower)


def record(
    *,
    actor: Any,
    verb: str,
    obj: Any,
    post: Any = None,
    on_behalf_of: Any = None,
    station_id: int | None = None,
    enterprise_id: int | None = None,
    changes: dict[str, Any] | None = None,
) -> JournalEntry:
    """Write who did what. `actor` is a User or None (the system), `obj` any saved row, `changes` free of personal fields."""
    return JournalEntry.objects.create(
        actor_id=getattr(actor, "pk", None),
        actor_label=str(actor or "system")[:120],
        post_id=getattr(post, "pk", None),
        post_label=str(post or "")[:200],
        on_behalf_of=str(on_behalf_of or "")[:200],
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id=obj.pk if isinstance(obj.pk, int) else None,  # a calendar day's key is a date
        object_label=str(obj)[:300],
        station_id=station_id,
        enterprise_id=enterprise_id,
        changes=changes or {},
        request_id=request_id.get(),
    )
