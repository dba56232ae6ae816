"""Forms of grids: shape only."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.accounts.models import Person
from crm.core.forms import DayField
from enterprises.models import Enterprise
from enterprises.querysets import EnterpriseQuerySet
from grids.enums import RecusalKind


class RecusalForm(forms.Form):
    """Who keeps away from which enterprise; the enterprise is named, or its code."""

    person = forms.ChoiceField(label=_("Officer"))
    enterprise = forms.CharField(label=_("Enterprise (name or credit code)"), max_length=120)
    kind = forms.ChoiceField(label=_("kind"), choices=RecusalKind.choices)
    start = DayField(label=_("First day"))
    note = forms.CharField(label=_("note"), max_length=200, required=False)

    def __init__(self, *args: Any, officers: list[Person], enterprises: EnterpriseQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(one.pk): one for one in officers}
        self._enterprises = enterprises
        self.fields["person"].choices = [("", "—"), *((pk, one.name) for pk, one in self._people.items())]  # type: ignore[attr-defined]

    def clean_person(self) -> Person:
        return self._people[self.cleaned_data["person"]]

    def clean_enterprise(self) -> Enterprise:
        """The one enterprise that is meant. Raises ValidationError when there is none, or more than one."""
        text = self.cleaned_data["enterprise"].strip()
        exact = list(self._enterprises.filter(name=text)[:2]) or list(self._enterprises.found_by(text)[:2])
        if len(exact) != 1:
            words = _("More than one enterprise fits: write its full name.") if exact else _("No such enterprise.")
            raise ValidationError(words)
        return exact[0]
