"""A photo to a visit that is on record: the text comes first, and stays whatever becomes of its photos."""

import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import service
from crm.visits import photos
from crm.visits.models import Visit, VisitPhoto


def may_add(user: User, visit: Visit) -> bool:
    """Whether the photos of a visit are this user's to add, rights apart: the visitor's own, or another system's."""
    return user.person is not None and (user.person.is_service or user.person_id == visit.visitor_id)


@service
def add_photo(*, actor: User, visit: Visit, content: bytes, client_uuid: uuid.UUID) -> VisitPhoto:
    """Keep a photo of a visit, drawn anew. The same UUID and file again gives the first photo again.

    Raises ValidationError on content (no picture, too large, the visit has six) and client_uuid (code "conflict":
    another file under the same UUID); PermissionDenied for everybody but the visitor and other systems.
    """
    require(actor, Right.LOG_VISIT, visit)
    if not may_add(actor, visit):
        raise PermissionDenied
    drawn = photos.drawn_anew(content)
    # orders two sendings of one photo: the second waits here and then finds the first
    Visit._base_manager.select_for_update(no_key=True).get(pk=visit.pk)
    before = VisitPhoto.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        if (before.visit_id, before.source) == (visit.pk, drawn.source):
            return before
        words = _("Another photo was sent under this number already.")
        raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
    if VisitPhoto.objects.filter(visit=visit).count() >= photos.MOST_PHOTOS:
        raise ValidationError({"content": [_("A visit has at most %(n)d photos.") % {"n": photos.MOST_PHOTOS}]})
    name = photos.kept(drawn.content)
    try:
        row = VisitPhoto.objects.create(
            client_uuid=client_uuid,
            visit=visit,
            name=name,
            source=drawn.source,
            width=drawn.width,
            height=drawn.height,
            size=len(drawn.content),
            recorded_at=clock.now(),
        )
    except BaseException:
        photos.forget(name)
        raise
    journal.record(
        actor=actor,
        verb="add_photo",
        obj=row,
        post=visit.post,
        station_id=visit.station_id,
        enterprise_id=visit.enterprise_id,
        changes={"visit": [None, visit.pk]},
    )
    return row
