"""Forms of the enterprise pages: filters in the URL, bulk acts, one enterprise, import."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import holds
from crm.core import clock
from crm.core.festivals import Festival
from crm.core.forms import DayField
from crm.visits.enums import ContactState
from crm.workflows.enterprise_list import NONE, filtered
from enterprises.enums import EntryReason, ExitReason, Risk, Size, Status, Tier
from enterprises.models import ChainNode, ChainSeat, Enterprise
from enterprises.models.seasons import LONGEST_SIDE
from stations.models import Post

REGISTER = (("on", _("On the register")), ("candidate", _("Candidates")), ("all", _("All")))
SIZES = (50, 100, 300)


@dataclass
class Choices:
    """What the filters offer, loaded once per page within the reader's rights: two queries."""

    user: Any
    day: dt.date
    nodes: list[ChainNode] = field(init=False)
    posts: list[Post] = field(init=False)
    liaisons: list[ChainSeat] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = list(
            ChainNode.objects.visible_to(self.user).select_related("chain").order_by("chain_id", "number")
        )
        officers = Post.objects.visible_to(self.user).filter(role=Role.GRID_OFFICER, term__contains=self.day)
        self.posts = list(officers.select_related("station").order_by("station_id", "pk"))

        self.liaisons = []
        if holds(self.user, Right.MANAGE_GRIDS):
            liaisons = Post.objects.visible_to(self.user).filter(role=Role.LIAISON)
            seats = ChainSeat.objects.visible_to(self.user).on(self.day).filter(post__in=liaisons)
            self.liaisons = list(
                seats.select_related("chain", "post").order_by("chain_id", "post_id").distinct("chain_id", "post_id")
            )

    def chains(self) -> list[tuple[str, str]]:
        return list({str(node.chain_id): (str(node.chain_id), node.chain.name) for node in self.nodes}.values())

    def grouped_nodes(self) -> list[tuple[str, list[tuple[str, str]]]]:
        groups: dict[str, list[tuple[str, str]]] = {}
        for node in self.nodes:
            groups.setdefault(node.chain.name, []).append((str(node.pk), f"{node.number} {node.name}"))
        return list(groups.items())

    def officers(self) -> list[tuple[str, str]]:
        return [(str(post.pk), post.title) for post in self.posts]


class EnterpriseFilter(forms.Form):
    """The list's filters, all of them in the URL."""

    q = forms.CharField(label=_("Name, code, initials"), max_length=80, required=False)
    scope = forms.CharField(label=_("Business scope contains"), max_length=80, required=False)
    register = forms.ChoiceField(label=_("Register"), choices=REGISTER, required=False)
    chain = forms.ChoiceField(label=_("Chain"), required=False)
    node = forms.ChoiceField(label=_("Node"), required=False)
    tier = forms.ChoiceField(label=_("Tier"), choices=[("", _("All")), *Tier.choices], required=False)
    post = forms.ChoiceField(label=_("Officer"), required=False)
    contact = forms.ChoiceField(label=_("Contact"), required=False)
    ids = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, choices: Choices) -> None:
        super().__init__(data)
        self.choices = choices
        nobody = (NONE, _("None"))
        self.fields["chain"].choices = [("", _("All")), nobody, *choices.chains()]  # type: ignore[attr-defined]
        self.fields["node"].choices = [("", _("All")), *choices.grouped_nodes()]  # type: ignore[attr-defined]
        self.fields["post"].choices = [("", _("All")), (NONE, _("Nobody yet")), *choices.officers()]  # type: ignore[attr-defined]
        self.fields["contact"].choices = [("", _("All")), *ContactState.choices, ("never", _("Never contacted"))]  # type: ignore[attr-defined]

    @property
    def shown(self) -> str:
        """Which part of the list: register, candidates or both."""
        return self.value("register") or "on"

    def value(self, name: str) -> str:
        """A filter's value; one that is no longer valid filters nothing."""
        self.is_valid()
        return self.cleaned_data.get(name, "")

    def rows(self) -> QuerySet[Enterprise]:
        """The enterprises that the reader may see and that fit all filters, by name."""
        return filtered(self.choices.user, self.choices.day, {name: self.value(name) for name in self.fields})

    def chips(self) -> list[tuple[str, str, str]]:
        """(field, label, value in words) of the filters that are set."""
        found = []
        for name, bound in self.fields.items():
            value = self.value(name)
            if not value or name == "register":
                continue
            words = dict(_flat(getattr(bound, "choices", []))).get(value, value)
            found.append((name, str(bound.label), str(words)))
        return found


def _flat(choices: Any) -> list[tuple[str, str]]:
    flat = []
    for value, label in choices:
        flat += list(label) if isinstance(label, (list, tuple)) else [(value, label)]
    return flat


class BulkForm(forms.Form):
    """What the bulk bar sends: the act, the rows (or all that fit the filters) and what the act needs."""

    ACTS = (
        ("enter", _("Enter on the register")),
        ("node", _("Put on a node")),
        ("tier", _("Set the tier")),
        ("assign", _("Assign")),
    )
    act = forms.ChoiceField(choices=ACTS)
    whole = forms.BooleanField(required=False)  # all rows that fit the filters of `query`
    query = forms.CharField(required=False)
    start = DayField(required=False)
    reason = forms.ChoiceField(choices=EntryReason.choices, required=False)
    node = forms.IntegerField(required=False)
    tier = forms.ChoiceField(choices=[("", ""), *Tier.choices], required=False)
    post = forms.RegexField(r"^\d{1,18}(:\d{1,18})?$", required=False)  # a grid officer's post, or liaison post:chain

    def clean_start(self) -> dt.date:
        return self.cleaned_data["start"] or clock.today()


class EnterpriseForm(forms.ModelForm):
    """An enterprise's undated fields."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Enterprise
        fields = (
            "name", "short_name", "uscc", "park", "building", "address", "shift", "visiting_hours", "busy_seasons",
            "union_state", "contract_state", "business_scope",
        )  # fmt: skip

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        self.fields["park"].queryset = self.fields["park"].queryset.visible_to(user).order_by("name", "pk")  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """The database tells, through the service."""

    def validate_constraints(self) -> None:
        """The database tells, through the service."""


class NewEnterpriseForm(forms.ModelForm):
    """An enterprise entered by hand; it becomes a candidate of the station."""

    station = forms.ChoiceField(label=_("Station"))
    client_uuid = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Enterprise
        fields = ("name", "uscc", "short_name", "building", "address", "business_scope")

    def __init__(self, *args: Any, stations: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].choices = [(row.pk, row.name) for row in stations]  # type: ignore[attr-defined]

    def validate_unique(self) -> None:
        """The database tells, through the service."""

    def validate_constraints(self) -> None:
        """The database tells, through the service."""


class CadreForm(forms.Form):
    """An officer of the enterprise's own union; no name: nobody speaks for it any more."""

    name = forms.CharField(label=_("name"), max_length=60, required=False)
    phone = forms.CharField(label=_("phone"), max_length=30, required=False)


class FactsForm(forms.Form):
    """Dated facts from a day on."""

    start = DayField(label=_("Valid from"))
    status = forms.ChoiceField(label=_("Status"), choices=Status.choices)
    tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices)
    size = forms.ChoiceField(label=_("Size"), choices=[("", "—"), *Size.choices], required=False)
    risk = forms.ChoiceField(label=_("labour relations"), choices=[("", "—"), *Risk.choices], required=False)
    workers = forms.IntegerField(label=_("Workers"), min_value=0, required=False)
    industrial_workers = forms.IntegerField(label=_("Industrial workers"), min_value=0, required=False)


class ContactForm(forms.Form):
    """Somebody to speak to."""

    contact = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=40)
    title = forms.CharField(label=_("Position"), max_length=40, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    is_primary = forms.BooleanField(label=_("First choice"), required=False)


class LeaveForm(forms.Form):
    """Off the register."""

    on = DayField(label=_("Leaves on"))
    reason = forms.ChoiceField(label=_("Reason"), choices=ExitReason.choices)


class ImportForm(forms.Form):
    """A file for a station."""

    station = forms.ChoiceField(label=_("Station"))
    file = forms.FileField(label=_("File"))
    client_uuid = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, stations: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].choices = [(row.pk, row.name) for row in stations]  # type: ignore[attr-defined]


class ConsentForm(forms.Form):
    """Who consented for the enterprise; empty: the consent ends."""

    given_by = forms.CharField(label=_("Consent given by"), max_length=80, required=False)


class SeasonForm(forms.Form):
    """A busy season: around which day, how long before and after, from when on."""

    festival = forms.ChoiceField(label=_("around"), choices=Festival.choices)
    month = forms.IntegerField(label=_("month"), min_value=1, max_value=12, required=False)
    day = forms.IntegerField(label=_("day of the month"), min_value=1, max_value=31, required=False)
    days_before = forms.IntegerField(label=_("days before"), min_value=0, max_value=LONGEST_SIDE)
    days_after = forms.IntegerField(label=_("days after"), min_value=0, max_value=LONGEST_SIDE)
    start = DayField(label=_("From"))
