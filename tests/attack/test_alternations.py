"""Appointments act at once: a thousand changes over one process and connection, each followed by a question."""

import datetime as dt
import os
import random

import pytest

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from stations.models import Appointment, Post
from stations.selectors import accounts_visible_to
from stations.services import appoint, end_appointment, set_active
from tests.attack.fuzz import Attack
from tests.attack.town import SMALL

TIMES = int(os.environ.get("LIANLIAN_ALTERNATIONS", "60"))
A_DAY = 20


@pytest.mark.django_db
def test_no_answer_is_stale() -> None:
    attack = Attack(7, SMALL)
    dice, first = random.Random(7), clock.today()
    administrator = User.objects.filter(
        person__appointments__role=Role.ADMINISTRATOR, person__appointments__acting=False, is_active=True
    )[0]
    posts = list(Post.objects.on(first).exclude(role=Role.ADMINISTRATOR).order_by("pk"))
    asked = 0
    for number in range(TIMES):
        today = first + number // A_DAY * dt.timedelta(days=1)  # acting terms run out by themselves
        with clock.fixed(clock.at(today, 9)):
            user = dice.choice(attack.town.users)
            assert user.person is not None
            attack.client(user).get("/api/v1/stations/")  # a grant that was asked for, and may be remembered
            held = list(Appointment.objects.on(today).filter(person=user.person, term__startswith__lt=today))
            chance = dice.random()
            if held and chance < 0.45:
                end_appointment(actor=None, appointment=dice.choice(held), on=today)
            elif chance < 0.9:
                free = [
                    post for post in posts if not Appointment.objects.on(today).filter(post=post, acting=True).exists()
                ]
                appoint(
                    actor=None,
                    post=dice.choice(free),
                    person=user.person,
                    start=today,
                    end=today + dt.timedelta(days=3),
                    acting=True,
                )
            elif accounts_visible_to(administrator, today).exclude(pk=administrator.pk).filter(pk=user.pk).exists():
                user.refresh_from_db()
                set_active(actor=administrator, user=user, active=not user.is_active)
            attack.look_again()
            for name in ("visits", "enterprises", "stations"):
                got = attack.all_ids(user, f"/api/v1/{name}/") or []
                wanted = attack.listed(user, name)
                assert set(got) == wanted, (number, user.pk, name, sorted(set(got) ^ wanted)[:9])
                asked += 1
    assert asked == 3 * TIMES
    assert not attack.findings, attack.findings[0]
