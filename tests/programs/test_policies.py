"""The policy library: who keeps it, who hands over what, once per number, and who has acknowledged it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crm.core import clock
from crm.core.models import JournalEntry
from crm.programs.models import Delivery, Policy
from crm.programs.selectors import counts_of, for_whom, library, policies_for
from crm.programs.services import acknowledge_policy, add_policy, deliver_policy, withdraw_policy
from enterprises.models import Enterprise, RegisterEntry
from stations.models import TradeUnion
from tests import build
from tests.programs.conftest import Reform
from tests.sessions import overtaking


def add(reform: Reform, who: str = "staff", **given: Any) -> Policy:
    said = {
        "union": reform.world.district,
        "client_uuid": uuid.uuid4(),
        "title": "技能提升补贴通知",
        "issuer": "区人社局",
        "issued_on": build.days_ago(60),
        "topic": "skills",
    }
    return add_policy(actor=reform.people[who], **(said | given))


def deliver(reform: Reform, policy: Policy, who: str = "officer", **given: Any) -> Delivery:
    said = {"enterprise": reform.enterprise, "post": None, "on": clock.today(), "client_uuid": uuid.uuid4()}
    return deliver_policy(actor=reform.people[who], policy=policy, **(said | given))


def faults(failed: Any) -> list[str]:
    return sorted(failed.value.message_dict)


def test_a_policy_is_entered_once_per_number(reform: Reform) -> None:
    number = uuid.uuid4()
    row = add(reform, client_uuid=number)
    assert add(reform, client_uuid=number) == row
    with pytest.raises(ValidationError) as failed:
        add(reform, client_uuid=number, title="别的")
    assert failed.value.error_dict["client_uuid"][0].code == "conflict"
    assert JournalEntry.objects.filter(verb="add_policy").count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"issued_on": None}, "issued_on"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"title": " "}, "title"),
        ({"topic": "x"}, "topic"),
    ],
)
def test_what_no_policy_can_be(reform: Reform, given: dict[str, Any], field: str) -> None:
    if field == "issued_on":
        given = {"issued_on": clock.today() + dt.timedelta(days=1)}
    with pytest.raises(ValidationError) as failed:
        add(reform, **given)
    assert faults(failed) == [field]


@pytest.mark.parametrize("who", ["chief", "officer", "liaison", "consumer", "administrator", "foreign_chief"])
def test_only_the_district_keeps_the_library(reform: Reform, who: str) -> None:
    with pytest.raises(PermissionDenied):
        add(reform, who)
    row = add(reform)
    with pytest.raises(PermissionDenied):
        withdraw_policy(actor=reform.people[who], policy=row)


def test_a_district_keeps_nothing_of_the_citys(reform: Reform) -> None:
    with pytest.raises(PermissionDenied):
        add(reform, union=TradeUnion.objects.get_parent(reform.world.district))


def test_everybody_below_the_union_reads_it_and_nobody_beside(reform: Reform) -> None:
    row = add(reform)
    for who in ("officer", "liaison", "chief", "leader", "staff", "consumer"):
        assert row in Policy.objects.visible_to(reform.people[who]), who
    for who in ("foreign_chief", "administrator", "outsider"):
        assert row not in Policy.objects.visible_to(reform.people[who]), who


def test_a_delivery_is_written_once_and_names_post_and_visit(reform: Reform) -> None:
    policy, number = add(reform), uuid.uuid4()
    visit = build.visit(reform.enterprise, reform.world.posts["officer0"], build.days_ago(3))
    row = deliver(reform, policy, client_uuid=number, on=build.days_ago(3), visit=visit)
    assert (row.post, row.station, row.visit) == (reform.world.posts["officer0"], reform.world.station, visit)
    assert deliver(reform, policy, client_uuid=number, on=build.days_ago(3), visit=visit) == row
    for other in ({"on": clock.today()}, {"visit": None}, {"enterprise": reform.world.enterprises[1]}):
        with pytest.raises(ValidationError) as failed:
            deliver(reform, policy, **({"client_uuid": number, "on": build.days_ago(3), "visit": visit} | other))
        assert failed.value.error_dict["client_uuid"][0].code == "conflict"
    with pytest.raises(ValidationError) as failed:
        deliver(reform, policy)
    assert faults(failed) == ["policy"]  # the enterprise has it
    entry = JournalEntry.objects.get(verb="deliver_policy")
    assert (entry.enterprise_id, entry.post_id) == (reform.enterprise.pk, row.post_id)


@pytest.mark.django_db(transaction=True)
def test_a_policy_withdrawn_meanwhile_is_not_delivered(reform: Reform) -> None:
    policy = add(reform)
    as_it_was = Policy.objects.select_related("union").get(pk=policy.pk)
    _none, answer = overtaking(
        lambda: withdraw_policy(actor=reform.people["staff"], policy=policy), lambda: deliver(reform, as_it_was)
    )
    assert isinstance(answer, ValidationError), answer
    assert list(answer.message_dict) == ["policy"]
    assert not Delivery._base_manager.exists()


def test_another_officer_hands_it_over_and_sees_what_was_handed(reform: Reform) -> None:
    row = deliver(reform, add(reform), "colleague")
    assert row.post == reform.world.posts["officer1"]
    for who, sees in (("colleague", True), ("officer", True), ("leader", True), ("foreign_chief", False)):
        assert Delivery.objects.visible_to(reform.people[who]).exists() == sees, who


@pytest.mark.parametrize("who", ["leader", "staff", "administrator", "foreign_chief", "outsider"])
def test_who_logs_no_visits_hands_nothing_over(reform: Reform, who: str) -> None:
    with pytest.raises(PermissionDenied):
        deliver(reform, add(reform), who)


def test_what_no_delivery_can_be(reform: Reform) -> None:
    policy = add(reform)
    visit = build.visit(reform.world.enterprises[1], reform.world.posts["officer0"], clock.today())
    foreign = Policy.objects.create(
        union=reform.world.other.union, title="邻区", issuer="x", issued_on=build.days_ago(9), topic="union"
    )
    cases: list[tuple[dict[str, Any], str]] = [
        ({"on": clock.today() + dt.timedelta(days=1)}, "on"),
        ({"on": build.days_ago(61)}, "on"),
        ({"visit": visit}, "visit"),
        ({"post": reform.world.posts["officer1"]}, "post"),
        ({"policy": foreign}, "policy"),
    ]
    for given, field in cases:
        with pytest.raises(ValidationError) as failed:
            deliver(reform, given.pop("policy", policy), **given)
        assert faults(failed) == [field], field
    withdraw_policy(actor=reform.people["leader"], policy=policy)
    policy.refresh_from_db()
    with pytest.raises(ValidationError) as failed:
        deliver(reform, policy)
    assert faults(failed) == ["policy"]
    RegisterEntry.objects.filter(enterprise=reform.enterprise).delete()
    with pytest.raises(ValidationError) as failed:
        deliver(reform, add(reform))
    assert faults(failed) == ["enterprise"]


def test_another_system_names_the_post(reform: Reform) -> None:
    consumer = reform.people["consumer"]
    assert consumer.person is not None
    consumer.person.is_service = True
    consumer.person.save()
    policy = add(reform)
    for post in (None, reform.world.posts["leader"]):
        with pytest.raises(ValidationError) as failed:
            deliver(reform, policy, "consumer", post=post)
        assert faults(failed) == ["post"]
    assert (
        deliver(reform, policy, "consumer", post=reform.world.posts["officer1"]).post == reform.world.posts["officer1"]
    )


def test_an_acknowledgement_says_who_and_when_and_stays(reform: Reform) -> None:
    row = deliver(reform, add(reform), on=build.days_ago(5))
    officer = reform.people["officer"]
    for given, field in (
        ({"by": " ", "on": clock.today()}, "by"),
        ({"by": "人事主管", "on": build.days_ago(6)}, "on"),
        ({"by": "人事主管", "on": clock.today() + dt.timedelta(days=1)}, "on"),
        ({"by": "人事主管", "on": clock.today(), "version": 2}, "version"),
    ):
        with pytest.raises(ValidationError) as failed:
            acknowledge_policy(actor=officer, delivery=row, **given)  # type: ignore[arg-type]
        assert faults(failed) == [field]
    done = acknowledge_policy(actor=officer, delivery=row, by="人事主管", on=build.days_ago(1), version=1)
    again = acknowledge_policy(actor=officer, delivery=row, by="人事主管", on=build.days_ago(1), version=1)
    assert (done.pk, again.version, again.acknowledged_by) == (row.pk, 2, "人事主管")
    with pytest.raises(ValidationError) as failed:
        acknowledge_policy(actor=officer, delivery=row, by="厂长", on=build.days_ago(1))
    assert failed.value.error_dict["version"][0].code == "conflict"
    for who in ("leader", "foreign_chief", "administrator"):
        with pytest.raises(PermissionDenied):
            acknowledge_policy(actor=reform.people[who], delivery=row, by="x", on=clock.today())


def test_who_has_what_is_counted_within_ones_reach(reform: Reform) -> None:
    policy, rows = add(reform), reform.world.enterprises
    for place, who in ((0, "officer"), (1, "officer"), (4, "colleague"), (6, "chief")):
        deliver(reform, policy, who, enterprise=rows[place])
    acknowledge_policy(
        actor=reform.people["officer"], delivery=Delivery.objects.get(enterprise=rows[0]), by="厂长", on=clock.today()
    )
    for who, counts in {"chief": (8, 4, 1), "officer": (4, 2, 1), "colleague": (2, 1, 0), "leader": (8, 4, 1)}.items():
        found = counts_of(for_whom(reform.people[who], policy))
        assert tuple(found[name] for name in ("all", "delivered", "acknowledged")) == counts, who
        shown = library(reform.people[who]).get()
        assert (shown.delivered, shown.acknowledged) == counts[1:], who


def test_the_visit_form_is_offered_what_the_enterprise_has_not(reform: Reform) -> None:
    had, new, gone = add(reform), add(reform, title="新"), add(reform, title="停")
    add(reform, title="明天", issued_on=clock.today())
    deliver(reform, had)
    withdraw_policy(actor=reform.people["staff"], policy=gone)
    row = Enterprise.objects.select_related("station__union").get(pk=reform.enterprise.pk)
    assert list(policies_for(reform.people["officer"], row, build.days_ago(1))) == [new]
