"""The pages of notices: the list, one of them, how one wants to be told, one's calendar, a station's robot."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from crm.access.declared import PUBLIC, needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import add_errors
from crm.notices.agenda import agenda
from crm.notices.channels import mail_is_set_up, robots_are_installed
from crm.notices.content import topics_of
from crm.notices.digests import preference_of
from crm.notices.enums import Topic
from crm.notices.forms import PreferenceForm, RobotForm
from crm.notices.models import Notice
from crm.notices.selectors import feed_of, inbox, last_by_robot, lines, other_ways, reader_of, robot_of
from crm.notices.services import close_feed, open_feed, read_notices, remove_robot, save_preference, set_robot
from crm.notices.telling import told
from stations.models import Station

PAGE = 30


@needs(Right.VIEW_STATION)
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """What one was told, newest first."""
    page = Paginator(inbox(request.user), PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/list.html", {"page": page, "lines": lines(list(page.object_list))})


@needs(Right.VIEW_STATION)
@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One notice, with what its reader may see today."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    parts = told(request.user, notice.content, notice.day)
    ways = other_ways(request.user, notice)
    return render(request, "notices/detail.html", {"notice": notice, "parts": parts, "ways": ways})


@needs(Right.VIEW_STATION)
@require_POST
def read(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one read."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    read_notices(actor=request.user, notice=notice)
    return redirect("notices:list")


@needs(Right.VIEW_STATION)
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark all read."""
    read_notices(actor=request.user)
    return redirect("notices:list")


@needs(Right.VIEW_STATION)
@require_http_methods(["GET", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    """How one wants to be told."""
    topics = topics_of(request.user)
    sent = request.POST if request.method == "POST" and topics else None
    form = PreferenceForm(sent, topics=topics, preference=preference_of(request.user))
    if form.is_valid():
        try:
            save_preference(actor=request.user, **form.wishes())
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("notices:settings")
    told_of = {
        "form": form, "topics": topics, "mail": mail_is_set_up(), "feed": feed_of(request.user),
        "may_feed": Topic.CONTACTS in topics, "stations": Station.objects.allowing(request.user, Right.PLAN).order_by("pk"),
    }  # fmt: skip
    return render(request, "notices/settings.html", told_of, status=422 if form.is_bound else 200)


@needs(Right.VIEW_STATION)
@require_POST
def feed(request: SignedInRequest) -> HttpResponse:
    """Open one's calendar anew, or close it; a new address is shown once, on the answer itself."""
    if "close" in request.POST:
        close_feed(actor=request.user)
        messages.success(request, _("Closed; the address is void."))
        return redirect("notices:settings")
    address = request.build_absolute_uri(reverse("notices:calendar", args=[open_feed(actor=request.user)]))
    answer = render(request, "notices/feed.html", {"address": address})
    answer["Cache-Control"] = "no-store"
    return answer


@needs(PUBLIC)
@require_safe
def calendar(request: HttpRequest, shown: str) -> HttpResponse:
    """The calendar at a secret address, with the rights that its person has today."""
    user = reader_of(shown)
    if user is None:
        raise Http404
    answer = HttpResponse(agenda(user, clock.today()), content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


@needs(Right.PLAN)
@require_http_methods(["GET", "POST"])
def robot(request: SignedInRequest, pk: int) -> HttpResponse:
    """The robot of a station's group."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.PLAN), pk=pk)
    form = RobotForm(request.POST if request.method == "POST" and "remove" not in request.POST else None)
    if request.method == "POST" and not form.is_bound:
        remove_robot(actor=request.user, station=station)
        messages.success(request, _("Removed; the address is forgotten."))
        return redirect("notices:robot", pk=pk)
    if form.is_valid():
        try:
            set_robot(actor=request.user, station=station, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("notices:robot", pk=pk)
    told_of = {
        "station": station, "form": form, "robot": robot_of(station), "last": last_by_robot(station),
        "installed": robots_are_installed(),
    }  # fmt: skip
    return render(request, "notices/robot.html", told_of, status=422 if form.is_bound else 200)
