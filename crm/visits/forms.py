"""The visit form: four questions, all else folded."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.issues.enums import Urgency
from crm.issues.models import IssueCategory
from crm.visits.enums import Level, Met, Mode, Outcome, Purpose, ServiceKind, Topic
from crm.visits.models import Visit


class VisitForm(forms.Form):
    """企业 is in the address; 结果, 见到谁, 有无问题 are asked; 补充 is folded. Only shape is checked here."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    visited_on = forms.DateField(label=_("date"))
    outcome = forms.ChoiceField(label=_("outcome"), choices=Outcome.choices)
    met = forms.MultipleChoiceField(label=_("met whom"), choices=Met.choices, required=False)
    workers_met = forms.IntegerField(label=_("number of workers"), min_value=0, max_value=9999, required=False)
    mode = forms.ChoiceField(label=_("mode"), choices=[("", _("As the outcome says")), *Mode.choices], required=False)
    levels = forms.MultipleChoiceField(label=_("levels"), choices=Level.choices, required=False)
    service_kinds = forms.MultipleChoiceField(label=_("services"), choices=ServiceKind.choices, required=False)
    topics = forms.MultipleChoiceField(label=_("topics"), choices=Topic.choices, required=False)
    purpose = forms.ChoiceField(label=_("purpose"), choices=Purpose.choices, required=False)
    started_at = forms.TimeField(label=_("time"), required=False)
    next_contact_on = forms.DateField(label=_("next contact"), required=False)
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

    def __init__(self, *args: Any, may_withhold: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_withhold:
            del self.fields["issue_withheld"]
        self.fields["issue_category"].queryset = IssueCategory.objects.filter(active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("has_issue") == "yes":
            for name in ("issue_title", "issue_category"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("This field is required."))
        return data

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


# the services' words for a field, where the form has another name for it
ISSUE_FIELDS = {name: f"issue_{name}" for name in ("title", "text", "category", "urgency", "withheld")}


def same_as(last: Visit | None) -> dict[str, Any]:
    """与上次相同: what the form's folded part may take over from the last visit."""
    if last is None:
        return {}
    names = ("met", "levels", "service_kinds", "topics", "purpose", "mode", "workers_met")
    return {name: getattr(last, name) for name in names if getattr(last, name) not in ("", None, [])}


class PlanForm(forms.Form):
    """From when, for how long."""

    start = forms.DateField(label=_("From"))
    months = forms.IntegerField(label=_("Months"), min_value=1, max_value=24)
