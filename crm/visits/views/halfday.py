"""半天安排: today, the week, what is overdue; planned with one button, moved with buttons or by drag."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import needs
from crm.access.grants import own_posts
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import sent_day, whole_number
from crm.visits.enums import Half
from crm.visits.forms import MoveForm, TakeForm
from crm.visits.models import PlannedVisit
from crm.visits.models.capacity import MOST_VISITS
from crm.visits.selectors.halfday import overdue_of, planned, posts_with_half_days, proposals, room_of
from crm.visits.services import drop_planned_visit, plan_half_day, replan_visit
from enterprises.models import Enterprise
from stations.models import Post

DAY = dt.timedelta(days=1)
VIEWS = ("day", "week", "overdue")
NOON = 12


@needs(Right.LOG_VISIT)
@require_GET
def half_day(request: SignedInRequest) -> HttpResponse:
    """To the half-days of the first post in which one sits."""
    mine = own_posts(request.user)
    post = posts_with_half_days(request.user, clock.today()).filter(pk__in=mine).order_by("pk").first()
    if post is None:
        messages.info(request, _("You hold no post that goes out."))
        return redirect("visits:due")
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("visits:half_day_of", args=[post.pk]) + (f"?{query}" if query else ""))


def _post(request: SignedInRequest, pk: int, day: dt.date) -> Post:
    rows = posts_with_half_days(request.user, day).select_related("station__union")
    return get_object_or_404(rows, pk=pk)


def _chosen(request: SignedInRequest) -> tuple[dt.date, str]:
    """The day and half-day of the address; today's next half-day by default."""
    now = clock.now()
    try:
        day = sent_day(request.GET.get("day", ""), "day") or now.date()
    except ValidationError:
        day = now.date()
    half = request.GET.get("half", "")
    if half not in Half.values:
        half = Half.AFTERNOON if day == now.date() and now.hour >= NOON else Half.MORNING
    return max(day, now.date()), half


@needs(Right.LOG_VISIT)
@require_GET
def half_day_of(request: SignedInRequest, pk: int) -> HttpResponse:
    """A post's half-days: one day with a proposal, the week, or what is overdue."""
    today = clock.today()
    day, half = _chosen(request)
    post = _post(request, pk, day)
    view = request.GET.get("view", "day")
    view = view if view in VIEWS else "day"
    monday = day - day.weekday() * DAY
    first, last = (max(monday, today), monday + 6 * DAY) if view == "week" else (day, day)
    plans = planned(request.user, post, first, last, today)
    room = room_of(post, day)
    context: dict[str, Any] = {
        "post": post, "mine": pk in own_posts(request.user), "view": view, "day": day, "half": half,
        "half_label": Half(half).label, "today": today, "tomorrow": today + DAY, "plans": plans, "room": room,
        "before": day - DAY if day > today else None, "after": day + DAY,
        "week_before": max(monday - 7 * DAY, today) if monday > today else None, "week_after": monday + 7 * DAY,
        "client_uuid": uuid.uuid4(),
    }  # fmt: skip
    if view == "day":
        slot = next(one for one in plans.slots if one.half == half)
        context |= {"slot": slot, "proposed": proposals(request.user, post, slot, room, today)}
    if view == "overdue":
        context["late"] = overdue_of(request.user, post, today)
    return render(request, "visits/half_day.html", context)


def _back(post_id: int, day: dt.date, half: str, view: str = "day", planned_id: int | None = None) -> HttpResponse:
    query = f"?view={view if view in VIEWS else 'day'}&day={day}&half={half}"
    mark = f"#planned-{planned_id}" if planned_id else ""
    return redirect(reverse("visits:half_day_of", args=[post_id]) + query + mark)


@needs(Right.LOG_VISIT)
@require_POST
def half_day_take(request: SignedInRequest, pk: int) -> HttpResponse:
    """排入: all that is proposed, or one."""
    post, form = _post(request, pk, clock.today()), TakeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("It was not understood. Look again."))
        return redirect("visits:half_day_of", pk=pk)
    said = form.cleaned_data
    sent = [request.POST["one"]] if "one" in request.POST else request.POST.getlist("enterprises")
    ids = [number for text in sent if (number := whole_number(text))][:MOST_VISITS]
    seen = {row.pk: row for row in Enterprise.objects.allowing(request.user, Right.LOG_VISIT).filter(pk__in=ids)}
    try:
        outcome = plan_half_day(
            actor=request.user, post=post, enterprises=[seen[one] for one in ids if one in seen], day=said["day"],
            half=said["half"], client_uuid=said["client_uuid"],
        )  # fmt: skip
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if outcome.done:
            messages.success(request, _("%(n)d enterprises are on the plan.") % {"n": outcome.done})
        for refusal in outcome.refused:
            messages.warning(request, f"{refusal.label}：{refusal.reason}")
    return _back(post.pk, said["day"], said["half"], said["view"])


def _planned(request: SignedInRequest, pk: int) -> PlannedVisit:
    rows = PlannedVisit.objects.visible_to(request.user).select_related("enterprise", "post")
    return get_object_or_404(rows, pk=pk)


@needs(Right.LOG_VISIT)
@require_POST
def planned_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """To another place, half-day or day."""
    row, form = _planned(request, pk), MoveForm(request.POST)
    view = request.POST.get("view", "day")
    if form.is_valid():
        try:
            row = replan_visit(actor=request.user, planned=row, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    else:
        messages.error(request, _("It was not understood. Look again."))
    return _to_page(request, row, view)


@needs(Right.LOG_VISIT)
@require_POST
def planned_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Off the plan."""
    row, form = _planned(request, pk), MoveForm(request.POST)
    if form.is_valid():
        try:
            drop_planned_visit(actor=request.user, planned=row, version=form.cleaned_data["version"])
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("%(firm)s is off the plan.") % {"firm": row.enterprise.name})
    else:
        messages.error(request, _("It was not understood. Look again."))
    return _to_page(request, row, request.POST.get("view", "day"))


def _to_page(request: SignedInRequest, row: PlannedVisit, view: str) -> HttpResponse:
    """Back to the half-days of the post if the user may look at them; who changed a colleague's plan may not."""
    if not posts_with_half_days(request.user, clock.today()).filter(pk=row.post_id).exists():
        return redirect("visits:due")
    return _back(row.post_id, row.day, row.half, view, row.pk)
