"""What the demo must show, whatever day it is: each line is a sentence that holds or does not."""

import datetime as dt

from django.db.models import Count

from crm.accounts.models import User
from crm.coverage.cuts import Cut
from crm.coverage.periods import quarter_of
from crm.coverage.selectors import chain_coverage
from crm.issues.models import Issue
from crm.notices.selectors import inbox
from crm.programs.models import Checklist, Delivery, Item, PracticeCase, Title
from crm.visits.models import (
    Commitment,
    ContactEvent,
    ContactPause,
    Exemption,
    Obligation,
    PlannedVisit,
    Regime,
    SubmissionConflict,
    Visit,
    VisitConfirmation,
    VisitPhoto,
)
from crm.workflows.demo import tables
from enterprises.models import Chain, ChainLeader, ChainMembership, Enterprise, EnterpriseSeat
from grids.models import GateCard, Recusal, Responsibility, ResponsibleList
from stations.models import Appointment, StatedFigure, Station
from stations.selectors import seats


def picture(day: dt.date) -> dict[str, bool]:
    """{sentence: whether it holds on the day} of the demo in the database."""
    station = Station.objects.get(paper_code=tables.STATION["paper_code"])
    reader, cadre = User.objects.get(username="ganshi"), User.objects.get(username=tables.CADRE[0])
    flower, digital = Chain.objects.get(code="flower"), Chain.objects.get(code="digital")
    last_quarter = quarter_of(day).before
    well = chain_coverage(Cut(reader, last_quarter, day, chain=flower))
    badly = chain_coverage(Cut(reader, last_quarter, day, chain=digital))
    real = Enterprise.objects.filter(is_sample=False)
    in_two_chains = (
        ChainMembership.objects.on(day)
        .values("enterprise")
        .annotate(chains=Count("chain", distinct=True))
        .filter(chains=2)
    )
    moved = ChainMembership.objects.filter(term__endswith__lte=day, term__endswith__gt=day - dt.timedelta(days=92))
    sitting = seats(station, day)
    workers = StatedFigure.objects.get(station=station, code="industrial_workers")
    lead = ChainLeader.objects.on(day).get(chain=flower).enterprise
    return {
        "one station serves two parks": station.services.on(day).count() == 2 and Station.objects.count() == 1,
        "the industrial workers are 4000余": f"{workers.value}{workers.qualifier}" == "4000余",
        "three kinds of post sit at the station": {s.post.role for s in sitting}
        >= {"chief", "grid_officer", "liaison"},
        "the lead firm has a profile, leads and is answered for": bool(lead.profile)
        and Responsibility.objects.on(day).filter(enterprise=lead).exists(),
        "real firms are on no register and have no figure, contact owed, visit or issue": not (
            real.filter(register_entries__isnull=False).exists()
            or real.filter(facts__isnull=False).exists()
            or real.filter(obligations__isnull=False).exists()
            or real.filter(visits__isnull=False).exists()
            or real.filter(issues__isnull=False).exists()
        ),
        "about 150 sample enterprises are marked": 140
        <= Enterprise.objects.filter(is_sample=True, name__contains="（示例").count()
        == Enterprise.objects.filter(is_sample=True).count()
        <= 160,
        "six months of visits": Visit.objects.filter(visited_on__lt=day - dt.timedelta(days=150)).exists()
        and Visit.objects.filter(visited_on__gt=day - dt.timedelta(days=14)).exists(),
        "an enterprise lies in two chains": in_two_chains.exists(),
        "an enterprise moved in the period": moved.exists(),
        "an officer acts": Appointment.objects.on(day).filter(acting=True).exists(),
        "a post is vacant": any(seat.holder is None and seat.acting is None for seat in sitting),
        "a node is empty": [node.number for node in well.empty_nodes] == [tables.EMPTY_NODE],
        "a contact was cancelled": Obligation.objects.filter(cancel_reason="停产检修").exists(),
        "a chain has busy seasons": flower.seasons.count() == 3,
        "contacts are paused, an exemption waits": ContactPause.objects.on(day).exists()
        and Exemption.objects.filter(approved_on=None).exists(),
        "a regime is in force, the next one drafted": set(Regime.objects.values_list("draft", flat=True))
        == {False, True},
        "a visit was recorded late": Visit.objects.filter(late_record=True).exists(),
        "one event gave twenty firms their contact, another is to come": Visit.objects.filter(
            event__isnull=False
        ).count()
        >= 10
        and ContactEvent.objects.filter(held_on__gt=day).exists(),
        "promises are kept, kept late and open": Commitment.objects.open().exists()
        and Commitment.objects.filter(state="kept").exists(),
        "visits are planned, were kept, and one day has passed": all(
            PlannedVisit.objects.filter(**which).exists()
            for which in (
                {"state": "planned", "day__gte": day},
                {"state": "planned", "day__lt": day},
                {"state": "kept"},
            )
        ),
        "an issue was settled on the spot": Issue.objects.filter(state="on_the_spot").exists(),
        "officers keep away, an enterprise wishes for another": set(
            Recusal.objects.on(day).values_list("kind", flat=True)
        )
        == {"own_unit", "wish"},
        "an issue is kept from grid officers": Issue.objects.filter(withheld=True).exists(),
        "an enterprise's own union speaks for it, and is not told what was said in confidence": (
            list(EnterpriseSeat.objects.on(day).values_list("enterprise", flat=True))
            == list(Enterprise.objects.visible_to(cadre).values_list("pk", flat=True))
            and Issue.objects.visible_to(cadre).exists()
            and not Issue.objects.visible_to(cadre).filter(withheld=True).exists()
            and Issue.objects.filter(withheld=True, enterprise__in=Enterprise.objects.visible_to(cadre)).exists()
        ),
        "cards at the gates of a grid have codes": GateCard.objects.filter(station=station, revoked_at=None).exists(),
        "enterprises have confirmed visits, one was corrected": set(
            VisitConfirmation.objects.values_list("answer", flat=True)
        )
        == {"true", "differs"},
        "a report that was sent twice waits": SubmissionConflict.objects.filter(decision="").count() == 1,
        "a visit has a photo": VisitPhoto.objects.count() == 1,
        "items of the reform stand in every state": {
            str(item.state_on(day)) for item in Item.objects.filter(enterprise__is_sample=True)
        }
        >= {"in_progress", "done", "verified", "confirmed", "returned", "not_applicable", "renew"},
        "the district revised its checklist": Checklist.objects.count() == 2,
        "a firm shows others, by a document": Title.objects.on(day).filter(kind="demonstration").exists(),
        "policies were handed over, some acknowledged": {
            row is not None for row in Delivery.objects.values_list("acknowledged_on", flat=True)
        }
        == {True, False},
        "practice cases stand in every state": set(PracticeCase.objects.values_list("state", flat=True))
        == {"draft", "reported", "adopted"},
        "something is overdue": Obligation.objects.overdue(day).exists(),
        "one chain is covered well, one badly": (well.total["visit"].value or 0)
        >= 70
        > 45
        >= (badly.total["visit"].value or 0),
        "a list is released, one awaits approval": set(ResponsibleList.objects.values_list("state", flat=True))
        == {"released", "submitted"},
        "chief and officer were told what they owe, and have one digest left to read": all(
            inbox(user).filter(read_at=None).count() == 1 < inbox(user).count()
            for user in User.objects.filter(username__in=["zhanzhang", "zhuzhan"])
        ),
        "nothing lies in the future": not Visit.objects.filter(visited_on__gt=day).exists(),
    }
