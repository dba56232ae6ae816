"""Forms of the workforce reform: shape only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.forms import DayField
from crm.programs.enums import EvidenceKind, PolicyTopic, ReformStage, TitleKind, TitleLevel
from crm.programs.models import ChecklistLine
from crm.programs.services.checklist import LineChange
from enterprises.enums import Size, Tier
from enterprises.models import ChainNode, Enterprise
from stations.models import TradeUnion


class MoveForm(forms.Form):
    """One move of an item with whatever it needs; the service says what is missing."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    item = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    to = forms.CharField(max_length=16)
    on = DayField(label=_("date"))
    done_on = DayField(label=_("completed on"), required=False)
    months = forms.IntegerField(label=_("months of validity"), min_value=1, max_value=120, required=False)
    evidence_kind = forms.ChoiceField(
        label=_("kind of evidence"), choices=[("", "—"), *EvidenceKind.choices], required=False
    )
    evidence = forms.CharField(label=_("evidence"), max_length=300, required=False)
    reason = forms.CharField(label=_("reason"), max_length=300, required=False)


class StageForm(forms.Form):
    """A stage from a day on."""

    stage = forms.ChoiceField(label=_("stage"), choices=ReformStage.choices)
    start = DayField(label=_("from"))


class TitleForm(forms.Form):
    """A title with its document."""

    kind = forms.ChoiceField(label=pgettext_lazy("reform", "title"), choices=TitleKind.choices)
    level = forms.ChoiceField(label=_("level"), choices=TitleLevel.choices)
    number = forms.CharField(label=_("document number"), max_length=60)
    name = forms.CharField(label=_("name of the project or site"), max_length=80, required=False)
    start = DayField(label=_("from"))
    end = DayField(label=_("first day without it"), required=False)


class LineForm(forms.Form):
    """An item of a version: words, validity, for whom it is switched off."""

    title = forms.CharField(label=_("item"), max_length=120)
    asks = forms.CharField(label=_("evidence asked for"), max_length=120, required=False)
    evidence_kind = forms.ChoiceField(label=_("kind of evidence"), choices=EvidenceKind.choices)
    months = forms.IntegerField(label=_("months of validity"), min_value=1, max_value=120, required=False)
    off_tiers = forms.MultipleChoiceField(label=_("not for tiers"), choices=Tier.choices, required=False)
    off_sizes = forms.MultipleChoiceField(label=_("not for sizes"), choices=Size.choices, required=False)

    def change(self) -> LineChange:
        """What `revise_checklist` takes."""
        data = self.cleaned_data
        return LineChange(**{**data, "off_tiers": tuple(data["off_tiers"]), "off_sizes": tuple(data["off_sizes"])})


class RevisionForm(forms.Form):
    """The whole of a new version."""

    start = DayField(label=_("in force from"))
    name = forms.CharField(label=_("name"), max_length=80, required=False)

    def __init__(self, lines: list[ChecklistLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = tuple(LineForm.base_fields)
        self.lines = [
            (
                line,
                LineForm(
                    self.data if self.is_bound else None,
                    prefix=f"line-{line.number}",
                    initial={name: getattr(line, name) for name in fields},
                ),
            )
            for line in lines
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(form.is_valid() for _line, form in self.lines)])

    def changes(self) -> dict[int, LineChange]:
        return {line.number: form.change() for line, form in self.lines}


class PolicyForm(forms.Form):
    """A policy of the library."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    union = forms.ChoiceField(label=_("of the library of"))
    title = forms.CharField(label=pgettext_lazy("policy", "title"), max_length=120)
    number = forms.CharField(label=_("document number"), max_length=60, required=False)
    issuer = forms.CharField(label=_("issued by"), max_length=80)
    issued_on = DayField(label=_("issued on"))
    topic = forms.ChoiceField(label=_("topic"), choices=PolicyTopic.choices)
    summary = forms.CharField(label=_("summary"), max_length=2000, required=False, widget=forms.Textarea)
    link = forms.CharField(label=_("where to read it"), max_length=300, required=False)

    def __init__(self, *args: Any, unions: list[TradeUnion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].choices = [(str(row.pk), row.name) for row in unions]  # type: ignore[attr-defined]


class DeliverForm(forms.Form):
    """A policy handed to one enterprise."""

    client_uuid = forms.UUIDField()
    enterprise = forms.IntegerField(min_value=1, max_value=10**17)
    on = DayField()


class AcknowledgeForm(forms.Form):
    """Who acknowledged it for the enterprise."""

    version = forms.IntegerField(min_value=1, max_value=10**6)
    by = forms.CharField(label=_("acknowledged by"), max_length=80)
    on = DayField()


class CaseForm(forms.Form):
    """A practice case."""

    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label=pgettext_lazy("case", "title"), max_length=80)
    text = forms.CharField(label=_("what was done"), max_length=4000, widget=forms.Textarea)
    node = forms.ModelChoiceField(
        label=_("Chain and node"), queryset=ChainNode.objects.none(), required=False, empty_label="—"
    )
    enterprise = forms.ModelChoiceField(
        label=_("Enterprise"), queryset=Enterprise.objects.none(), required=False, empty_label="—"
    )

    def __init__(self, *args: Any, firms: Any, nodes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["enterprise"].queryset = firms  # type: ignore[attr-defined]
        self.fields["node"].queryset = nodes  # type: ignore[attr-defined]
        self.fields["node"].label_from_instance = lambda node: f"{node.chain.name}·{node.name}"  # type: ignore[attr-defined]


class AreaTitleForm(forms.Form):
    """A title of a park or chain."""

    area = forms.ChoiceField(label=_("park or chain"))
    level = forms.ChoiceField(label=_("level"), choices=TitleLevel.choices)
    number = forms.CharField(label=_("document number"), max_length=60)
    start = DayField(label=_("from"))
    end = DayField(label=_("first day without it"), required=False)

    def __init__(self, *args: Any, areas: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]
