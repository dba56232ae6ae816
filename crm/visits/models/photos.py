"""Photos of visits."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.services import guard_words
from crm.visits.models.visits import Visit


class VisitPhoto(Scoped):
    """A picture of a visit, as `crm.visits.photos` has drawn it. `name` is its file, `source` the mark of what came in.

    Two equal pictures under two numbers are two photos.
    """

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    name = models.CharField(max_length=40, unique=True)
    source = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField()
    recorded_at = models.DateTimeField(default=clock.now)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("visit__station_id", "visit__enterprise__station_id"),
        enterprise="visit__enterprise_id",
        posts=("visit__post_id",),
    )

    def __str__(self) -> str:
        return f"{self.visit_id} {self.name}"


guard_words("visits_visitphoto_client_uuid_key", _("Another photo was sent under this number already."), "client_uuid")
