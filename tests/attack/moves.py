"""What changes between two probes: who sits where, who answers for whom, who keeps away, where an enterprise belongs."""

import datetime as dt
import random
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from crm.access.roles import Role
from crm.accounts.models import User
from crm.core import clock
from crm.core.dated import term_from
from crm.issues.models import Issue
from enterprises.enums import ExitReason
from enterprises.models import (
    ChainMembership,
    ChainSeat,
    Enterprise,
    EnterpriseFact,
    EnterpriseSeat,
    FigureConsent,
    RegisterEntry,
)
from grids.enums import RecusalKind
from grids.models import Recusal, Responsibility
from stations.enums import SOURCE_OF_ROLE
from stations.models import Appointment, Post
from stations.services import appoint, end_appointment
from tests.attack.town import Town

DAY = dt.timedelta(days=1)


def change_something(dice: random.Random, town: Town) -> None:
    """One change of the table; what the product refuses is left as it was."""
    try:
        with transaction.atomic():
            dice.choice(CHANGES)(dice, town)
    except (ValidationError, IntegrityError):
        pass


def _somebody(dice: random.Random, town: Town) -> User:
    return dice.choice(town.users)


def _leaves(dice: random.Random, town: Town) -> None:
    today = clock.today()
    row = dice.choice(list(Appointment.objects.on(today).order_by("pk")))
    end_appointment(
        actor=None, appointment=row, on=dice.choice((today, today + DAY)) if row.start < today else today + DAY
    )


def _comes(dice: random.Random, town: Town) -> None:
    today = clock.today()
    post, person = dice.choice(list(Post.objects.on(today).order_by("pk"))), _somebody(dice, town).person
    assert person is not None
    if dice.random() < 0.5:
        appoint(actor=None, post=post, person=person, start=today, end=today + DAY * dice.randint(1, 3), acting=True)
        return
    # set-up of the attack: where people come from is another test's business
    row = Appointment(
        post=post, person=person, role=post.role, source_kind=SOURCE_OF_ROLE[post.role], term=term_from(today, None)
    )
    row.full_clean(exclude=["source_union"])
    row.save()
    User.objects.filter(person=person).update(grants_day=None)


def _is_shut_out_or_let_in(dice: random.Random, town: Town) -> None:
    user = _somebody(dice, town)
    active = not User.objects.get(pk=user.pk).is_active
    User.objects.filter(pk=user.pk).update(is_active=active, grants_day=None)


def _answers(dice: random.Random, town: Town) -> None:
    today = clock.today()
    row = dice.choice(list(Responsibility.objects.on(today).order_by("pk")[:400]))
    if row.start >= today:
        return
    row.term = term_from(row.start, today)
    row.save()
    posts = list(Post.objects.on(today).filter(role=row.role, station=row.post.station_id).order_by("pk"))
    if posts and dice.random() < 0.7:
        post = dice.choice(posts)
        Responsibility.objects.create(
            enterprise=row.enterprise, post=post, role=row.role, chain=row.chain, term=term_from(today)
        )


def _keeps_away(dice: random.Random, town: Town) -> None:
    today = clock.today()
    open_rows = list(Recusal.objects.on(today).filter(term__endswith__isnull=True).order_by("pk"))
    if open_rows and dice.random() < 0.4:
        row = dice.choice(open_rows)
        if row.start < today:
            row.term = term_from(row.start, today)
            row.save()
        return
    duty = dice.choice(list(Responsibility.objects.on(today).order_by("pk")[:400]))
    seat = Appointment.objects.on(today).filter(post=duty.post).first()
    if seat is not None:
        kind = dice.choice(RecusalKind.values)
        Recusal.objects.create(person=seat.person, enterprise=duty.enterprise, kind=kind, term=term_from(today))


def _is_withheld_or_opened(dice: random.Random, town: Town) -> None:
    row = dice.choice(list(Issue.objects.order_by("pk")[:600]))
    Issue.objects.filter(pk=row.pk).update(withheld=not row.withheld)


def _moves(dice: random.Random, town: Town) -> None:
    today = clock.today()
    entry = dice.choice(list(RegisterEntry.objects.on(today).order_by("pk")[:600]))
    if entry.start >= today:
        return
    entry.term, entry.exit_reason = term_from(entry.start, today), ExitReason.values[0]
    entry.save()
    station = dice.choice([*town.stations, None])
    if station is not None:
        RegisterEntry.objects.create(
            enterprise=entry.enterprise, station=station, entry_reason=entry.entry_reason, term=term_from(today)
        )
    Enterprise.objects.filter(pk=entry.enterprise_id).update(station=station)


def _leaves_or_joins_a_chain(dice: random.Random, town: Town) -> None:
    today = clock.today()
    model = dice.choice((ChainMembership, ChainSeat, FigureConsent, EnterpriseSeat))
    rows = list(model.objects.on(today).filter(term__startswith__lt=today).order_by("pk")[:400])
    if rows:
        row = dice.choice(rows)
        row.term = term_from(row.start, today)
        row.save()


def _consents(dice: random.Random, town: Town) -> None:
    fact = dice.choice(list(EnterpriseFact.objects.order_by("pk")[:400]))
    FigureConsent.objects.create(enterprise=fact.enterprise, given_by="x", term=term_from(clock.today()))


CHANGES: tuple[Callable[[random.Random, Town], None], ...] = (
    _leaves, _leaves, _comes, _comes, _comes, _is_shut_out_or_let_in, _answers, _answers, _keeps_away, _keeps_away,
    _is_withheld_or_opened, _moves, _leaves_or_joins_a_chain, _consents,
)  # fmt: skip
ROLES_IN_PLAY = tuple(Role)
