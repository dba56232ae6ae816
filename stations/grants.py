"""The projection: which rights follow from a user's appointments on a day. The only writer of grants.

Called when an appointment changes (`appoint`, `end_appointment` …) and by `access.refresh` on the first question of a
new day, so terms begin and end by date without a sweep.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.db.models import BigIntegerField, CharField, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from crm.access.grants import Holdings, SeatHeld, forget
from crm.access.roles import ROLES, Role
from crm.accounts.models import User
from stations.models import Appointment, Station, StationGrant, UnionGrant


def project(user: User, day: dt.date) -> None:
    """Write the user's grants of the day: exactly the rights of the roles of the posts held. Idempotent."""
    with transaction.atomic():
        found = _project([user.pk], day)
        if user.pk not in found:
            return
        user.is_active, user.person_id = found[user.pk]
        user.grants_day = day
    user.grants_in_transaction = connection.in_atomic_block
    forget()


def project_people(person_ids: Iterable[int], day: dt.date) -> None:
    """Project the grants of the users that these people have; a constant number of queries."""
    user_ids = list(User.objects.filter(person__in=list(person_ids)).values_list("pk", flat=True))
    if user_ids:
        with transaction.atomic():
            _project(user_ids, day)
        forget()


def _project(user_ids: list[int], day: dt.date) -> dict[int, tuple[bool, int | None]]:
    """Write these users' grants of the day; answers {user id: (active, person id)}."""
    # the row locks order two projections of the same user
    locked: dict[int, tuple[bool, int | None]] = {
        pk: (active, person_id)
        for pk, active, person_id in User.objects.select_for_update()
        .filter(pk__in=user_ids)
        .order_by("pk")
        .values_list("pk", "is_active", "person_id")
    }
    user_of = {person_id: pk for pk, (active, person_id) in locked.items() if active and person_id is not None}
    held = Appointment.objects.on(day).filter(person__in=user_of, post__term__contains=day)
    stations: set[tuple[int, int, str]] = set()
    unions: set[tuple[int, int, str]] = set()
    for person_id, role, station_id, union_id in held.values_list(
        "person_id", "role", "post__station_id", "post__union_id"
    ):
        wanted, container = (unions, union_id) if station_id is None else (stations, station_id)
        wanted |= {(user_of[person_id], container, right.value) for right in ROLES[Role(role)].granted}
    _sync(StationGrant, "station", locked, stations)
    _sync(UnionGrant, "tradeunion", locked, unions)
    User.objects.filter(pk__in=locked).update(grants_day=day)
    return locked


def _sync(table: Any, model: str, user_ids: Iterable[int], wanted: set[tuple[int, int, str]]) -> None:
    """Make the users' rows of a table of grants exactly these (user id, container id, right)."""
    has = {
        (row["user_id"], row["content_object_id"], row["permission__codename"]): row["pk"]
        for row in table.objects.filter(user__in=list(user_ids)).values(
            "pk", "user_id", "content_object_id", "permission__codename"
        )
    }
    gone = [pk for key, pk in has.items() if key not in wanted]
    if gone:
        table.objects.filter(pk__in=gone).delete()
    missing = wanted - has.keys()
    if missing:
        codes = dict(
            Permission.objects.filter(
                content_type__app_label="stations",
                content_type__model=model,
                codename__in={code for _, _, code in missing},
            ).values_list("codename", "pk")
        )
        table.objects.bulk_create(
            [table(user_id=user, content_object_id=pk, permission_id=codes[code]) for user, pk, code in missing],
            ignore_conflicts=True,
        )


def holdings(user: User, day: dt.date) -> Holdings:
    """What the user holds on the day, in one query; a second expands unions to the stations of their subtrees."""
    stations: dict[str, dict[int, str]] = {}
    unions: dict[str, set[str]] = {}
    seats: list[SeatHeld] = []
    for kind, code, pk, path, title, place, station_id in _rows(user, day):
        if kind == "station":
            stations.setdefault(code, {})[pk] = path
        elif kind == "union":
            unions.setdefault(code, set()).add(path)
        else:
            seats.append(SeatHeld(pk, code, title, place, station_id))
    for top in set().union(*unions.values()):
        below = dict(Station._base_manager.filter(union__path__startswith=top).values_list("pk", "union__path"))
        for code, paths in unions.items():
            if top in paths:
                stations.setdefault(code, {}).update(below)
    seats.sort(key=lambda seat: seat.post_id)
    return Holdings(stations, {code: tuple(sorted(paths)) for code, paths in unions.items()}, seats)


def _rows(user: User, day: dt.date) -> Any:
    """(kind, right or role, id, union's path, title, place, station id) of grants and posts together."""
    text, number = Cast(Value(None), CharField()), Cast(Value(None), BigIntegerField())

    def kind(name: str) -> Any:
        return Value(name, CharField())

    code = "permission__codename"
    on_stations = StationGrant.objects.filter(user=user).values_list(
        kind("station"), code, "content_object_id", "content_object__union__path", text, text, number
    )
    on_unions = UnionGrant.objects.filter(user=user).values_list(
        kind("union"), code, "content_object_id", "content_object__path", text, text, number
    )
    if not user.is_active or user.person_id is None:
        return on_stations.none()
    place = Coalesce("post__station__short_name", NullIf("post__union__short_name", Value("")), "post__union__name")
    held = Appointment.objects.on(day).filter(person_id=user.person_id, post__term__contains=day)
    seats = held.values_list(kind("seat"), "role", "post_id", text, "post__title", place, "post__station_id")
    return on_stations.union(on_unions, seats)
