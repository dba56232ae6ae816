"""Probes around a change: what somebody is told before it and after it, by a worker that lives long."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import term_from
from enterprises.models import ChainMembership, ChainSeat, EnterpriseSeat
from grids.models import Responsibility
from stations.enums import SOURCE_OF_ROLE
from stations.models import Appointment, Post
from stations.services import end_appointment
from tests.attack.oracle import OFFICERS
from tests.attack.unmoved import Unmoved


class Changing(Unmoved):
    def around(self, user: User) -> None:
        """Two lists, a change that touches the asker, the same lists again: as the oracle says each time."""
        names = ["enterprises", self.dice.choice(("visits", "issues", "obligations", "stations"))]
        for name in names:
            self.ask_exactly(user, name)
        with transaction.atomic():
            self.dice.choice(TOUCHING)(user)
            self.look_again()
            for name in names:
                self.ask_exactly(user, name)
            transaction.set_rollback(True)
        self.look_again()

    def ask_exactly(self, user: User, name: str) -> None:
        got = self.all_ids(user, f"/api/v1/{name}/")
        if got is not None:
            self.exactly(user, f"{name}/ around a change", got, self.listed(user, name))


def _held(user: User) -> list[Appointment]:
    today = clock.today()
    return list(Appointment.objects.on(today).filter(person=user.person, term__startswith__lt=today).order_by("pk"))


def _posts(user: User) -> list[int]:
    return [row.post_id for row in _held(user)]


def _post_ends(user: User) -> None:
    for row in _held(user)[:1]:
        end_appointment(actor=None, appointment=row, on=clock.today())


def _account_closes(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _seats_end(user: User) -> None:
    _end(ChainSeat.objects.filter(post__in=_posts(user)))
    _end(EnterpriseSeat.objects.filter(post__in=_posts(user)))


def _duties_end(user: User) -> None:
    _end(Responsibility.objects.filter(post__in=_posts(user)))


def _members_leave(user: User) -> None:
    _end(ChainMembership.objects.filter(chain__seats__post__in=_posts(user)).distinct())


def _end(rows: Any) -> None:
    """Dated rows that began before today end with yesterday."""
    today = clock.today()
    for row in rows.on(today).filter(term__startswith__lt=today):
        row.term = term_from(row.start, today)
        row.save()


def _has_acted(user: User) -> None:
    """For a colleague's post, until yesterday."""
    today = clock.today()
    for held in [row for row in _held(user) if row.role in OFFICERS][:1]:
        others = Post.objects.on(today).filter(station=held.post.station_id, role=held.role).exclude(pk=held.post_id)
        for post in others[:2]:
            Appointment.objects.create(
                post=post,
                person_id=user.person_id,
                role=post.role,
                acting=True,
                source_kind=SOURCE_OF_ROLE[post.role],
                term=term_from(today - dt.timedelta(days=900), today - dt.timedelta(days=880)),
            )


TOUCHING: tuple[Callable[[User], None], ...] = (
    _post_ends, _account_closes, _seats_end, _duties_end, _members_leave, _has_acted,
)  # fmt: skip
