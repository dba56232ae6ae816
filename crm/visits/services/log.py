"""What was done: a contact, the obligations it meets, once per client UUID."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils.translation import gettext as _

from crm.access.roles import Right, Role
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal, rules
from crm.core.services import cleaned, service
from crm.visits.defaults import LATE_RECORD_DAYS
from crm.visits.enums import EFFECTIVE, MODE_OF_OUTCOME, Mode, Need, Outcome, Purpose
from crm.visits.models import Obligation, Visit
from crm.visits.querysets import LIVE, UNMET, ObligationQuerySet
from crm.visits.services.planned import keep_plans, plan_next
from crm.visits.services.seats import seat, station_on
from enterprises.models import Enterprise
from enterprises.services.reach import locked
from grids.models import Responsibility
from stations.models import Post

LONGEST_AHEAD = dt.timedelta(days=731)
# what a client says of a contact; equal in all of these, a second sending is the same contact
SAID = (
    "enterprise_id", "visited_on", "outcome", "mode", "met", "workers_met", "levels", "service_kinds", "topics",
    "purpose", "notes", "started_at", "next_contact_on",
)  # fmt: skip


@service
def log_visit(
    *,
    actor: User,
    enterprise: Enterprise,
    visited_on: dt.date,
    outcome: str,
    client_uuid: uuid.UUID,
    mode: str = "",
    post: Post | None = None,
    met: Sequence[str] = (),
    workers_met: int | None = None,
    levels: Sequence[str] = (),
    service_kinds: Sequence[str] = (),
    topics: Sequence[str] = (),
    purpose: str = Purpose.REGULAR,
    notes: str = "",
    started_at: dt.time | None = None,
    next_contact_on: dt.date | None = None,
) -> Visit:
    """Write a contact, let it meet what is owed and keep what was planned; `next_contact_on` plans the post's next one. The
    same UUID and content again gives the first visit again.

    It is written in the post that the actor held at the station on the day; `post` says which when there are several,
    and another system must name the post for which it speaks. Whoever sat in another post than the one responsible
    makes a 代访. Days are days in Asia/Shanghai; a visit past midnight belongs to the day it began.

    Raises ValidationError on visited_on (future), enterprise (not on the register that day), post (none held there that
    day), next_contact_on, client_uuid (code "conflict": another content under the same UUID) and on any field whose
    word is unknown; PermissionDenied.
    """
    require(actor, Right.LOG_VISIT, enterprise)
    visit = Visit(
        client_uuid=client_uuid,
        enterprise=enterprise,
        visited_on=visited_on,
        outcome=outcome,
        mode=mode or MODE_OF_OUTCOME.get(outcome, Mode.ONSITE),
        met=list(met),
        workers_met=workers_met,
        levels=list(levels),
        service_kinds=list(service_kinds),
        topics=list(topics),
        purpose=purpose,
        notes=notes.strip(),
        started_at=started_at,
        next_contact_on=next_contact_on,
        recorded_at=clock.now(),
    )
    # orders two sendings of one form: the second waits here and then finds the first
    locked([enterprise.pk])
    before = Visit.objects.filter(client_uuid=client_uuid).first()
    if before is not None:
        return _same(before, visit, actor)

    _check_days(visit)
    visit.station = station_on(enterprise, visited_on)
    visit.post, visit.visitor = seat(actor, visit.station, visited_on, post)
    visit.credited_post_id = (
        Responsibility.objects.filter(enterprise=enterprise, role=Role.GRID_OFFICER, term__contains=visited_on)
        .values_list("post_id", flat=True)
        .first()
    )
    visit.proxy = visit.credited_post_id is not None and visit.credited_post_id != visit.post_id
    late = rules.value(LATE_RECORD_DAYS, visited_on, f"station:{visit.station_id}")
    visit.late_record = (clock.local_date(visit.recorded_at) - visited_on).days > late
    cleaned(visit).save()
    met_needs = needs_met(visit)
    meet([visit], met_needs)
    keep_plans(visit, met_needs)
    plan_next(visit)
    journal.record(
        actor=actor,
        verb="log_visit",
        obj=visit,
        post=visit.post,
        on_behalf_of=visit.visitor if visit.visitor_id != actor.person_id else None,
        station_id=visit.station_id,
        enterprise_id=enterprise.pk,
        changes={"visited_on": [None, str(visited_on)], "outcome": [None, outcome], "proxy": [None, visit.proxy]},
    )
    return visit


def _same(before: Visit, visit: Visit, actor: User) -> Visit:
    """The visit that was written under this UUID, if it says the same and the actor may know of it."""
    known = Visit.objects.visible_to(actor).filter(pk=before.pk).exists()
    if not known or any(getattr(before, name) != getattr(visit, name) for name in SAID):
        words = _("Another visit was sent under this number already. Open the form again.")
        raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
    return before


def _check_days(visit: Visit) -> None:
    if visit.visited_on > clock.today():
        raise ValidationError({"visited_on": [_("The day of the visit lies in the future.")]})
    if visit.next_contact_on is not None and visit.next_contact_on <= visit.visited_on:
        raise ValidationError({"next_contact_on": [_("The next contact must lie after the visit.")]})
    if visit.next_contact_on is not None and visit.next_contact_on > visit.visited_on + LONGEST_AHEAD:
        raise ValidationError({"next_contact_on": [_("The next contact lies more than two years ahead.")]})


def needs_met(visit: Visit) -> list[str]:
    """Which kinds of need a contact meets: any effective contact the looser ones, only 实地走访 with 已走访 the strict."""
    if visit.outcome not in EFFECTIVE:
        return []
    onsite = visit.outcome == Outcome.MET and visit.mode == Mode.ONSITE
    return [Need.PHONE, Need.ANY, *([Need.ONSITE] if onsite else [])]


def meet(visits: Sequence[Visit], needs: Collection[str]) -> None:
    """Let contacts of one day, post and set of levels meet what their enterprises owe of these kinds.

    Per enterprise and rule: the window in which the day lies and that closes first, else the latest one still owed from
    before (decision 7); only where the contact records the levels that the rule asks for. A contact recorded late that
    falls inside the window takes the place of a later one that met it after the window.
    """
    if not visits:
        return
    day, of = visits[0].visited_on, {visit.enterprise_id: visit for visit in visits}
    owed = _fitting(visits, needs).filter(UNMET | Q(met_on__gt=F("closes"), closes__gte=day))
    in_order = sorted(owed.order_by("pk").select_for_update(of=("self",)), key=lambda row: (row.closes, row.due))
    before = [row for row in in_order if row.closes < day]
    within = [row for row in reversed(in_order) if row.closes >= day]
    chosen = {(row.enterprise_id, row.rule_id): row for row in (*before, *within)}  # the last one stays
    for row in chosen.values():
        row.met_by, row.met_on = of[row.enterprise_id], day
    if chosen:
        Obligation.objects.bulk_update(chosen.values(), ["met_by", "met_on"], batch_size=1000)


def met_before(visit: Visit) -> Visit | None:
    """The contact that had met already what this one would have met on its day; None when this one met something itself.

    One obligation is credited once: whoever comes second is on record all the same, and is told.
    """
    if visit.meets.exists():
        return None
    around = _fitting([visit], needs_met(visit)).filter(closes__gte=visit.visited_on).exclude(met_by=None)
    row = around.select_related("met_by__visitor").order_by("closes", "due", "pk").first()
    return None if row is None else row.met_by


def _fitting(visits: Sequence[Visit], needs: Collection[str]) -> ObligationQuerySet:
    """What contacts of one day, post and set of levels could meet, met or not."""
    return Obligation.objects.filter(
        LIVE,
        enterprise__in=[visit.enterprise_id for visit in visits],
        role__in={Role.GRID_OFFICER, visits[0].post.role},  # what other roles owe, they meet themselves
        need__in=needs,
        opens__lte=visits[0].visited_on,
        rule__levels__contained_by=visits[0].levels,
    )
