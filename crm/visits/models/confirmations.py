"""Visit truth: an officer asserts, the enterprise confirms or corrects."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.accounts.models import User
from crm.core import clock
from crm.core.services import guard_words
from crm.core.text import plain_text
from crm.visits.enums import Answer
from crm.visits.models.visits import Visit


class ConfirmationLink(models.Model):
    """An address that lets whoever has it answer for one visit, once. Only the mark of its secret is kept."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="confirmation_links")
    mark = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="visits_link_one_open",
                violation_error_code="visit",
                violation_error_message=_("The visit has an open link already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.visit_id} until {self.expires_at:%Y-%m-%d}"

    def is_open(self) -> bool:
        """Whether it can still be answered, at this moment."""
        return self.used_at is None and self.revoked_at is None and clock.now() < self.expires_at


class VisitConfirmation(Scoped):
    """What the enterprise says of a visit: 属实, or 有出入 and what differs. Append-only (a trigger); the visit stays as it is.

    `link` when it came by the one-time address, `by` when from an account.
    """

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="confirmation")
    link = models.OneToOneField(ConfirmationLink, on_delete=models.PROTECT, null=True, related_name="confirmation")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer)
    text = models.CharField(_("what differs"), max_length=300, blank=True, validators=[plain_text])
    at = models.DateTimeField(default=clock.now)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_VISITS,
        stations=("visit__station_id", "visit__enterprise__station_id"),
        enterprise="visit__enterprise_id",
        posts=("visit__post_id",),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="visits_confirmation_answer",
                condition=Q(answer=Answer.TRUE) | (Q(answer=Answer.DIFFERS) & ~Q(text="")),
                violation_error_code="text",
                violation_error_message=_("A correction says what differs."),
            ),
            models.CheckConstraint(
                name="visits_confirmation_one_way",
                condition=Q(link__isnull=True, by__isnull=False) | Q(link__isnull=False, by__isnull=True),
                violation_error_code="link",
                violation_error_message=_("An answer comes by a link or from an account."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.visit_id} {self.answer}"


guard_words("visits_confirmation_append_only", _("What the enterprise has answered is never rewritten."))
guard_words("visits_visitconfirmation_visit_id_key", _("The enterprise has answered for this visit already."), "visit")
