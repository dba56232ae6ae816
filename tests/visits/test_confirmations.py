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

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.models import JournalEntry, Rule
from crm.coverage.cuts import Cut
from crm.coverage.periods import month_of, quarter_of
from crm.coverage.selectors import confirmed, rows
from crm.visits.models import ConfirmationLink, Visit, VisitConfirmation
from crm.visits.selectors import to_confirm
from crm.visits.services import confirm_visit, link_of, make_link, may_confirm, revoke_link
from crm.workflows.home import home_of
from enterprises.models import Enterprise, EnterpriseSeat
from tests import build
from tests.api.client import Api, problem
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
    with pytest.raises(PermissionDenied):  # the chief does not answer for an enterprise
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


# ------------------------------------------------------------------------------------------- an account that answers
def cadre_of(world: build.World, *rows: Enterprise, who: User | None = None) -> User:
    """Somebody who speaks for the enterprises."""
    user = who or build.user()
    for row in rows:
        post = build.post(Role.ENTERPRISE_CADRE, world.station)
        build.seat(post, user.person)  # type: ignore[arg-type]
        EnterpriseSeat.objects.create(enterprise=row, post=post, term=build.term_from(build.days_ago(200)))
    return user


def test_a_cadre_answers_once_for_the_own_enterprise_and_moves_the_share() -> None:
    world = build.world()
    visit, other = some_visit(world), build.visit(world.enterprises[1], world.posts["officer0"], clock.today())
    cadre, cut = cadre_of(world, world.enterprises[0]), Cut(world.chief, month_of(clock.today()), clock.today())
    secret = make_link(actor=world.chief, visit=visit)
    assert (confirmed(cut).n, confirmed(cut).d) == (0, 2)
    with pytest.raises(ValidationError) as told:
        confirm_visit(visit=visit, by=cadre, answer="differs", text=" ")
    assert set(told.value.message_dict) == {"text"}
    for user in (world.chief, *world.officers, world.leader, world.consumer, world.administrator):
        with pytest.raises(PermissionDenied):
            confirm_visit(visit=visit, by=user, answer="true")
    with pytest.raises(PermissionDenied):
        confirm_visit(visit=other, by=cadre, answer="true")
    assert link_of(secret) is not None
    row = confirm_visit(visit=visit, by=cadre, answer="true")
    assert (row.by, row.link, confirmed(cut).n) == (cadre, None, 1)
    assert link_of(secret) is None
    assert JournalEntry.objects.get(verb="confirm_visit").actor_id == cadre.pk
    with pytest.raises(ValidationError) as told:
        confirm_visit(visit=visit, by=cadre, answer="differs", text="没来过")
    assert set(told.value.message_dict) == {"visit"}
    assert VisitConfirmation.objects.get().answer == "true"


def test_nobody_confirms_an_own_visit_or_one_that_met_nobody() -> None:
    world = build.world()
    row = world.enterprises[0]
    both = cadre_of(world, row, who=world.officers[0])
    own, tried = some_visit(world), build.visit(row, world.posts["officer1"], clock.today(), outcome="nobody")
    colleagues = build.visit(row, world.posts["officer1"], clock.today())
    for visit, expected in {own: False, tried: False, colleagues: True}.items():
        assert may_confirm(both, visit) == expected
        assert to_confirm(both, build.days_ago(30), clock.today()).filter(pk=visit.pk).exists() == expected
        if not expected:
            with pytest.raises(PermissionDenied):
                confirm_visit(visit=visit, by=both, answer="true")
    confirm_visit(visit=colleagues, by=both, answer="true")


@pytest.mark.django_db(transaction=True)
def test_answered_at_once_by_link_and_by_account_one_answer_stays() -> None:
    world = build.world()
    visit = some_visit(world)
    cadre, link = cadre_of(world, world.enterprises[0]), link_of(make_link(actor=world.chief, visit=visit))
    assert link is not None

    def answer(by: Any) -> str:
        try:
            confirm_visit(visit=visit, by=by, answer="true")
        except (PermissionDenied, ValidationError):
            return "late"
        return "taken"

    ways = [lambda by=by: answer(by) for by in (link, cadre, link, cadre)]
    assert sorted(at_once(*ways)) == ["late", "late", "late", "taken"]
    assert VisitConfirmation._base_manager.count() == 1


def test_the_cadres_pages_ask_and_show_what_was_answered() -> None:
    world = build.world()
    visit, other = some_visit(world), build.visit(world.enterprises[1], world.posts["officer0"], clock.today())
    differing, old = some_visit(world), build.visit(world.enterprises[0], world.posts["officer0"], build.days_ago(40))
    cadre = Client()
    cadre.force_login(cadre_of(world, world.enterprises[0]))
    home = cadre.get("/")
    assert {row.pk for row in home.context["home"].to_confirm} == {visit.pk, differing.pk}
    page, path = reverse("visits:detail", args=[visit.pk]), reverse("visits:answer", args=[visit.pk])
    assert path in home.content.decode()
    assert path in cadre.get(page).content.decode()
    assert cadre.post(reverse("visits:answer", args=[other.pk]), {"answer": "true"}).status_code == 404
    assert cadre.get(path).status_code == 405
    done = cadre.post(path, {"answer": "true", "back": "home"}, follow=True)
    assert done.redirect_chain == [("/", 302)]
    assert [row.pk for row in done.context["home"].to_confirm] == [differing.pk]
    assert "属实" in cadre.get(page).content.decode()
    assert path not in cadre.get(page).content.decode()
    path = reverse("visits:answer", args=[differing.pk])
    empty = cadre.post(path, {"answer": "differs"})
    assert empty.status_code == 422
    assert empty.context["form"].errors["text"][0] in empty.content.decode()
    said = cadre.post(path, {"answer": "differs", "text": "那天没有人来"}, follow=True)
    assert "那天没有人来" in said.content.decode()
    twice = cadre.post(path, {"answer": "true"})
    assert twice.status_code == 422
    assert twice.context["form"].non_field_errors()
    assert not to_confirm(world.chief, old.visited_on, clock.today()).exists()
    for user in (world.chief, world.officers[0]):
        client = Client()
        client.force_login(user)
        assert client.post(reverse("visits:answer", args=[old.pk]), {"answer": "true"}).status_code == 403
        assert (
            reverse("visits:answer", args=[old.pk])
            not in client.get(reverse("visits:detail", args=[old.pk])).content.decode()
        )
    assert VisitConfirmation.objects.count() == 2


def test_the_api_takes_a_cadres_answer() -> None:
    world = build.world()
    visit, other = some_visit(world), build.visit(world.enterprises[1], world.posts["officer0"], clock.today())
    api = Api(cadre_of(world, world.enterprises[0]))
    problem(api.post(f"visits/{other.pk}/confirm/", {"answer": "true"}), 404, "not-found")
    body = problem(api.post(f"visits/{visit.pk}/confirm/", {"answer": "differs"}), 400, "invalid")
    assert set(body["errors"]) == {"text"}
    answer = api.post(f"visits/{visit.pk}/confirm/", {"answer": "differs", "text": "那天没有人来"})
    assert (answer.status_code, answer.json()["visit"], answer.json()["answer"]) == (201, visit.pk, "differs")
    problem(api.post(f"visits/{visit.pk}/confirm/", {"answer": "true"}), 400, "invalid")
    problem(Api(world.chief).post(f"visits/{other.pk}/confirm/", {"answer": "true"}), 403, "forbidden")
