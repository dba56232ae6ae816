"""Practice cases on their way from draft to adopted; which enterprises, parks and chains show others."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from crm.access.roles import Role
from crm.core import clock
from crm.programs.models import AreaTitle, PracticeCase
from crm.programs.selectors import showing
from crm.programs.services import adopt_case, give_area_title, give_title, report_case, write_case
from enterprises.models import Enterprise
from stations.models import TradeUnion
from tests import build
from tests.programs.conftest import Reform


def write(reform: Reform, who: str = "officer", **given: Any) -> PracticeCase:
    said = {"station": reform.world.station, "client_uuid": uuid.uuid4(), "title": "老带新结对", "text": "按周评比。"}
    return write_case(actor=reform.people[who], **(said | given))


def test_a_case_goes_from_draft_to_adopted(reform: Reform) -> None:
    row = write(reform, enterprise=reform.enterprise, node=reform.world.nodes[0])
    assert (row.state, row.post) == ("draft", reform.world.posts["officer0"])
    row = report_case(actor=reform.people["officer"], case=row, version=1)
    row = adopt_case(actor=reform.people["staff"], case=row, union=reform.world.district, version=2)
    assert (row.state, row.version, row.adopted_by, row.adopted_on) == (
        "adopted",
        3,
        reform.world.district,
        clock.today(),
    )


def test_it_is_written_once_per_number(reform: Reform) -> None:
    number = uuid.uuid4()
    row = write(reform, client_uuid=number)
    assert write(reform, client_uuid=number) == row
    for who, given in (("officer", {"title": "别的"}), ("colleague", {})):
        with pytest.raises(ValidationError) as failed:
            write(reform, who, client_uuid=number, **given)
        assert failed.value.error_dict["client_uuid"][0].code == "conflict"


def test_steps_are_taken_in_order_and_once(reform: Reform) -> None:
    row, staff, officer = write(reform), reform.people["staff"], reform.people["officer"]
    with pytest.raises(ValidationError) as failed:
        adopt_case(actor=staff, case=row, union=reform.world.district, version=1)
    assert list(failed.value.message_dict) == ["state"]
    report_case(actor=officer, case=row, version=1)
    for version, field in ((1, "version"), (2, "state")):
        with pytest.raises(ValidationError) as failed:
            report_case(actor=officer, case=row, version=version)
        assert list(failed.value.message_dict) == [field]
    with pytest.raises(ValidationError) as failed:
        adopt_case(actor=staff, case=row, union=build.union(parent=reform.world.district), version=2)
    assert list(failed.value.message_dict) == ["union"]
    for who, union in (
        ("chief", reform.world.district),
        ("staff", TradeUnion.objects.get_parent(reform.world.district)),
    ):
        with pytest.raises(PermissionDenied):
            adopt_case(actor=reform.people[who], case=row, union=union, version=2)


def test_what_is_adopted_is_read_by_all_below_the_union(reform: Reform) -> None:
    row = write(reform)
    neighbour, _post = build.holder(Role.CHIEF, build.station(reform.world.district))

    def readers() -> set[str]:
        people = reform.people | {"neighbour": neighbour}
        return {who for who, user in people.items() if PracticeCase.objects.visible_to(user).filter(pk=row.pk).exists()}

    assert readers() == {"officer", "chief", "leader", "staff", "consumer"}
    report_case(actor=reform.people["officer"], case=row, version=1)
    adopt_case(actor=reform.people["leader"], case=row, union=reform.world.district, version=2)
    assert readers() == {"officer", "colleague", "liaison", "chief", "leader", "staff", "consumer", "neighbour"}


def test_what_no_case_can_be(reform: Reform) -> None:
    with pytest.raises(ValidationError) as failed:
        write(reform, title=" ")
    assert list(failed.value.message_dict) == ["title"]
    with pytest.raises(PermissionDenied):
        write(reform, enterprise=build.enterprise(at=reform.world.other))
    for who in ("leader", "staff", "administrator", "foreign_chief"):
        with pytest.raises(PermissionDenied):
            write(reform, who)
    with pytest.raises(IntegrityError), transaction.atomic():
        PracticeCase.objects.filter(pk=write(reform).pk).update(state="adopted")


def test_parks_and_chains_count_the_enterprises_that_show(reform: Reform) -> None:
    world, staff = reform.world, reform.people["staff"]
    park = world.station.home_park
    Enterprise.objects.filter(pk__in=[row.pk for row in world.enterprises[:4]]).update(park=park)
    kinds = ("demonstration", "site", "project", "pilot")
    for row, kind in zip((*world.enterprises[:2], *world.enterprises[4:6]), kinds, strict=True):
        give_title(actor=staff, enterprise=row, kind=kind, level="district", number="号", start=clock.today())
    past = {"kind": "demonstration", "level": "city", "number": "号"}
    give_title(actor=staff, enterprise=world.enterprises[2], start=build.days_ago(9), end=clock.today(), **past)
    title = give_area_title(actor=staff, park=park, level="district", number="呈工发〔2026〕7号", start=clock.today())
    for who, in_park, in_chain in (
        ("chief", (2, 4), (3, 6)),
        ("officer", (2, 4), (2, 4)),
        ("colleague", (0, 0), (1, 2)),
    ):
        parks, chains = showing(reform.people[who], clock.today())
        mine = next(area for area in parks if area.row == park)
        assert ((mine.n, mine.d), mine.titles) == (in_park, [title]), who
        assert [(area.n, area.d, area.titles) for area in chains] == [(*in_chain, [])], who


def test_a_title_of_an_area_is_of_one_and_named_by_a_document(reform: Reform) -> None:
    staff, park, chain = reform.people["staff"], reform.world.station.home_park, reform.world.chain
    given: dict[str, Any] = {"level": "district", "number": "号", "start": clock.today()}
    for change, field in (
        ({}, "park"),
        ({"park": park, "chain": chain}, "park"),
        ({"park": park, "number": " "}, "number"),
    ):
        with pytest.raises(ValidationError) as failed:
            give_area_title(actor=staff, **(given | change))
        assert list(failed.value.message_dict) == [field]
    title = give_area_title(actor=staff, chain=chain, **given)
    with translation.override("zh-hans"):
        assert str(title) == "区级示范带"
    with pytest.raises(ValidationError) as failed:
        give_area_title(actor=staff, chain=chain, **given)
    assert list(failed.value.message_dict) == ["start"]
    with pytest.raises(PermissionDenied):
        give_area_title(actor=reform.people["chief"], park=park, **given)
    with pytest.raises(PermissionDenied):
        give_area_title(actor=staff, park=reform.world.other.home_park, **given)
    assert AreaTitle.objects.count() == 1
