"""The order of the building, in one transaction, and what it took."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from django.db import connection, transaction
from django.db.models import DateField, ExpressionWrapper, F, IntegerField, Value
from django.db.models.functions import Cast, Mod

from crm.core import clock, journal
from crm.issues.models import Issue, IssueEvent
from crm.visits.models import Obligation, PlanMark, Regime, Visit
from crm.visits.regimes import first_regime
from crm.workflows.generate.copying import Table, without_indexes
from crm.workflows.generate.days import Days
from crm.workflows.generate.owed import Owed
from crm.workflows.generate.people import People
from crm.workflows.generate.places import MARK, settle
from crm.workflows.generate.records import Records
from crm.workflows.generate.shape import shape
from crm.workflows.generate.trade import Trade
from enterprises.models import ChainMembership, Enterprise, EnterpriseContact, EnterpriseFact, RegisterEntry
from grids.models import Responsibility
from stations.grants import project_people
from stations.models import Appointment, TradeUnion

LEAST, MOST = 100, 9_999_999  # below, no district has a station with two officers; numbers have seven digits
MARKS_SPREAD = 90  # days over which the next planning of all enterprises is spread
AT_ONCE = 2000  # people whose grants are projected together
# appointments are not many, but one of their keys cannot wait for the post's row
LARGE = (
    Enterprise, EnterpriseFact, RegisterEntry, EnterpriseContact, ChainMembership, Responsibility, Visit, Obligation,
    Issue, IssueEvent, Appointment,
)  # fmt: skip


class Refused(Exception):
    """Nothing was written; the message says why."""


@dataclass
class Report:
    """{table: (rows, seconds of writing, seconds of its indexes and keys)} and {step: seconds}."""

    tables: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.steps[name] = time.perf_counter() - start


@transaction.atomic
def generate(enterprises: int, visits_per_enterprise: float, seed: int) -> Report:
    """Fill a database without enterprises with sample data as of today; all or nothing.

    Raises Refused when there are enterprises or the number of enterprises is out of reach.
    """
    if not LEAST <= enterprises <= MOST:
        raise Refused(f"between {LEAST} and {MOST} enterprises can be generated")
    if Enterprise._base_manager.exists():
        raise Refused("there are enterprises in this database; sample data are generated into an empty one only")
    report = Report()
    written: list[Table] = []

    def rng(step: str) -> Random:
        return Random(f"{seed} {step}")  # noqa: S311  (sample data, not secrets)

    days, plan = Days(clock.today()), shape(enterprises)
    large = [model._meta.db_table for model in LARGE]
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # what the caller's transaction still owes, before tables change
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        with without_indexes(cursor, large) as making:
            with report.step("places and people"):
                places, tables = settle(cursor, plan, days, rng("places"))
                people = People(cursor, days, rng("people"))
                people.fill(places, plan.stations)
                written += _closed([*tables, *people.tables()])
                regime = _regime(places.country, days)
            with report.step("enterprises"):
                trade = Trade(cursor, days, people, places, rng("trade"))
                firms = trade.fill()
                written += _closed(trade.tables())
            with report.step("visits and issues"):
                owed = Owed(regime, days, firms)
                records = Records(cursor, days, places, people, firms, owed, rng("records"))
                records.tell(round(enterprises * visits_per_enterprise))
                written += _closed(records.tables())
            with report.step("obligations"):
                written.append(owed.write(cursor, [station.id for station in places.stations]))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            begun = time.perf_counter()
        report.steps["indexes and keys"] = time.perf_counter() - begun
    with report.step("marks"):  # what was written is planned; the tick of each day has its share
        turn = Cast(Mod(F("enterprise_id"), MARKS_SPREAD), IntegerField())
        tomorrow = Value(clock.today() + dt.timedelta(days=1))
        PlanMark.objects.update(next_on=ExpressionWrapper(tomorrow + turn, output_field=DateField()))
    with report.step("grants"):
        everybody = list(people.names)
        for first in range(0, len(everybody), AT_ONCE):
            project_people(everybody[first : first + AT_ONCE], clock.today())
    journal.record(
        actor=None,
        verb="generate",
        obj=regime,
        changes={"enterprises": [None, enterprises], "seed": [None, seed], "visits": [None, records.visits.rows]},
    )
    report.tables = {table.name: (table.rows, table.seconds, making.get(table.name, 0.0)) for table in written}
    return report


def _closed(tables: list[Table]) -> list[Table]:
    for table in tables:
        table.close()
    return tables


def _regime(union: int, days: Days) -> Regime:
    """The usual contact rules for the whole country."""
    regime = first_regime(TradeUnion.objects.get(pk=union), f"企业定期联系制度（{MARK}）", days.start)
    regime.is_sample = True
    regime.save(update_fields=["is_sample"])
    return regime
