"""Every day that comes in lies within reach: in forms, over the API, in addresses. A field without bounds fails here."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver, reverse
from django_filters import DateFilter, FilterSet
from rest_framework import serializers

from api.fields import Day, Input
from crm.core import clock
from crm.core.forms import EARLIEST, LATEST, DayField, sent_day
from crm.visits.models import ContactPause
from tests import build

TELLS = "日期应在 2000 年至 2099 年之间。"
OUTSIDE = ("9999-12-31", "2100-01-01", "1999-12-31", "0001-01-01")
OURS = ("api", "crm", "enterprises", "grids", "stations")
BOUND_ELSEWHERE = {"registered_on"}  # an enterprise may be older than the century: its service says how old


def kinds_of(base: type) -> Iterator[type]:
    """The product's own classes under a class."""
    assert get_resolver().url_patterns  # loads every module of the web's side and the API
    for one in base.__subclasses__():
        if one.__module__.split(".")[0] in OURS:
            yield one
        yield from kinds_of(one)


def date_fields() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for form in kinds_of(forms.BaseForm):
        for name, field in form.base_fields.items():  # type: ignore[attr-defined]
            if isinstance(field, (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField)):
                found[f"{form.__qualname__}.{name}"] = field
    return found


def test_every_day_of_a_form_is_bounded() -> None:
    found = date_fields()
    assert {"ReliefForm.end", "TitleForm.end", "SeasonForm.start", "RecusalForm.start"} <= set(found)
    open_ended = [name for name, field in found.items() if any(not refuses(field, text) for text in OUTSIDE)]
    assert open_ended == []
    assert [name for name, field in found.items() if not isinstance(field, DayField)] == []


def refuses(field: Any, text: str) -> bool:
    try:
        field.clean(text)
    except ValidationError as error:
        return error.messages == [TELLS]
    return False


def test_every_day_sent_to_the_api_is_bounded() -> None:
    found = {
        f"{shape.__qualname__}.{name}": field
        for shape in kinds_of(Input)
        for name, field in shape().fields.items()  # type: ignore[attr-defined]
        if isinstance(field, (serializers.DateField, serializers.DateTimeField)) and name not in BOUND_ELSEWHERE
    }
    assert len(found) > 15
    assert [name for name, field in found.items() if not isinstance(field, Day)] == []
    for text in OUTSIDE:
        with pytest.raises(serializers.ValidationError, match=TELLS):
            Day().run_validation(text)
    assert Day().run_validation("2099-12-31") == LATEST


def test_every_day_of_a_filter_is_bounded() -> None:
    found = {
        f"{kind.__qualname__}.{name}": one
        for kind in kinds_of(FilterSet)
        for name, one in kind.base_filters.items()  # type: ignore[attr-defined]
        if isinstance(one, DateFilter)
    }
    assert len(found) > 10
    assert [name for name, one in found.items() if any(not refuses(one.field, text) for text in OUTSIDE)] == []


def test_the_bounds_themselves_are_taken_and_typed_days_say_the_same() -> None:
    for day in (EARLIEST, LATEST):
        assert DayField().clean(str(day)) == sent_day(f" {day} ", "on") == day
    assert sent_day(" ", "on") is None
    for text in OUTSIDE:
        with pytest.raises(ValidationError) as told:
            sent_day(text, "on")
        assert told.value.message_dict == {"on": [TELLS]}
    for text in ("2026-02-30", "昨天"):
        with pytest.raises(ValidationError) as told:
            sent_day(text, "on")
        assert told.value.message_dict == {"on": ["日期无效，写作 2026-09-16。"]}


def test_the_field_says_its_bounds_to_the_browser() -> None:
    shown = DayField().widget.render("on", dt.date(2026, 9, 16), DayField().widget.attrs)
    for part in ('type="date"', 'value="2026-09-16"', 'min="2000-01-01"', 'max="2099-12-31"'):
        assert part in shown


@pytest.mark.django_db
def test_a_slip_of_the_year_is_told_on_the_page(client: Client) -> None:
    world = build.world()
    client.force_login(world.chief)
    row, today = world.enterprises[0], clock.today()
    given = {
        "client_uuid": "00000000-0000-4000-8000-000000000001",
        "start": str(today),
        "end": "9999-12-31",
        "reason": "停产",
    }
    page = reverse("visits:arrange", args=[row.pk])
    response = client.post(page, {"act": "pause", **{f"pause-{name}": value for name, value in given.items()}})
    assert response.status_code == 422
    assert TELLS in response.content.decode()
    leave = {"post": world.posts["officer0"].pk, "start": str(today), "end": "9999-12-31", "act": "leave"}
    response = client.post(reverse("visits:capacity", args=[world.station.pk]), leave)
    assert response.status_code == 422
    assert TELLS in response.content.decode()
    assert not ContactPause.objects.exists()


@pytest.mark.django_db
def test_figures_as_of_no_day_are_not_found(client: Client) -> None:
    world = build.world()
    client.force_login(world.leader)
    page = reverse("coverage:chain", args=[world.chain.pk])
    for text, status in (("", 200), (str(clock.today()), 200), ("x", 404), ("2026-02-30", 404), ("9999-12-31", 404)):
        assert client.get(page, {"as_of": text}).status_code == status, text
