"""Small things that the forms of all rooms share."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from crm.core.text import has_control, squeezed

LONGEST_NUMBER, LONGEST_SEARCH = 18, 80
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


def day_in_reach(day: dt.date) -> None:
    """Validator of a day that comes in: a slip of the year is told at once, and the days around it exist to count with."""
    if not EARLIEST <= day <= LATEST:
        words = _("The day must lie between %(first)d and %(last)d.")
        raise ValidationError(words % {"first": EARLIEST.year, "last": LATEST.year})


class DayInput(forms.DateInput):
    """The browser's own calendar, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day within reach: the only field for a day in a form (a test walks them all)."""

    widget = DayInput
    default_validators = [day_in_reach]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"min": EARLIEST.isoformat(), "max": LATEST.isoformat()}


def add_errors(form: Any, error: ValidationError, rename: dict[str, str] | None = None) -> None:
    """Show a service's ValidationError on the form: on the field it names if the form has it, else above."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        field = (rename or {}).get(name, name)
        form.add_error(field if field in form.fields else None, errors)


def whole_number(text: str) -> int | None:
    """A number out of an address or form; None for anything that is no id of a row."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def search_text(request: HttpRequest, name: str = "q") -> str:
    """What somebody searches for: without invisible signs, at most eighty characters."""
    text = "".join(sign for sign in request.GET.get(name, "") if not has_control(sign))
    return squeezed(text)[:LONGEST_SEARCH]


def sent_day(text: str, field: str) -> dt.date | None:
    """A day out of a form, None when it is empty. Raises ValidationError on the field: no day, or not of this century."""
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise ValidationError({field: [_("Not a day of the calendar.")]})
    try:
        day_in_reach(day)
    except ValidationError as error:
        raise ValidationError({field: error}) from error
    return day


def land_on(seen: QuerySet[Any], pk: int, page: str, otherwise: str, *args: Any) -> HttpResponse:
    """After an act: to the page of a row if the user still sees it (`seen`), else to another page.

    Who hands a row on may see it no longer; nobody lands on a page that is not there.
    """
    return redirect(page, pk=pk) if seen.filter(pk=pk).exists() else redirect(otherwise, *args)
