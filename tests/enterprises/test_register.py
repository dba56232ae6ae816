"""列入名录 and leaving it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.core import clock
from crm.core.dated import term_from
from crm.core.models import JournalEntry
from enterprises.enums import EntryReason, ExitReason, Status
from enterprises.models import Candidate, ChainMembership, Enterprise, EnterpriseFact, RegisterEntry
from enterprises.services import enter_register, leave_register, register_enterprise, set_facts
from tests import build

DAY = dt.timedelta(days=1)
World = build.World
Make = Callable[..., list[Enterprise]]


def enter(world: World, rows: list[Enterprise], **fields: Any) -> Any:
    said = {"actor": world.chief, "station": world.station, "start": clock.today(), "reason": EntryReason.OPERATING}
    return enter_register(enterprises=rows, **{**said, **fields})


def leave(world: World, row: Enterprise, **fields: Any) -> None:
    said = {"actor": world.chief, "on": clock.today(), "reason": ExitReason.MOVED_OUT}
    leave_register(enterprise=row, **{**said, **fields})


def test_candidates_enter_and_are_candidates_no_more(world: World, candidates: Make) -> None:
    rows = candidates(3)
    before = JournalEntry.objects.count()
    start = clock.today() - 30 * DAY
    outcome = enter(world, rows, start=start)
    assert (outcome.done, outcome.unchanged, outcome.refused) == (3, 0, [])
    entries = RegisterEntry.objects.filter(enterprise__in=rows)
    assert {(row.station, row.start, row.end, row.entry_reason) for row in entries} == {
        (world.station, start, None, "operating")
    }
    assert set(Enterprise.objects.filter(pk__in=[r.pk for r in rows]).values_list("station", flat=True)) == {
        world.station.pk
    }
    assert not Candidate.objects.filter(enterprise__in=rows).exists()
    assert JournalEntry.objects.count() == before + 1
    again = enter(world, rows, start=clock.today())
    assert (again.done, again.unchanged, again.refused) == (0, 3, [])
    assert entries.count() == 3


def test_each_that_cannot_enter_is_refused_with_its_reason_and_the_others_enter(world: World, candidates: Make) -> None:
    good, closed = candidates(2)
    set_facts(actor=world.chief, enterprises=[closed], start=clock.today(), status=Status.CLOSED)
    (profile,) = candidates(1, source="profile")
    foreign = build.enterprise(at=world.other)
    Candidate.objects.create(enterprise=foreign, station=world.station, source="import")
    stranger = build.enterprise()
    left = candidates(1)[0]
    RegisterEntry.objects.create(
        enterprise=left, station=world.station, entry_reason="operating", exit_reason="moved_out",
        term=term_from(clock.today() - 20 * DAY, clock.today() - 10 * DAY),
    )  # fmt: skip
    start = clock.today() - 30 * DAY
    EnterpriseFact.objects.filter(enterprise=closed).update(status=Status.CLOSED)
    EnterpriseFact.objects.filter(enterprise=closed, term__contains=clock.today()).delete()
    outcome = enter(world, [good, closed, profile, foreign, stranger, left], start=start)
    assert outcome.done == 1
    words = {row.id: row.reason for row in outcome.refused}
    assert set(words) == {row.pk for row in (closed, profile, foreign, stranger, left)}
    assert "另一服务站" in words[foreign.pk]
    assert "注销" in words[closed.pk]
    assert len(set(words.values())) == 5
    foreign.refresh_from_db()
    assert foreign.station == world.other


def test_facts_known_only_since_the_import_reach_back_to_the_entry(world: World, candidates: Make) -> None:
    row, bare = candidates(2)
    EnterpriseFact.objects.filter(enterprise__in=[row, bare]).delete()
    EnterpriseFact.objects.create(enterprise=row, workers=40, tier="key", term=term_from(clock.today()))
    start = clock.today() - 100 * DAY
    assert enter(world, [row, bare], start=start).done == 2
    (fact,) = EnterpriseFact.objects.filter(enterprise=row)
    assert (fact.start, fact.end, fact.workers, fact.tier) == (start, None, 40, "key")
    assert EnterpriseFact.objects.get(enterprise=bare).start == start


@pytest.mark.parametrize(
    ("field", "fields"),
    [("start", {"start": dt.date(2999, 1, 1)}), ("reason", {"reason": ""}), ("reason", {"reason": "moved_out"})],
)
def test_a_day_to_come_and_an_unknown_reason_are_told(
    world: World, candidates: Make, field: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as told:
        enter(world, candidates(1), **fields)
    assert set(told.value.message_dict) == {field}


@pytest.mark.parametrize("who", ["leader", "staff", "liaison", "consumer", "administrator", "outsider"])
def test_only_the_chief_keeps_the_register(world: World, candidates: Make, who: str) -> None:
    rows = candidates(1)
    with pytest.raises(PermissionDenied):
        enter(world, rows, actor=getattr(world, who))
    with pytest.raises(PermissionDenied):
        leave(world, world.enterprises[0], actor=getattr(world, who))


def test_the_number_of_queries_does_not_follow_the_rows(
    world: World, candidates: Make, queries: Callable[[Any, Callable[[], Any]], int]
) -> None:
    few, many = candidates(2), candidates(300)
    for rows in (few, many):
        EnterpriseFact.objects.filter(enterprise__in=rows).delete()
    assert queries(world.chief, lambda: enter(world, few)) == queries(world.chief, lambda: enter(world, many))
    assert RegisterEntry.objects.filter(enterprise__in=many).count() == 300


def test_who_leaves_ends_its_entry_and_its_nodes_and_may_come_back(world: World) -> None:
    row = world.enterprises[0]
    leave(world, row, on=clock.today() - DAY)
    row.refresh_from_db()
    entry = RegisterEntry.objects.get(enterprise=row)
    assert (entry.end, entry.exit_reason, row.station) == (clock.today() - DAY, "moved_out", None)
    assert ChainMembership.objects.get(enterprise=row).end == clock.today() - DAY
    assert Enterprise.objects.visible_to(world.chief).filter(pk=row.pk).exists()
    with pytest.raises(ValidationError):
        leave(world, row)
    assert enter(world, [row]).done == 1
    assert RegisterEntry.objects.filter(enterprise=row).count() == 2


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("on", {"on": dt.date(2999, 1, 1)}),
        ("reason", {"reason": "operating"}),
        ("enterprise", {"on": dt.date(1999, 1, 1)}),
    ],
)
def test_leaving_names_the_field_that_is_wrong(world: World, field: str, fields: dict[str, Any]) -> None:
    row = world.enterprises[0]
    with pytest.raises(ValidationError) as told:
        leave(world, row, **fields)
    assert set(told.value.message_dict) == {field}
    assert RegisterEntry.objects.get(enterprise=row).end is None


def test_who_is_on_another_register_is_out_of_a_former_candidacys_reach(world: World) -> None:
    """Both stations knew it; since the other entered it, it is the other's alone."""
    row = build.enterprise(at=world.other)
    Candidate.objects.create(enterprise=row, station=world.station, source="import")
    assert not Enterprise.objects.visible_to(world.chief).filter(pk=row.pk).exists()
    outcome = set_facts(actor=world.chief, enterprises=[row], start=clock.today(), workers=5)
    assert (outcome.done, len(outcome.refused)) == (0, 1)


def test_the_chief_of_another_station_can_neither_enter_nor_take_off(world: World) -> None:
    import uuid

    chief, _post = build.holder("chief", at=world.other)
    with pytest.raises(PermissionDenied):
        leave(world, world.enterprises[0], actor=chief)
    with pytest.raises(PermissionDenied):
        register_enterprise(actor=chief, station=world.station, client_uuid=uuid.uuid4(), name="昆明甲有限公司")
