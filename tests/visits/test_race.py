"""Sixty-four processes at a barrier log the same obligation, by the page and by the API: it is credited once.

Whoever sees the contact that was first is told of it; a colleague from another grid, who does not, is not.
"""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry
from crm.visits.models import Obligation, PlanMark, Visit
from crm.visits.services import plan_marked, plan_obligations
from enterprises.enums import Tier
from enterprises.models import Enterprise
from tests import build
from tests.api.client import Api
from tests.processes import forked

pytestmark = pytest.mark.django_db(transaction=True)
RACERS, REPEATS = 64, 16
Answer = dict[str, Any]
TOLD = "contact of"


class Race:
    """One contact is owed this month; chief and officer log it, and one in four who is blind to the others."""

    def __init__(self) -> None:
        here = build.station()
        build.regime(here.union)
        chief, (officer, post) = build.holder(Role.CHIEF, here)[0], build.holder(Role.GRID_OFFICER, here)
        self.blind = set(range(3, RACERS, 4))
        self.people = [(chief, officer, chief, officer)[place % 4] for place in range(RACERS)]
        for place in self.blind:
            self.people[place] = build.holder(Role.GRID_OFFICER, here)[0]
        self.row, self.other = (build.enterprise(at=here, tier=Tier.LEAD) for _ in range(2))
        build.responsible(self.row, post)
        plan_obligations(actor=None, station=here)
        for racer in (self.by_page(self.people[0]), self.by_api(self.people[0])):  # the parent is warm
            assert "error" not in racer(self.other)

    def by_page(self, who: User, number: uuid.UUID | None = None) -> Callable[..., Answer]:
        client = Client(headers={"Accept": "application/json", "Accept-Language": "en"}, raise_request_exception=True)
        client.force_login(who)
        sent = self.said(number) | {"has_issue": "no"}

        def log(row: Enterprise) -> Answer:
            response = client.post(f"/enterprises/{row.pk}/visit/", sent)
            return {
                "status": response.status_code,
                "visit": Visit._base_manager.get(client_uuid=sent["client_uuid"]).pk,
                "words": " ".join(str(one) for one in get_messages(response.wsgi_request)),
            }

        return log

    def by_api(self, who: User, number: uuid.UUID | None = None) -> Callable[..., Answer]:
        api, sent = Api(who), self.said(number)

        def log(row: Enterprise) -> Answer:
            response = api.post("visits/", sent | {"enterprise": row.pk})
            body = response.json()
            return {"status": response.status_code, "visit": body.get("id"), "met_before": body.get("met_before")}

        return log

    def said(self, number: uuid.UUID | None) -> dict[str, Any]:
        return {"client_uuid": number or uuid.uuid4(), "visited_on": clock.today(), "outcome": "met"}

    def run(self, racers: list[Callable[..., Answer]], *more: Callable[[], Any]) -> list[Answer]:
        calls = [lambda racer=racer: racer(self.row) for racer in racers]
        answers = forked([*calls, *more])
        assert not [one["error"] for one in answers if one and "error" in one]
        return answers[: len(racers)]


def test_one_is_credited_and_the_others_are_told() -> None:
    race = Race()
    ways = (race.by_page, race.by_api)
    racers = [ways[place // 4 % 2](who) for place, who in enumerate(race.people)]
    PlanMark.objects.update(next_on=clock.today())  # and the night's planner is at work as well
    answers = race.run(racers, lambda: plan_marked().created)

    assert {one["status"] for one in answers} == {201}
    visits = {one["visit"] for one in answers}
    assert len(visits) == RACERS == Visit._base_manager.filter(enterprise=race.row).count()
    assert JournalEntry.objects.filter(verb="log_visit", enterprise_id=race.row.pk).count() == RACERS
    (credited,) = Obligation._base_manager.filter(enterprise=race.row).exclude(met_by=None)
    assert credited.met_by_id in visits
    for place, one in enumerate(answers):
        told = one["visit"] != credited.met_by_id and place not in race.blind
        if "words" in one:
            assert (TOLD in one["words"]) is told, one
        else:
            assert one["met_before"] == (credited.met_by_id if told else None), one


def test_one_visit_sent_many_times_at_once_is_there_once() -> None:
    """A bad line, a double tap, a queue that is emptied: the same number and content by page and API."""
    race, number = Race(), uuid.uuid4()
    ways = (race.by_page, race.by_api)
    answers = race.run([ways[place % 2](race.people[1], number) for place in range(REPEATS)])
    (visit,) = Visit._base_manager.filter(enterprise=race.row)
    assert {(one["status"], one["visit"]) for one in answers} == {(201, visit.pk)}
    assert not any(one.get("met_before") or TOLD in one.get("words", "") for one in answers)
    assert sum("Sent before" in one.get("words", "") for one in answers) >= REPEATS // 2 - 1
    assert Obligation._base_manager.filter(enterprise=race.row).exclude(met_by=None).get().met_by_id == visit.pk
