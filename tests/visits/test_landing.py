"""After an act nobody lands on a page that they may not see."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from crm.core import clock
from crm.visits.models import Visit
from tests import build

pytestmark = pytest.mark.django_db


def test_who_visits_for_a_colleague_lands_on_the_visit() -> None:
    world = build.world()
    client, row = Client(), world.enterprises[7]  # of the register, not among the liaison officer's own
    client.force_login(world.liaison)
    assert client.get(reverse("enterprises:detail", args=[row.pk])).status_code == 404
    sent = {"client_uuid": uuid.uuid4(), "visited_on": clock.today(), "outcome": "met", "has_issue": "no"}
    response = client.post(reverse("visits:log", args=[row.pk]), sent, follow=True)
    visit = Visit.objects.get(enterprise=row)
    assert response.redirect_chain == [(reverse("visits:detail", args=[visit.pk]), 302)]
    assert response.status_code == 200
    assert [message.level_tag for message in response.context["messages"]] == ["success"]


def test_who_visits_their_own_lands_on_the_enterprise() -> None:
    world = build.world()
    client, row = Client(), world.enterprises[0]
    client.force_login(world.officers[0])
    sent = {"client_uuid": uuid.uuid4(), "visited_on": clock.today(), "outcome": "met", "has_issue": "no"}
    response = client.post(reverse("visits:log", args=[row.pk]), sent)
    assert response["Location"] == reverse("enterprises:detail", args=[row.pk])
