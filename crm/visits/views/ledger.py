"""走访台账: the ledger of visits, and one visit."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.access.declared import needs
from crm.access.roles import STATION_ROLES, Right
from crm.access.scope import holds
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import search_text, sent_day, whole_number
from crm.core.querysets import count_of, having
from crm.core.sheets import Paper, xlsx_response
from crm.core.templatetags.ui import day_paper
from crm.issues.models import Issue
from crm.visits.enums import EFFECTIVE, Mode, Outcome
from crm.visits.forms import ConfirmForm
from crm.visits.models import ContactEvent, Visit, VisitPhoto
from crm.visits.photos import MOST_PHOTOS
from crm.visits.selectors import FLAGS, as_told, flag_rules, flagged, flags_of, in_words, waiting_conflicts
from crm.visits.services import may_add, may_ask, may_confirm
from crm.workflows.ledger import LedgerLine, ledger_lines
from crm.workflows.visit_report import came_with, issues_of
from enterprises.models import Enterprise
from stations.models import Post, Station

PAGE = 50
MOST, MOST_PRINTED = 20000, 1000  # lines
STATIONS = 300  # to choose from


@dataclass
class Chosen:
    """The ledger's filters, all of them in the URL; one that names nothing that the reader sees finds nothing."""

    request: SignedInRequest
    faults: dict[str, list[str]] = field(default_factory=dict)  # a day's name → what is wrong with it

    @cached_property
    def stations(self) -> list[Station]:
        return list(Station.objects.visible_to(self.request.user).order_by("name", "pk")[:STATIONS])

    @cached_property
    def station(self) -> Station | None:
        """The station chosen, or the only one."""
        named = self.request.GET.get("station", "")
        if named:
            return Station.objects.visible_to(self.request.user).filter(pk=whole_number(named) or 0).first()
        return self.stations[0] if len(self.stations) == 1 else None

    @cached_property
    def posts(self) -> list[Post]:
        """Posts of the station, to choose from."""
        if self.station is None:
            return []
        rows = Post.objects.visible_to(self.request.user).filter(station=self.station, role__in=STATION_ROLES)
        return list(rows.order_by("pk"))

    @cached_property
    def post(self) -> Post | None:
        """The visitor's post chosen."""
        named = self.request.GET.get("post", "")
        return Post.objects.visible_to(self.request.user).filter(pk=whole_number(named) or 0).first() if named else None

    def day(self, name: str) -> dt.date | None:
        try:
            return sent_day(self.request.GET.get(name, ""), name)
        except ValidationError as error:
            self.faults |= error.message_dict
            return None

    @cached_property
    def since(self) -> dt.date | None:
        return self.day("since")

    @cached_property
    def until(self) -> dt.date | None:
        """The last day."""
        return self.day("until")

    def rows(self) -> QuerySet[Any]:
        """The visits, newest first."""
        given, user = self.request.GET, self.request.user
        rows = Visit.objects.visible_to(user)
        text = search_text(self.request)
        if text:
            rows = rows.filter(enterprise__in=Enterprise.objects.visible_to(user).found_by(text).values("pk"))
        for name, choices in (("outcome", Outcome), ("mode", Mode)):
            rows = having(rows, name, given.get(name, ""), choices)
        flag = given.get("flag", "")
        if flag == "proxy":
            rows = rows.filter(proxy=True)
        elif flag:
            known = flag in {one.code for one in FLAGS}
            rows = flagged(user, rows, flag, flag_rules(clock.today())) if known else rows.none()
        if self.since is not None:
            rows = rows.filter(visited_on__gte=self.since)
        if self.until is not None:
            rows = rows.filter(visited_on__lte=self.until)
        if self.faults:  # a day that was mistyped is no wish for all of them
            rows = rows.none()
        if given.get("station"):
            rows = rows.filter(station=self.station) if self.station is not None else rows.none()
        if given.get("post"):
            rows = rows.filter(post=self.post) if self.post is not None else rows.none()
        related = ("enterprise", "visitor", "post", "credited_post")
        return rows.select_related(*related).order_by("-visited_on", "-pk")

    def span(self, lines: list[LedgerLine]) -> tuple[dt.date | None, dt.date | None]:
        """起止: as chosen, else the first and the last day of the lines."""
        days = [line.visited_on for line in lines]
        return self.since or min(days, default=None), self.until or max(days, default=None)


@needs(Right.VIEW_VISITS)
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """走访台账."""
    chosen = Chosen(request)
    given = flag_rules(clock.today())
    issues = Issue.objects.visible_to(request.user).filter(visit=OuterRef("pk"))
    page = Paginator(chosen.rows().annotate(issue_count=count_of(issues)), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    noted = flags_of(request.user, rows, given)
    for row in rows:
        row.noted = noted[row.pk]
    return render(
        request,
        "visits/list.html",
        {
            "page": page,
            "rows": as_told(request.user, rows),
            "chosen": chosen,
            "may_due": holds(request.user, Right.VIEW_STATION),
            "outcomes": Outcome.choices,
            "modes": Mode.choices,
            "sent_twice": waiting_conflicts(request.user),
            "flags": (("proxy", _("Proxy visits")), *((flag.code, flag.word) for flag in FLAGS)),
        },
    )


@needs(Right.VIEW_VISITS)
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """走访台账 as xlsx: the columns of the paper."""
    chosen = Chosen(request)
    found = ledger_lines(request.user, chosen.rows()[:MOST])
    head = [_("No."), _("date"), _("time"), _("Enterprise"), _("Form of visit"), _("outcome"), _("Visitor"), _("Met, position"),
            _("Topics"), _("notes"), _("Issues raised"), _("Answered on the spot"), _("Number handed on"), _("next contact"),
            _("Note")]  # fmt: skip
    lines = (
        [
            line.position, line.visited_on, f"{line.started_at:%H:%M}" if line.started_at else "", line.enterprise.name,
            line.mode, line.outcome, line.visitor, line.met, line.topics, line.notes, line.raised, line.answered, line.numbers,
            line.next_contact_on, line.remark,
        ]
        for line in found
    )  # fmt: skip
    return xlsx_response(_("Visits"), head, lines, f"visits-{clock.today()}.xlsx", _heading(chosen, found))


def _heading(chosen: Chosen, lines: list[LedgerLine]) -> Paper:
    start, end = chosen.span(lines)
    return Paper(
        left=f"单位：{chosen.station.name if chosen.station else ''}",
        title=f"走访台账（{day_paper(start)}—{day_paper(end)}）",
        right=f"数据截止：{clock.now().astimezone(clock.ZONE):%Y-%m-%d %H:%M}",
        foot="制表：　　　　　　审核：",
    )


@needs(Right.VIEW_VISITS)
@require_GET
def paper(request: SignedInRequest) -> HttpResponse:
    """走访台账 as the paper that is printed and signed."""
    chosen = Chosen(request)
    rows = list(chosen.rows()[: MOST_PRINTED + 1])
    lines = ledger_lines(request.user, rows[:MOST_PRINTED])
    start, end = chosen.span(lines)
    return render(
        request,
        "visits/paper.html",
        {
            "lines": lines,
            "chosen": chosen,
            "start": start,
            "end": end,
            "now": clock.now(),
            "more": len(rows) > MOST_PRINTED,
            "most": MOST_PRINTED,
            "sample": any(line.enterprise.is_sample for line in lines),
        },
    )


@needs(Right.VIEW_VISITS)
@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One visit: what was said, what it met, what it opened."""
    return visit_page(request, pk)


def visit_page(request: SignedInRequest, pk: int, form: ConfirmForm | None = None) -> HttpResponse:
    """The page of a visit; with the answer that could not be taken."""
    rows = Visit.objects.visible_to(request.user).select_related(
        "enterprise", "visitor", "post", "credited_post", "station", "submission", "confirmation"
    )
    (row,) = as_told(request.user, [get_object_or_404(rows, pk=pk)])
    met = list(row.meets.visible_to(request.user).select_related("rule").order_by("closes"))
    issues, closed = issues_of(request.user, row)
    events = ContactEvent.objects.visible_to(request.user)
    event = events.filter(pk=row.event_id).first() if row.event_id else None
    found = list(VisitPhoto.objects.visible_to(request.user).filter(visit=row).order_by("pk"))
    return render(
        request,
        "visits/detail.html",
        {
            "row": row,
            "met": met,
            "issues": issues,
            "closed": closed,
            "besides": came_with(request.user, row),
            "words": _words(row),
            "event": event,
            "photos": found,
            "confirmation": getattr(row, "confirmation", None),
            "may_ask": row.outcome in EFFECTIVE and may_ask(request.user, row),
            "may_confirm": may_confirm(request.user, row),
            "form": form or ConfirmForm(),
            "noted": flags_of(request.user, [row], flag_rules(clock.today()))[row.pk],
            "may_add": may_add(request.user, row) and len(found) < MOST_PHOTOS,
            "new_uuid": uuid.uuid4(),
        },
        status=422 if form else 200,
    )


def _words(row: Visit) -> list[tuple[str, str]]:
    """(question, answer in words) of what was ticked."""
    names = [name for name in ("met", "levels", "service_kinds", "topics") if getattr(row, name)]
    return [(str(row._meta.get_field(name).verbose_name), in_words(row, name)) for name in names]  # type: ignore[union-attr]
