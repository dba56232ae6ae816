"""The issue log: an issue, its append-only events, the table of categories."""

import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import Right
from crm.access.scope import Scope, Scoped
from crm.core import clock
from crm.core.services import guard_words
from crm.core.text import plain_name, plain_text
from crm.issues.enums import IssueKind, IssueState, Move, OutcomeType, Resolution, Satisfaction, Urgency
from crm.issues.querysets import IssueQuerySet
from crm.visits.models import Visit
from enterprises.models import Enterprise
from stations.models import Post, Station


class IssueCategory(models.Model):
    """A compulsory category (an editable table).

    `union_matter`: the union's own; `among_rivals`: not for officers whose own unit is the enterprise's rival.
    """

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=40, validators=[plain_name])
    usual_handler = models.CharField(max_length=80, blank=True)
    union_matter = models.BooleanField(default=True)
    among_rivals = models.BooleanField(default=False, db_default=False)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return self.name


class Issue(Scoped):
    """A matter that an enterprise or its workers raised. `state` repeats the last event's, for lists and indexes."""

    client_uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    version = models.PositiveIntegerField(default=1, editable=False)
    # empty until accepted: NULL, so that waiting issues do not collide
    number = models.CharField(_("number"), max_length=20, null=True, unique=True, editable=False)  # noqa: DJ001
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="issues")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="issues", editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="issues", editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="issues")
    title = models.CharField(pgettext_lazy("issue", "title"), max_length=80, validators=[plain_name])
    text = models.TextField(_("what was said"), max_length=4000, blank=True, validators=[plain_text])
    category = models.ForeignKey(
        IssueCategory, verbose_name=_("category"), on_delete=models.PROTECT, related_name="issues"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=IssueKind, default=IssueKind.REQUEST)
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency, default=Urgency.NORMAL)
    simple = models.BooleanField(_("enquiry, policy or minor matter"), default=False)
    withheld = models.BooleanField(_("not open to grid officers"), default=False, db_default=False)
    state = models.CharField(max_length=12, choices=IssueState, default=IssueState.SUBMITTED, editable=False)
    handler = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, blank=True, related_name="handled_issues")
    raised_on = models.DateField(default=clock.today)
    due_on = models.DateField(_("deadline"), null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    outcome_type = models.CharField(max_length=12, choices=OutcomeType, blank=True, editable=False)
    resolution = models.CharField(max_length=12, choices=Resolution, blank=True, editable=False)
    satisfaction = models.CharField(max_length=12, choices=Satisfaction, blank=True, editable=False)
    redo_count = models.PositiveSmallIntegerField(default=0, editable=False)
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_ISSUES,
        stations=("station_id", "enterprise__station_id"),
        enterprise="enterprise_id",
        posts=("post_id", "handler_id"),  # an officer may be asked to handle another officer's enterprise
        withheld="withheld",
        raised="post_id",
        among_rivals="category__among_rivals",
    )
    objects = IssueQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="issues_issue_state",
                condition=Q(state__in=IssueState.values),
                violation_error_code="state",
                violation_error_message=_("Unknown state."),
            ),
            models.CheckConstraint(
                name="issues_issue_closed_when_ended",
                condition=Q(state__in=IssueState.ENDED, closed_at__isnull=False)
                | (~Q(state__in=IssueState.ENDED) & Q(closed_at__isnull=True)),
                violation_error_code="state",
                violation_error_message=_("Only an ended issue has a day of closing."),
            ),
            models.CheckConstraint(
                name="issues_issue_handler_when_assigned",
                condition=Q(state__in=["submitted", "accepted", "on_the_spot"]) | Q(handler__isnull=False),
                violation_error_code="handler",
                violation_error_message=_("An assigned issue names who handles it."),
            ),
            models.CheckConstraint(
                name="issues_issue_closing_needs_answers",
                condition=~Q(state="closed") | (~Q(resolution="") & ~Q(satisfaction="")),
                violation_error_code="resolution",
                violation_error_message=_(
                    "Signing off needs what the enterprise said: solved or not, satisfied or not."
                ),
            ),
            models.CheckConstraint(
                name="issues_issue_number_when_accepted",
                condition=Q(state="submitted") | Q(number__isnull=False),
                violation_error_code="number",
                violation_error_message=_("An accepted issue has a number."),
            ),
        )
        indexes = (
            models.Index(fields=["station", "state", "-raised_on"], name="issues_issue_station"),
            models.Index(fields=["enterprise", "-raised_on"], name="issues_issue_enterprise"),
        )

    def __str__(self) -> str:
        return f"{self.number or '—'} {self.title}"


class IssueEvent(Scoped):
    """One move of an issue: who, in which post, on whose behalf, from which state to which. Append-only (trigger)."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="events")
    sequence = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=clock.now)
    recorded_at = models.DateTimeField(default=clock.now)
    actor_label = models.CharField(max_length=120)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    on_behalf_of = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=16, choices=[("open", _("Raised")), *Move.choices])
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=IssueState)
    text = models.TextField(blank=True, validators=[plain_text])
    reason = models.CharField(max_length=300, blank=True, validators=[plain_text])
    data = models.JSONField(default=dict)

    scope: ClassVar[Scope] = Scope(
        view=Right.VIEW_ISSUES,
        stations=("issue__station_id", "issue__enterprise__station_id"),
        enterprise="issue__enterprise_id",
        posts=("issue__post_id", "issue__handler_id"),
        withheld="issue__withheld",
        raised="issue__post_id",
        among_rivals="issue__category__among_rivals",
    )

    class Meta:
        ordering = ("issue", "sequence")
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "sequence"],
                name="issues_event_in_order",
                violation_error_code="__all__",
                violation_error_message=_("Somebody else has just moved this issue. Look again."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id} {self.sequence} {self.verb}"


# two clients that send one number for different enterprises at once wait on different locks: the key decides
guard_words(
    "issues_issue_client_uuid_key",
    ValidationError(_("Another issue was sent under this number already. Open the form again."), code="conflict"),
    field="client_uuid",
)
guard_words("issues_event_append_only", _("What happened to an issue is never rewritten."))
