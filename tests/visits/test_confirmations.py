"""Visit truth: a one-time link answers once, what does not open looks all the same, and the share equals a naive count."""

import datetime as dt
import re
from random import Random
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from crm.core import clock
from crm.core.models import JournalEntry, Rule
from crm.coverage.cuts import Cut
from crm.coverage.periods import month_of, quarter_of
from crm.coverage.selectors import confirmed, rows
from crm.visits.models import ConfirmationLink, Visit, VisitConfirmation
from crm.visits.services import confirm_visit, link_of, make_link, revoke_link
from crm.workflows.home import home_of
from tests import build
from tests.sessions import at_once

pytestmark = pytest.mark.django_db
CONFIRM = "/confirm/"
MARKS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def some_visit(world: build.World, **fields: Any) -> Visit:
    return build.visit(world.enterprises[0], world.posts["officer0"], clock.today(), **fields)


def test_the_visitor_or_the_chief_makes_it_and_only_its_mark_is_kept() -> None:
    world = build.world()
    visit = some_visit(world)
    for user in (world.officers[1], world.liaison, world.leader, world.consumer, world.administrator):
        with pytest.raises(PermissionDenied):
            make_link(actor=user, visit=visit)
    first, second = make_link(actor=world.officers[0], visit=visit), make_link(actor=world.chief, visit=visit)
    assert link_of(first) is None
    link = link_of(second)
    assert link is not None
    assert link.visit == visit
    assert (link.expires_at - link.made_at).days == 14
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t::text FROM visits_confirmationlink t UNION ALL SELECT j::text FROM core_journalentry j"
        )
        assert not [text for (text,) in cursor.fetchall() if first in text or second in text]


def test_nothing_is_asked_where_nobody_was_met_or_all_is_said() -> None:
    world = build.world()
    with pytest.raises(ValidationError):
        make_link(actor=world.chief, visit=some_visit(world, outcome="nobody"))
    visit = some_visit(world)
    build.link(visit, world.chief, "true")
    with pytest.raises(ValidationError):
        make_link(actor=world.chief, visit=visit)
    with pytest.raises(ValidationError):
        revoke_link(actor=world.chief, visit=visit)


def test_how_long_it_opens_is_a_dated_rule() -> None:
    world = build.world()
    visit = some_visit(world)
    Rule.objects.create(
        code="visits.confirmation_link_days", valid_from=build.days_ago(0), value=3, unit="day",
        scope=f"station:{world.station.pk}",
    )  # fmt: skip
    secret, now = make_link(actor=world.chief, visit=visit), clock.now()
    with clock.fixed(now + dt.timedelta(days=2, hours=23)):
        assert link_of(secret) is not None
    with clock.fixed(now + dt.timedelta(days=3, seconds=5)):
        assert link_of(secret) is None


def shut_ones(world: build.World) -> dict[str, str]:
    """Secrets that do not open, each for another reason."""
    used, revoked, expired = (make_link(actor=world.chief, visit=some_visit(world)) for _ in range(3))
    link = link_of(used)
    assert link is not None
    confirm_visit(visit=link.visit, by=link, answer="true")
    gone = link_of(revoked)
    assert gone is not None
    revoke_link(actor=world.chief, visit=gone.visit)
    late = link_of(expired)
    ConfirmationLink.objects.filter(pk=late.pk).update(expires_at=clock.now())  # type: ignore[union-attr]
    return {"unknown": "x" * 43, "empty": "", "used": used, "revoked": revoked, "expired": expired}


def test_whatever_does_not_open_answers_byte_by_byte_the_same() -> None:
    world = build.world()
    answers = {}
    for name, secret in shut_ones(world).items():
        client = Client()
        for method in (client.get, client.post):
            response = method(CONFIRM, {"t": secret, "answer": "true"})
            headers = sorted((key, value) for key, value in response.headers.items() if key not in ("Date", "Expires"))
            answers[name, method.__name__] = (response.status_code, response.content, str(headers))
    assert len(set(answers.values())) == 1
    assert next(iter(answers.values()))[0] == 404


def test_the_public_page_says_little_and_is_answered_once() -> None:
    world = build.world()
    visit = some_visit(world, notes="负责人王敏谈了工资", workers_met=6)
    officer, outside = Client(), Client()
    officer.force_login(world.officers[0])
    page = officer.post(reverse("visits:link", args=[visit.pk])).content.decode()
    found = re.search(r"/confirm/\?t=([\w-]+)", page)
    assert found is not None
    secret = found[1]
    assert secret not in officer.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    shown = outside.get(CONFIRM, {"t": secret})
    text = shown.content.decode()
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    assert shown["Referrer-Policy"] == "no-referrer"
    assert all(words in text for words in (visit.enterprise.name, visit.visitor.name, visit.post.title, "已走访"))
    assert not any(words in text for words in ("王敏", "工资", visit.visitor.phone, world.station.name))
    assert outside.post(CONFIRM, {"t": secret, "answer": "differs"}).status_code == 422
    assert outside.post(CONFIRM, {"t": secret, "answer": "differs", "text": "那天没有人来"}).status_code == 200
    assert outside.get(CONFIRM, {"t": secret}).status_code == 404
    row = VisitConfirmation.objects.get()
    assert (row.visit, row.answer, row.text) == (visit, "differs", "那天没有人来")
    before = {name: value for name, value in visit.__dict__.items() if not name.startswith("_")}
    visit.refresh_from_db()
    assert {name: getattr(visit, name) for name in before} == before
    assert "那天没有人来" in officer.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    step = home_of(world.chief, clock.today()).steps[0]
    assert step.url.endswith("flag=differs")
    chief = Client()
    chief.force_login(world.chief)
    assert [one.pk for one in chief.get(step.url).context["rows"]] == [visit.pk]
    assert JournalEntry.objects.filter(verb="confirm_visit", actor_id=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_answered_at_once_the_first_answer_stays() -> None:
    world = build.world()
    secret = make_link(actor=world.chief, visit=some_visit(world))
    link = link_of(secret)
    assert link is not None

    def answer() -> str:
        try:
            confirm_visit(visit=link.visit, by=link, answer="true")
        except PermissionDenied:
            return "shut"
        return "taken"

    assert sorted(at_once(*[answer] * 4)) == ["shut", "shut", "shut", "taken"]
    assert VisitConfirmation._base_manager.count() == 1


def test_an_answer_is_of_its_own_visit_and_never_rewritten() -> None:
    world = build.world()
    link = build.link(some_visit(world), world.chief)
    with pytest.raises(PermissionDenied):
        confirm_visit(visit=some_visit(world), by=link, answer="true")
    with pytest.raises(PermissionDenied):  # no role answers for an enterprise yet
        confirm_visit(visit=link.visit, by=world.chief, answer="true")
    with pytest.raises(ValidationError):
        confirm_visit(visit=link.visit, by=link, answer="perhaps")
    confirm_visit(visit=link.visit, by=link, answer="true")
    for change in (
        VisitConfirmation.objects.all().delete,
        lambda: VisitConfirmation.objects.update(answer="differs", text="x"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize("seed", range(3))
def test_the_confirmed_share_equals_a_naive_count_and_has_its_rows(seed: int) -> None:
    world, dice = build.world(), Random(seed)
    for _ in range(40):
        row, post = dice.choice(world.enterprises), world.posts[dice.choice(("officer0", "officer1"))]
        answers = row.responsibilities.filter(role="grid_officer").first()
        visit = build.visit(
            row,
            post,
            build.days_ago(dice.randint(0, 130)),
            outcome=dice.choice(("met", "contacted", "nobody")),
            mode="meeting",
            credited_post=answers and answers.post,
            proxy=answers is not None and answers.post != post,
        )
        if visit.outcome != "nobody" and dice.random() < 0.6:
            with clock.fixed(clock.at(build.days_ago(dice.randint(0, 60)), 23)):
                build.link(visit, world.chief, dice.choice(("true", "differs")), "x")
    for user in (world.chief, world.leader, *world.officers):
        for as_of in (clock.today(), build.days_ago(35)):
            for period in (month_of(as_of), quarter_of(as_of), quarter_of(as_of).before):
                cut = Cut(user, period, as_of)
                n, d = naive(world, user, period, cut.day)
                found = confirmed(cut)
                assert (found.n, found.d) == (n, d)
                assert [rows(cut, "confirmed", part).count() for part in ("n", "d", "gap")] == [n, d, d - n]


def naive(world: build.World, user: Any, period: Any, day: dt.date) -> tuple[int, int]:
    """Row by row: an officer counts the own enterprises and the own visits to them."""
    own = {0: 0, 1: 1}.get(world.officers.index(user)) if user in world.officers else None
    mine = {None: set(range(6)), 0: set(range(4)), 1: {4, 5}}[own]
    firms = {world.enterprises[place].pk for place in mine}
    n = d = 0
    for visit in Visit._base_manager.all():
        inside = period.start <= visit.visited_on <= day and visit.enterprise_id in firms
        if not inside or visit.outcome not in ("met", "contacted"):
            continue
        if own is not None and (visit.proxy or visit.credited_post != world.posts[f"officer{own}"]):
            continue
        d += 1
        said = VisitConfirmation._base_manager.filter(visit=visit).first()
        n += said is not None and said.answer == "true" and clock.local_date(said.at) <= day
    return n, d
