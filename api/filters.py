"""Filters: only on what the answer shows, related rows only within the reader's scope, unknown names refused."""

import datetime as dt
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from crm.core.forms import DayField


class StrictFilters(filters.DjangoFilterBackend):
    """Refuses a parameter that the address does not know: a typing error must not give everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class is not None else set()
        paginator = getattr(view, "paginator", None)
        known |= set(getattr(paginator, "names", ()))
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise ValidationError({name: [_("Unknown parameter.")] for name in unknown})
        return super().filter_queryset(request, queryset, view)


def related(model: type[Model], field_name: str, **options: Any) -> filters.ModelChoiceFilter:
    """A filter by a related row that the reader sees; an unknown and an invisible id are the same mistake."""

    def choices(request: Request | None) -> QuerySet[Any]:
        if request is None:
            return model.objects.none()  # type: ignore[attr-defined]
        return model.objects.visible_to(request.user)  # type: ignore[attr-defined]

    return filters.ModelChoiceFilter(field_name=field_name, queryset=choices, **options)


class DayFilter(filters.DateFilter):
    """By a day of this century."""

    field_class = DayField


class OnDay(filters.FilterSet):
    """Of dated rows: those that hold on a day."""

    on = DayFilter(method="holding_on", label="rows that hold on the day")

    def holding_on(self, rows: Any, _name: str, day: dt.date) -> Any:
        return rows.on(day)
