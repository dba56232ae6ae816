"""Tables that know no word of the trade: journal, work calendar, dated rules."""

from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from crm.core import clock


class JournalEntry(models.Model):
    """One row per service call: who did what to which object. Append-only (a trigger refuses change).

    Plain ids and labels, no foreign keys: the journal outlives what it speaks of. `changes` is
    `{field: [before, after]}` of what changed, never a personal field.
    """

    at = models.DateTimeField(default=clock.now)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=120)
    post_id = models.BigIntegerField(null=True)
    post_label = models.CharField(max_length=200, blank=True)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField(null=True)
    object_label = models.CharField(max_length=300)
    station_id = models.BigIntegerField(null=True)
    enterprise_id = models.BigIntegerField(null=True)
    changes = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)
    xid = models.BigIntegerField(
        db_default=Cast(
            Cast(models.Func(function="pg_current_xact_id", output_field=models.TextField()), models.TextField()),
            models.BigIntegerField(),
        )
    )

    class Meta:
        indexes = (
            models.Index(fields=["enterprise_id", "-at"], name="core_journal_enterprise"),
            models.Index(fields=["object_type", "object_id"], name="core_journal_object"),
            # how often somebody has revealed personal fields today
            models.Index(
                fields=["actor_id", "at"], condition=models.Q(verb="reveal_contact"), name="core_journal_reveals"
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.verb} {self.object_label}"


class DayKind(models.TextChoices):
    WORKDAY = "workday", _("Working day")
    WEEKEND = "weekend", _("Weekend")
    HOLIDAY = "holiday", _("Holiday")
    MAKEUP = "makeup", _("Make-up working day")

    @property
    def works(self) -> bool:
        return self in (DayKind.WORKDAY, DayKind.MAKEUP)


class CalendarDay(models.Model):
    """One day of the work calendar, 调休 included. `provisional` (暂定) until the year's holidays are published."""

    day = models.DateField(primary_key=True)
    kind = models.CharField(max_length=10, choices=DayKind)
    name = models.CharField(max_length=40, blank=True)
    provisional = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="core_calendarday_kind",
                condition=models.Q(kind__in=DayKind.values),
                violation_error_code="kind",
                violation_error_message=_("Unknown kind of day."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class Rule(models.Model):
    """A dated default (deadline, tolerance …): the newest row of a code that is valid on the day holds.

    `scope` is "" for everybody, else a label such as `station:7`. Changing a value means a new row.
    """

    code = models.CharField(max_length=60)
    scope = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField()
    value = models.IntegerField()
    unit = models.CharField(max_length=20)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["code", "scope", "valid_from"],
                name="core_rule_one_value_per_day",
                violation_error_code="valid_from",
                violation_error_message=_("The rule has a value from that day already."),
            ),
            models.CheckConstraint(
                name="core_rule_value_not_negative",
                condition=models.Q(value__gte=0),
                violation_error_code="value",
                violation_error_message=_("The value must not be negative."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} = {self.value} {self.unit} from {self.valid_from}"
