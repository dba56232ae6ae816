"""The chief's home page counts what the chief may see, never more."""

from dataclasses import replace

import pytest
from django.db.models import Model
from django.utils import translation

from crm.core import clock
from crm.visits.models import SubmissionConflict, VisitConfirmation
from crm.workflows.home import home_of
from enterprises.models import Candidate
from grids.models import ResponsibleList
from grids.services import draft_list
from tests import build

COUNTED = (SubmissionConflict, VisitConfirmation, Candidate, ResponsibleList)


@pytest.fixture
def world(db: None) -> build.World:
    """One of each waits for the chief."""
    made = build.world()
    visit = build.visit(made.enterprises[0], made.posts["officer0"], clock.today())
    build.conflict(visit, made.officers[0])
    build.link(visit, made.officers[0], answer="differs", text="那天没有人来")
    Candidate.objects.create(enterprise=build.enterprise(), station=made.station, source="import")
    draft_list(actor=made.chief, station=made.station)
    return made


def steps(world: build.World) -> set[str]:
    with translation.override("zh-hans"):
        return {step.why for step in home_of(world.chief, clock.today()).steps}


@pytest.mark.parametrize("model", COUNTED)
def test_what_waits_is_counted_through_its_scope(
    world: build.World, monkeypatch: pytest.MonkeyPatch, model: type[Model]
) -> None:
    before = steps(world)
    shut = replace(model.scope, stations=(), enterprise="", posts=(), others=())  # type: ignore[attr-defined]
    monkeypatch.setattr(model, "scope", shut)
    assert len(before - steps(world)) == 1
