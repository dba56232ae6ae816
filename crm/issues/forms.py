"""Forms of the issue log: shape only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.issues.enums import IssueKind, Move, OutcomeType, Resolution, Satisfaction, Urgency
from crm.issues.models import IssueCategory


class IssueForm(forms.Form):
    """A new issue."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label=pgettext_lazy("issue", "title"), max_length=80)
    text = forms.CharField(label=_("what was said"), max_length=4000, required=False, widget=forms.Textarea)
    category = forms.ModelChoiceField(label=_("category"), queryset=IssueCategory.objects.none(), empty_label="—")
    urgency = forms.ChoiceField(label=_("urgency"), choices=Urgency.choices)
    simple = forms.BooleanField(label=_("enquiry, policy or minor matter"), required=False)
    withheld = forms.BooleanField(label=_("not open to grid officers"), required=False)

    def __init__(self, *args: Any, may_withhold: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_withhold:
            del self.fields["withheld"]
        self.fields["category"].queryset = IssueCategory.objects.filter(active=True)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """One move with whatever it needs; the service says what is missing."""

    move = forms.ChoiceField(choices=Move.choices)
    version = forms.IntegerField()
    text = forms.CharField(label=_("Answer or progress"), max_length=4000, required=False)
    reason = forms.CharField(label=_("reason"), max_length=300, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=[("", "—"), *IssueKind.choices], required=False)
    handler = forms.IntegerField(label=_("Handled by"), required=False)
    outcome_type = forms.ChoiceField(label=_("How it ended"), choices=[("", "—"), *OutcomeType.choices], required=False)
    resolution = forms.ChoiceField(
        label=_("Solved, says the enterprise"), choices=[("", "—"), *Resolution.choices], required=False
    )
    satisfaction = forms.ChoiceField(
        label=_("Satisfaction"), choices=[("", "—"), *Satisfaction.choices], required=False
    )
    on_behalf_of = forms.CharField(label=_("On behalf of"), max_length=120, required=False)
