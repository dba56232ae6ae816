"""What the demo must show, whatever day it is: each line is a sentence that holds or does not."""

import datetime as dt

from django.db.models import Count

from crm.accounts.models import User
from crm.coverage.cuts import Cut
from crm.coverage.periods import quarter_of
from crm.coverage.selectors import chain_coverage
from crm.issues.models import Issue
from crm.visits.models import Obligation, Visit
from crm.workflows.demo import tables
from enterprises.models import Chain, ChainLeader, ChainMembership, Enterprise
from grids.models import Recusal, Responsibility, ResponsibleList
from stations.models import Appointment, StatedFigure, Station
from stations.selectors import seats


def picture(day: dt.date) -> dict[str, bool]:
    """{sentence: whether it holds on the day} of the demo in the database."""
    station = Station.objects.get(paper_code=tables.STATION["paper_code"])
    reader = User.objects.get(username="ganshi")
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
        "a visit was recorded late": Visit.objects.filter(late_record=True).exists(),
        "an issue was settled on the spot": Issue.objects.filter(state="on_the_spot").exists(),
        "officers keep away, an enterprise wishes for another": set(
            Recusal.objects.on(day).values_list("kind", flat=True)
        )
        == {"own_unit", "wish"},
        "an issue is kept from grid officers": Issue.objects.filter(withheld=True).exists(),
        "something is overdue": Obligation.objects.overdue(day).exists(),
        "one chain is covered well, one badly": (well.total["visit"].value or 0)
        >= 70
        > 45
        >= (badly.total["visit"].value or 0),
        "a list is released, one awaits approval": set(ResponsibleList.objects.values_list("state", flat=True))
        == {"released", "submitted"},
        "nothing lies in the future": not Visit.objects.filter(visited_on__gt=day).exists(),
    }
