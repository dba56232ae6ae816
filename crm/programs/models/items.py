"""What an enterprise has of the checklist: one row per item that was ever moved, and the log of the moves."""

import datetime as dt
import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.services import guard_words
from crm.core.text import plain_text
from crm.programs.enums import EvidenceKind, ItemState
from crm.programs.models.checklist import LONGEST_VALIDITY, ChecklistLine
from crm.programs.validity import runs_out_on
from crm.visits.models import Visit
from enterprises.models import Enterprise
from stations.models import Post


class Item(Scoped):
    """An item of the checklist at an enterprise; without a row it is 未开展. State and validity repeat the last event's.

    The validity is taken over when the item is reported, so that a later version of the checklist does not rewrite it.
    """

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1, editable=False)
    state = models.CharField(max_length=16, choices=ItemState, default=ItemState.NOT_STARTED, editable=False)
    done_on = models.DateField(_("completed on"), null=True, editable=False)
    months = models.PositiveSmallIntegerField(_("months of validity"), null=True, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_PROGRAMS, stations=("enterprise__station_id",), enterprise="enterprise_id"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise", "number"],
                name="programs_item_once",
                violation_error_code="version",
                violation_error_message=_("Somebody else has just moved this item. Look again."),
            ),
            models.CheckConstraint(
                name="programs_item_state",
                condition=Q(state__in=ItemState.STORED),
                violation_error_code="to",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                name="programs_item_done_has_a_day",
                condition=~Q(state__in=["done", "verified", "confirmed"]) | Q(done_on__isnull=False),
                violation_error_code="done_on",
                violation_error_message=_("A finished item names the day of completion."),
            ),
            models.CheckConstraint(
                name="programs_item_validity",
                condition=Q(months__isnull=True) | Q(months__range=(1, LONGEST_VALIDITY)),
                violation_error_code="months",
                violation_error_message=_("A validity lies between 1 and 120 months, or is left empty for lasting."),
            ),
        )
        indexes = (models.Index(fields=["number", "state"], name="programs_item_state_of"),)

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.number} {self.state}"

    def state_on(self, day: dt.date) -> ItemState:
        """The state as the day shows it: 需更新 once a verified item no longer holds."""
        return shown_state(self.state, self.done_on, self.months, day)


def shown_state(state: str, done_on: dt.date | None, months: int | None, day: dt.date) -> ItemState:
    """What a stored state is on the day."""
    if state in ItemState.GOOD and done_on is not None:
        out = runs_out_on(done_on, months)
        if out is not None and day >= out:
            return ItemState.RENEW
    return ItemState(state)


class ItemEvent(Scoped):
    """One move of an item: who, in which post, on which day, from where to where, with what evidence. Append-only.

    `line` is the wording under which it was moved; `visit` the visit at which it came about.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    line = models.ForeignKey(ChecklistLine, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(_("date"))
    recorded_at = models.DateTimeField(default=clock.now)
    actor_label = models.CharField(max_length=120)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="item_events")
    from_state = models.CharField(max_length=16, choices=ItemState)
    to_state = models.CharField(max_length=16, choices=ItemState)
    reason = models.CharField(_("reason"), max_length=300, blank=True, validators=[plain_text])
    done_on = models.DateField(_("completed on"), null=True)
    months = models.PositiveSmallIntegerField(_("months of validity"), null=True)
    evidence_kind = models.CharField(_("kind of evidence"), max_length=10, choices=EvidenceKind, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True, validators=[plain_text])

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_PROGRAMS, stations=("item__enterprise__station_id",), enterprise="item__enterprise_id"
    )

    class Meta:
        ordering = ("item", "sequence")
        constraints = (
            models.UniqueConstraint(
                fields=["item", "sequence"],
                name="programs_itemevent_in_order",
                violation_error_code="version",
                violation_error_message=_("Somebody else has just moved this item. Look again."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} {self.sequence} {self.to_state}"


guard_words(
    "programs_itemevent_client_uuid_key",
    ValidationError(_("Another move was sent under this number already. Open the page again."), code="conflict"),
    field="client_uuid",
)
guard_words("programs_itemevent_append_only", _("What happened to an item is never rewritten."))
