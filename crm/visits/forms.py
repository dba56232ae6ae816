"""The visit form: four questions, all else folded."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import STATION_ROLES
from crm.core.forms import DayField
from crm.issues.enums import Resolution, Satisfaction, Urgency
from crm.issues.models import IssueCategory
from crm.programs.enums import ItemState
from crm.programs.models import Policy
from crm.visits.enums import (
    CAP_PERIODS,
    EVENT_MODES,
    Answer,
    Every,
    Half,
    Level,
    Met,
    Mode,
    Outcome,
    Purpose,
    ServiceKind,
    Topic,
)
from crm.visits.models import RegimeRule, Visit
from crm.visits.models.regimes import HIGHEST_CAP, LONGEST_TOLERANCE
from crm.workflows.visit_report import REPORTED, Movable
from enterprises.enums import Tier
from enterprises.models import Enterprise
from stations.models import Post, TradeUnion


class VisitForm(forms.Form):
    """企业 is in the address; 结果, 见到谁, 有无问题 are asked; 补充 is folded, in it a promise, an item of the checklist and
    policies. Only shape is checked here; a field of a part is named after it (`part_field`), as the report's errors are.
    """

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    visited_on = DayField(label=_("date"))
    outcome = forms.ChoiceField(label=_("outcome"), choices=Outcome.choices)
    met = forms.MultipleChoiceField(label=_("met whom"), choices=Met.choices, required=False)
    workers_met = forms.IntegerField(label=_("number of workers"), min_value=0, max_value=9999, required=False)
    mode = forms.ChoiceField(label=_("mode"), choices=[("", _("As the outcome says")), *Mode.choices], required=False)
    levels = forms.MultipleChoiceField(label=_("levels"), choices=Level.choices, required=False)
    service_kinds = forms.MultipleChoiceField(label=_("services"), choices=ServiceKind.choices, required=False)
    topics = forms.MultipleChoiceField(label=_("topics"), choices=Topic.choices, required=False)
    purpose = forms.ChoiceField(label=_("purpose"), choices=Purpose.choices, initial=Purpose.REGULAR, required=False)
    started_at = forms.TimeField(label=_("time"), required=False)
    next_contact_on = DayField(label=_("next contact"), required=False)
    notes = forms.CharField(label=_("notes"), max_length=4000, required=False)
    has_issue = forms.ChoiceField(label=_("Any issue"), choices=(("no", _("No issue")), ("yes", _("An issue"))))
    issue_uuid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    issue_title = forms.CharField(label=pgettext_lazy("issue", "title"), max_length=80, required=False)
    issue_text = forms.CharField(label=_("what was said"), max_length=4000, required=False)
    issue_category = forms.ModelChoiceField(
        label=_("category"), queryset=IssueCategory.objects.none(), required=False, empty_label="—"
    )
    issue_urgency = forms.ChoiceField(label=_("urgency"), choices=Urgency.choices, required=False)
    issue_simple = forms.BooleanField(label=_("enquiry, policy or minor matter"), required=False)
    issue_withheld = forms.BooleanField(label=_("not open to grid officers"), required=False)
    commitment_text = forms.CharField(label=_("the promise in words"), max_length=200, required=False)
    commitment_due_on = DayField(label=_("due on"), required=False)
    item = forms.ChoiceField(label=_("item"), required=False)
    item_to = forms.ChoiceField(
        label=_("how it stands now"), choices=[(to.value, to.label) for to in REPORTED], required=False
    )
    item_done_on = DayField(label=_("completed on"), required=False)
    item_evidence = forms.CharField(label=_("evidence"), max_length=300, required=False)
    item_reason = forms.CharField(label=_("reason"), max_length=300, required=False)
    policies = forms.ModelMultipleChoiceField(
        label=_("Policies handed over"), queryset=Policy.objects.none(), required=False
    )

    def __init__(
        self,
        *args: Any,
        policies: QuerySet[Policy],
        items: Callable[[], list[Movable]],
        may_withhold: bool = False,
        **kwargs: Any,
    ) -> None:
        """`items` and `policies` are asked only when one was chosen: a plain visit does not pay for them."""
        super().__init__(*args, **kwargs)
        if not may_withhold:
            del self.fields["issue_withheld"]
        self.items = items
        self.fields["issue_category"].queryset = IssueCategory.objects.filter(active=True)  # type: ignore[attr-defined]
        self.fields["policies"].queryset = policies  # type: ignore[attr-defined]
        self.fields["item"].choices = lambda: [  # type: ignore[attr-defined]
            (one.square.line.number, str(one.square.line)) for one in items()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needed = {
            "issue_title": data.get("has_issue") == "yes",
            "issue_category": data.get("has_issue") == "yes",
            "commitment_due_on": data.get("commitment_text"),
            "item": data.get("item_evidence") or data.get("item_reason"),
            "item_to": data.get("item"),
        }
        for name, wanted in needed.items():
            if wanted and not data.get(name) and name not in self.errors:
                self.add_error(name, _("This field is required."))
        return data

    def report(self, enterprise: Enterprise) -> dict[str, Any]:
        """The arguments of `submit_visit_report` but the actor and the issues settled."""
        return {
            "visit": self.visit() | {"enterprise": enterprise},
            "issue": self.issue(),
            "commitment": self.commitment(),
            "item": self.moved(),
            "policies": list(self.cleaned_data["policies"]),
        }

    def visit(self) -> dict[str, Any]:
        """The arguments of `log_visit` but the enterprise."""
        data = self.cleaned_data
        names = (
            "client_uuid", "visited_on", "outcome", "met", "workers_met", "mode", "levels", "service_kinds", "topics",
            "started_at", "next_contact_on", "notes",
        )  # fmt: skip
        return {name: data[name] for name in names} | {"purpose": data["purpose"] or Purpose.REGULAR}

    def issue(self) -> dict[str, Any] | None:
        """The arguments of `open_issue` but those that follow from the visit; None without an issue."""
        data = self.cleaned_data
        if data["has_issue"] != "yes":
            return None
        return {
            "title": data["issue_title"],
            "text": data["issue_text"],
            "category": data["issue_category"],
            "urgency": data["issue_urgency"] or Urgency.NORMAL,
            "simple": data["issue_simple"],
            "withheld": data.get("issue_withheld", False),
            # one form, one issue: without a number of its own it follows from the visit's
            "client_uuid": data["issue_uuid"] or uuid.uuid5(data["client_uuid"], "issue"),
        }

    def commitment(self) -> dict[str, Any] | None:
        """What was promised and until when; None without a promise."""
        data = self.cleaned_data
        return {"text": text, "due_on": data["commitment_due_on"]} if (text := data["commitment_text"]) else None

    def moved(self) -> dict[str, Any] | None:
        """The item that was moved, its evidence of the kind that the checklist asks for; None when none was."""
        data = self.cleaned_data
        if not data["item"]:
            return None
        number = int(data["item"])
        said = {name: data[f"item_{name}"] for name in ("to", "done_on", "evidence", "reason")}
        if said["to"] == ItemState.DONE:
            lines = (one.square.line for one in self.items())
            said["evidence_kind"] = next(line.evidence_kind for line in lines if line.number == number)
        return {"item": number} | said


class SettleForm(forms.Form):
    """An open issue that is ended at the visit; the service says what is missing."""

    settle = forms.BooleanField(required=False)
    move = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("Answer given"), max_length=4000, required=False)
    resolution = forms.ChoiceField(
        label=_("Solved, says the enterprise"),
        choices=[("", "—"), *((value, value.label) for value in (Resolution.SOLVED, Resolution.PARTLY))],
        required=False,
    )
    satisfaction = forms.ChoiceField(
        label=_("Satisfaction"), choices=[("", "—"), *Satisfaction.choices], required=False
    )

    def __init__(self, data: Any = None, *, found: Any) -> None:
        """`found`: the issue, the move and what the move needs (`crm.workflows.visit_report.Closable`)."""
        first = {"version": found.issue.version, "move": found.move}
        super().__init__(data, prefix=f"issue-{found.issue.pk}", initial=first)
        self.found = found
        for name in {"text", "resolution", "satisfaction"} - set(found.needs):
            del self.fields[name]

    def said(self) -> dict[str, Any] | None:
        """The arguments of `move_issue` but the actor; None when the issue was left alone."""
        data = self.cleaned_data
        if not data["settle"]:
            return None
        return {"issue": self.found.issue, "move": self.found.move} | {
            name: value for name, value in data.items() if name not in ("settle", "move")
        }


class ConfirmForm(forms.Form):
    """The enterprise's answer."""

    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices)
    text = forms.CharField(label=_("what differs"), max_length=300, required=False, widget=forms.Textarea)


def same_as(last: Visit | None) -> dict[str, Any]:
    """与上次相同: what the form's folded part may take over from the last visit."""
    if last is None:
        return {}
    names = ("met", "levels", "service_kinds", "topics", "purpose", "mode", "workers_met")
    return {name: getattr(last, name) for name in names if getattr(last, name) not in ("", None, [])}


class ReliefForm(forms.Form):
    """A pause or an exemption: from when to when, why. `last` is its last day."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    start = DayField(label=_("First day"))
    end = DayField(label=_("Last day"))
    reason = forms.CharField(label=_("reason"), max_length=120)

    def clean_end(self) -> dt.date:
        """The services speak of the day after."""
        last: dt.date = self.cleaned_data["end"]
        return last + dt.timedelta(days=1)


class RuleForm(forms.ModelForm):
    """One rule of the regime: its conditions, what is owed, how often. Only shape is checked here."""

    class Meta:
        model = RegimeRule
        fields: tuple[str, ...] = (
            "tier", "size", "risk", "role", "need", "every", "early_days", "late_days", "working_days", "levels",
        )  # fmt: skip

    levels = forms.MultipleChoiceField(
        label=_("levels"), choices=Level.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    role = forms.ChoiceField(label=_("role"), choices=[(role.value, role.label) for role in STATION_ROLES])
    late_days = forms.IntegerField(
        label=_("days late"), min_value=0, max_value=LONGEST_TOLERANCE, initial=0, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("tier", "size", "risk"):
            field = self.fields[name]
            field.choices = [("", _("any")), *[one for one in field.choices if one[0]]]  # type: ignore[attr-defined]
        self.empty_permitted = True

    def has_changed(self) -> bool:
        """Whether the line says anything: without a kind of contact it is left out, whatever else a browser sends of it."""
        return bool(self.data.get(self.add_prefix("need"))) and super().has_changed()

    def clean_late_days(self) -> int:
        return self.cleaned_data["late_days"] or 0

    def _post_clean(self) -> None:
        """The service checks the row."""


class CapForm(forms.Form):
    """The cap for a tier; without a number there is none."""

    tier = forms.ChoiceField(
        choices=[("", _("all tiers without a line of their own")), *Tier.choices],
        required=False,
        widget=forms.HiddenInput,
    )
    most = forms.IntegerField(label=_("at most so many days"), min_value=1, max_value=HIGHEST_CAP, required=False)
    every = forms.ChoiceField(label=_("in each"), choices=CAP_PERIODS, initial=Every.QUARTER)

    @property
    def whom(self) -> str:
        """The tier in words."""
        field: Any = self.fields["tier"]
        return str(dict(field.choices).get(self["tier"].value() or "", ""))


class ExceptionForm(RuleForm):
    """Another rule for one enterprise: from when (to when), why, what instead."""

    start = DayField(label=_("First day"))
    end = DayField(label=_("Last day"), required=False)
    reason = forms.CharField(label=_("reason"), max_length=200)
    field_order = ("need", "every", "role", "start", "end", "reason")

    class Meta(RuleForm.Meta):
        fields = ("role", "need", "every", "early_days", "late_days", "working_days", "levels")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.ModelForm.__init__(self, *args, **kwargs)

    def clean_end(self) -> dt.date | None:
        last: dt.date | None = self.cleaned_data["end"]
        return last + dt.timedelta(days=1) if last else None


class EnactForm(forms.Form):
    """From when a version holds."""

    start = DayField(label=_("In force from"))


class DraftForm(EnactForm):
    """A new version of a union's regime."""

    union = forms.ModelChoiceField(label=_("Union"), queryset=TradeUnion.objects.none(), empty_label=None)
    name = forms.CharField(label=_("name"), max_length=80)
    field_order = ("union", "name", "start")

    def __init__(self, *args: Any, unions: QuerySet[TradeUnion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class LeaveTermForm(forms.Form):
    """请假: which post, from when to when; `end` is the last day."""

    post = forms.ModelChoiceField(label=_("Post"), queryset=Post.objects.none(), empty_label=None)
    start = DayField(label=_("First day"))
    end = DayField(label=_("Last day"))

    def __init__(self, *args: Any, posts: QuerySet[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = posts  # type: ignore[attr-defined]

    def clean_end(self) -> dt.date:
        last: dt.date = self.cleaned_data["end"]
        return last + dt.timedelta(days=1)


class PlanForm(forms.Form):
    """For how long."""

    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=24)


class EventForm(forms.Form):
    """A contact event: when, where, about what."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("title of the event"), max_length=80)
    held_on = DayField(label=_("date"))
    starts_at = forms.TimeField(label=_("time"), required=False)
    place = forms.CharField(label=_("place"), max_length=80)
    mode = forms.ChoiceField(label=_("mode"), choices=EVENT_MODES)
    service_kinds = forms.MultipleChoiceField(label=_("services"), choices=ServiceKind.choices, required=False)
    topics = forms.MultipleChoiceField(label=_("topics"), choices=Topic.choices, required=False)


class CommitmentForm(forms.Form):
    """What is promised, until when."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(label=_("what was promised"), max_length=200)
    due_on = DayField(label=_("due on"))


class PromiseForm(forms.Form):
    """What became of a promise."""

    version = forms.IntegerField(min_value=1)
    state = forms.CharField(max_length=10)
    reason = forms.CharField(max_length=200, required=False)


class HandOverForm(forms.Form):
    """To whom; it holds from today on."""

    target = forms.ModelChoiceField(label=_("To whom"), queryset=Post.objects.none(), empty_label="—")

    def __init__(self, *args: Any, posts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = posts  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Where a planned visit goes; what is left out stays. A place counts from one."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    day = DayField(required=False)
    half = forms.ChoiceField(choices=Half.choices, required=False)
    position = forms.IntegerField(min_value=1, max_value=999, required=False)


class TakeForm(forms.Form):
    """For which half-day enterprises are planned; `view` is where one goes back to."""

    client_uuid = forms.UUIDField()
    day = DayField()
    half = forms.ChoiceField(choices=Half.choices)
    view = forms.CharField(max_length=10, required=False)
