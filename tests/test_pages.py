"""Every page of the demo, as every role: it answers, with at most twelve queries, and undeclared ones do not exist."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crm.access.declared import declared_right
from crm.accounts.models import User
from crm.issues.models import Issue
from crm.notices.models import Notice
from crm.programs.models import Item, Policy, PracticeCase
from crm.visits.models import ContactEvent, ContactPause, Regime, SubmissionConflict, Visit, VisitPhoto
from crm.workflows.demo import build_demo
from enterprises.models import Chain, Enterprise
from grids.models import ResponsibleList
from stations.models import Station

MOST_QUERIES = 12
ROLES = ("zhanzhang", "zhuzhan", "lianluo", "quzong", "ganshi", "guanli", "jiekou", "qiye")


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def test_every_url_declares_its_right() -> None:
    undeclared = [str(entry.pattern) for entry in patterns() if declared_right(entry.callback) is None]
    assert undeclared == []


def addresses() -> list[str]:
    """Pages of the demo: each kind once, with the filters that people use."""
    station, enterprise = Station.objects.get(), Enterprise.objects.filter(station__isnull=False).order_by("pk")[0]
    flower, released = Chain.objects.get(code="flower"), ResponsibleList.objects.filter(state="released")[0]
    profile = Enterprise.objects.filter(candidacies__source="profile")[0]
    visit, issue = Visit.objects.order_by("pk")[0], Issue.objects.order_by("pk")[0]
    coming, held = ContactEvent.objects.order_by("-held_on")
    paused, regime = ContactPause.objects.all()[0].enterprise, Regime.objects.order_by("-pk")[0]
    plain = [
        "home", "stations:list", "enterprises:list", "enterprises:import",
        "enterprises:new", "enterprises:chains", "visits:start", "visits:list",
        "visits:regimes", "visits:due", "issues:list", "grids:index", "coverage:measures", "accounts:list", "enterprises:export",
        "notices:list", "notices:settings", "visits:events", "visits:commitments", "visits:paper", "visits:export",
        "visits:before_list", "coverage:month", "coverage:month_export", "visits:conflicts", "visits:half_day",
        "programs:index", "programs:policies", "programs:policy_new", "programs:cases", "programs:demonstration",
    ]  # fmt: skip
    post = station.posts.filter(role="grid_officer").order_by("pk")[0]
    with_pk = [
        ("stations:detail", station), ("grids:sheet", station), ("grids:lists", station), ("grids:loads", station),
        ("visits:plan", station), ("visits:capacity", station), ("visits:capacity_demand", station),
        ("enterprises:edit", enterprise), ("enterprises:detail", enterprise),
        ("enterprises:detail", profile), ("visits:log", enterprise), ("issues:open", enterprise), ("visits:detail", visit),
        ("visits:officers", station), ("visits:officer", post), ("visits:hand_over", post),
        ("visits:half_day_of", post), ("visits:half_day_of", station.posts.get(role="chief")),
        ("visits:event", held), ("visits:event", coming), ("visits:event_invite", coming),
        ("visits:event_sheet", held), ("visits:event_new", station), ("visits:promise", enterprise),
        ("visits:conflict", SubmissionConflict.objects.get()), ("visits:photo", VisitPhoto.objects.get()),
        ("issues:detail", issue), ("grids:list", released), ("grids:paper", released), ("grids:list_xlsx", released),
        ("coverage:chain", flower), ("grids:recusals", station), ("enterprises:seen", enterprise),
        ("visits:arrange", enterprise), ("visits:arrange_rules", paused), ("visits:regime", regime),
        ("visits:before", enterprise), ("visits:regime_demand", regime),
        ("enterprises:seasons", enterprise), ("enterprises:chain_seasons", flower),
        ("notices:robot", station),
        ("grids:cards", station),
        ("programs:station", station), ("programs:station_export", station), ("programs:enterprise", enterprise),
        ("programs:part", enterprise), ("programs:checklist", station.union), ("programs:policy", Policy.objects.all()[0]),
        ("programs:revise", station.union), ("programs:case", PracticeCase.objects.all()[0]), ("programs:case_new", station),
    ]  # fmt: skip
    found = [reverse(name) for name in plain] + [reverse(name, args=[row.pk]) for name, row in with_pk]
    found += [
        f"{reverse('enterprises:list')}?{query}"
        for query in ("contact=overdue&size=300", "post=none", "q=kmyh&register=all")
    ]
    found += [f"{reverse('visits:half_day_of', args=[post.pk])}?view={view}" for view in ("week", "overdue")]
    found += [reverse("notices:detail", args=[notice.pk]) for notice in Notice.objects.filter(channel="page")]
    found += [f"{reverse('coverage:chain', args=[flower.pk])}?node={flower.nodes.all()[3].pk}&measure=on_time"]
    item = Item.objects.filter(state="done").order_by("pk")[0]
    found += [
        f"{reverse('programs:enterprise', args=[item.enterprise_id])}?item={item.number}",
        f"{reverse('programs:station', args=[station.pk])}?item=2&state=renew",
    ]
    for measure in ("responsibility", "contact", "visit", "on_time", "nodes", "confirmed"):
        found += [
            f"{reverse('coverage:rows')}?chain={flower.pk}&measure={measure}&part={part}" for part in ("n", "d", "gap")
        ]
    return found


@pytest.mark.django_db
def test_every_page_answers_every_role_with_few_queries(client: Client) -> None:
    build_demo()
    too_many, seen = [], 0
    for name in ROLES:
        client.force_login(User.objects.get(username=name))
        client.get("/")  # the first question of a day projects grants; later ones do not
        for url in addresses():
            with CaptureQueriesContext(connection) as queries:
                response = client.get(url)
            assert response.status_code in (200, 302, 403, 404), (name, url)
            seen += response.status_code == 200
            if len(queries) > MOST_QUERIES:
                too_many.append((name, url, len(queries)))
    assert too_many == []
    assert seen > 150
    client.logout()
    for url in addresses():
        assert client.get(url).status_code == 302


@pytest.mark.django_db
def test_the_search_of_the_register_stands_where_there_is_one(client: Client) -> None:
    build_demo()
    for name, shown in (("zhanzhang", True), ("lianluo", True), ("guanli", False)):
        client.force_login(User.objects.get(username=name))
        assert ('role="search"' in client.get("/").content.decode()) == shown, name
