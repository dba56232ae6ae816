"""Stations, posts and appointments: who may sit where, and the grants that follow at once."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from crm.access.grants import grants_of
from crm.access.roles import ROLES, Container, Right, Role
from crm.access.scope import require
from crm.accounts.models import Person, User
from crm.core import clock, journal
from crm.core.dated import close_row, close_rows, term_from
from crm.core.services import cleaned, service
from crm.core.text import half_width, squeezed
from stations import grants
from stations.enums import LEVELS_OF_SOURCE, OFFICE_SOURCES, SOURCE_OF_ROLE, SourceKind, UnionLevel
from stations.models import Appointment, Park, Post, Station, StationPark, TradeUnion
from stations.selectors import accounts_visible_to, people_without_account

# roles of a station that its own chief may fill; all others are filled from above
FILLED_BY_STATION = (Role.GRID_OFFICER, Role.LIAISON, Role.ENTERPRISE_CADRE)


@service
def open_station(
    *,
    actor: User | None = None,
    union: TradeUnion,
    name: str,
    short_name: str,
    paper_code: str,
    home_park: Park,
    parks: list[Park],
    start: dt.date | None = None,
    profile: str = "",
    extra_services: list[str] | None = None,
) -> Station:
    """Open a station that sits in `home_park` and serves `parks` from `start` on (set-up: no actor's right is asked)."""
    station = Station(
        union=union,
        name=name,
        short_name=short_name,
        paper_code=paper_code,
        home_park=home_park,
        profile=profile,
        extra_services=extra_services or [],
    )
    cleaned(station).save()
    for park in dict.fromkeys([home_park, *parks]):
        StationPark.objects.create(station=station, park=park, term=term_from(start or clock.today()))
    journal.record(actor=actor, verb="open_station", obj=station, station_id=station.pk)
    return station


def _may_fill(actor: User, role: str, station: Station | None, union: TradeUnion | None) -> None:
    """Raise PermissionDenied unless the actor may open and fill posts of the role there."""
    reach = grants_of(actor)
    right = Right.APPOINT if role in FILLED_BY_STATION else Right.APPOINT_CHIEF
    if reach is not None and station is not None and station.pk in reach.station_ids(right):
        return
    if reach is not None and union is not None and any(union.path.startswith(p) for p in reach.union_paths(right)):
        return
    raise PermissionDenied


@service
def open_post(
    *,
    actor: User | None,
    role: str,
    title: str,
    start: dt.date,
    station: Station | None = None,
    union: TradeUnion | None = None,
) -> Post:
    """Open a seat at a station or a union. Without an actor it is set-up."""
    if actor is not None:
        _may_fill(actor, role, station, union)
    if role not in Role.values:
        raise ValidationError({"role": [_("This role has no post there.")]})
    container = ROLES[Role(role)].container
    if container != Container.EITHER and (container == Container.STATION) != (station is not None):
        raise ValidationError({"role": [_("This role has no post there.")]})
    post = Post(role=role, title=title, station=station, union=union, term=term_from(start))
    cleaned(post).save()
    journal.record(actor=actor, verb="open_post", obj=post, station_id=post.station_id)
    return post


@service
def open_posts(*, actor: User, role: Role, titles: Sequence[str], start: dt.date, station: Station) -> list[Post]:
    """Open several seats of a role at a station, in the order of their titles; a constant number of queries."""
    _may_fill(actor, role, station, None)
    posts = [cleaned(Post(role=role, title=title, station=station, term=term_from(start))) for title in titles]
    Post.objects.bulk_create(posts)
    journal.record(
        actor=actor,
        verb="open_posts",
        obj=station,
        station_id=station.pk,
        changes={"posts": [None, list(titles)], "from": [None, str(start)]},
    )
    return posts


def check_source(role: str, kind: str, union: TradeUnion | None, office: str) -> None:
    """Refuse a source that the role's rule does not know, with the reason (站长 推荐, 驻站员 选拔, 联络员 选派)."""
    wanted = SOURCE_OF_ROLE[role]
    if kind != wanted:
        raise ValidationError(
            {
                "source_kind": [
                    _("%(role)s: “%(wanted)s” is the only source, not “%(given)s”.")
                    % {
                        "role": Role(role).label,
                        "wanted": wanted.label,
                        "given": SourceKind(kind).label if kind in SourceKind.values else kind,
                    }
                ]
            }
        )
    levels = LEVELS_OF_SOURCE.get(kind)
    if levels and union is None:
        raise ValidationError({"source_union": [_("Name the grassroots trade union that this person comes from.")]})
    if levels and union is not None and union.level not in levels:
        raise ValidationError(
            {
                "source_union": [
                    _("“%(union)s” is not a grassroots trade union but a %(level)s.")
                    % {"union": union.name, "level": UnionLevel(union.level).label}
                ]
            }
        )
    if kind in OFFICE_SOURCES and not office.strip():
        raise ValidationError({"source_office": [_("Name the office of the task force.")]})


@service
def appoint(
    *,
    actor: User | None,
    post: Post,
    person: Person,
    start: dt.date,
    end: dt.date | None = None,
    acting: bool = False,
    source_kind: str = "",
    source_union: TradeUnion | None = None,
    source_office: str = "",
) -> Appointment:
    """Put a person into a post for `[start, end)`; the rights follow at once. Acting (代管) needs an end, but no source.

    Raises ValidationError on source_kind/source_union/source_office (wrong source, with the reason), term (overlap,
    acting without end), person (a second grid); PermissionDenied.
    """
    if actor is not None:
        _may_fill(actor, post.role, post.station, post.union)
    if acting:
        source_kind = source_kind or SOURCE_OF_ROLE[post.role]
        if end is None:
            raise ValidationError({"end": [_("An acting appointment (代管) needs an end date.")]})
    else:
        check_source(post.role, source_kind, source_union, source_office)
    _lock([person])
    row = Appointment(
        post=post,
        person=person,
        role=post.role,
        acting=acting,
        source_kind=source_kind,
        source_union=source_union,
        source_office=source_office,
        term=term_from(start, end),
    )
    cleaned(row).save()
    _record(actor, "appoint", row)
    return row


@service
def end_appointment(*, actor: User | None, appointment: Appointment, on: dt.date) -> None:
    """End an appointment: `on` is the first day without it. The rights end with it, at once or by date."""
    if actor is not None:
        _may_fill(actor, appointment.post.role, appointment.post.station, appointment.post.union)
    row = Appointment._base_manager.select_for_update().filter(pk=appointment.pk).first()
    if row is None or (row.end is not None and row.end <= on):
        raise ValidationError({"on": [_("The appointment ends before that day already.")]})
    _record(actor, "end_appointment", row, on=on)
    close_row(row, on)
    grants.project_people([row.person_id], clock.today())


@dataclass(frozen=True)
class Seating:
    """Who is to hold which post, and the grassroots union that they come from."""

    post: Post
    person: Person
    source_union: TradeUnion | None


@service
def reseat(
    *, actor: User, station: Station, leaving: Sequence[Appointment], coming: Sequence[Seating], on: dt.date
) -> list[Appointment]:
    """At a station, end appointments and make others on one day, which may swap people; constant queries.

    All or nothing. Raises ValidationError as `appoint` and `end_appointment` do, PermissionDenied.
    """
    posts = [*(row.post for row in leaving), *(seating.post for seating in coming)]
    for role, where, union in {(post.role, post.station, post.union) for post in posts}:
        _may_fill(actor, role, where, union)
    for seating in coming:
        check_source(seating.post.role, SOURCE_OF_ROLE[seating.post.role], seating.source_union, "")
    _lock([seating.person for seating in coming])
    ids = [row.pk for row in leaving]
    ending = list(Appointment._base_manager.select_for_update().filter(pk__in=ids).order_by("pk"))
    if len(ending) < len(ids) or any(row.end is not None and row.end <= on for row in ending):
        raise ValidationError({"on": [_("The appointment ends before that day already.")]})
    close_rows(ending, on)
    rows = [
        cleaned(
            Appointment(
                post=seating.post,
                person=seating.person,
                role=seating.post.role,
                source_kind=SOURCE_OF_ROLE[seating.post.role],
                source_union=seating.source_union,
                term=term_from(on),
            )
        )
        for seating in coming
    ]
    Appointment.objects.bulk_create(rows)
    grants.project_people({row.person_id for row in [*ending, *rows]}, clock.today())
    journal.record(
        actor=actor,
        verb="reseat",
        obj=station,
        station_id=station.pk,
        changes={
            "ended": [[row.post_id for row in ending], None],
            "appointed": [None, [[row.post_id, row.person_id] for row in rows]],
            "on": [None, str(on)],
        },
    )
    return rows


def _lock(people: Sequence[Person]) -> None:
    """Order two appointments of one person."""
    list(Person.objects.select_for_update(no_key=True).filter(pk__in={row.pk for row in people}).order_by("pk"))


def _record(actor: Any, verb: str, row: Appointment, **extra: Any) -> None:
    grants.project_people([row.person_id], clock.today())
    journal.record(
        actor=actor,
        verb=verb,
        obj=row,
        station_id=row.post.station_id,
        changes={
            "post": [None, row.post.title],
            "term": [None, f"{row.start}/{row.end or ''}"],
            "acting": [None, row.acting],
            **{key: [None, str(value)] for key, value in extra.items()},
        },
    )


@service
def set_supervision_phone(*, actor: User, station: Station, phone: str) -> None:
    """监督电话 as the cards at the gates say it; empty takes it away. Raises ValidationError on supervision_phone."""
    require(actor, Right.MANAGE_GRIDS, station)
    before, station.supervision_phone = station.supervision_phone, half_width(squeezed(phone))
    cleaned(station).save(update_fields=["supervision_phone"])
    changes = {"supervision_phone": [before, station.supervision_phone]}
    journal.record(actor=actor, verb="set_supervision_phone", obj=station, station_id=station.pk, changes=changes)


@service
def set_active(*, actor: User, user: User, active: bool) -> None:
    """Open or close an account; an account closed has no right from its very next request on."""
    if not accounts_visible_to(actor, clock.today()).filter(pk=user.pk).exists():
        raise PermissionDenied
    if user.pk == actor.pk:
        raise ValidationError([_("Nobody closes their own account.")])
    user.is_active = active
    user.save(update_fields=["is_active"])
    grants.project(user, clock.today())
    journal.record(actor=actor, verb="set_active", obj=user, changes={"is_active": [not active, active]})


@service
def open_account(*, actor: User, person: Person, username: str) -> tuple[User, str]:
    """Give somebody who holds a post an account; (account, first password). The password is shown once and kept nowhere.

    Raises ValidationError on username (taken, not a plain name) and person (has one already); PermissionDenied when the
    actor does not administer a union above the person's posts.
    """
    if not people_without_account(actor, clock.today()).filter(pk=person.pk).exists():
        raise PermissionDenied
    username = half_width(squeezed(username))
    if User.objects.filter(username=username).exists():
        raise ValidationError({"username": [_("This user name is taken.")]})
    password = secrets.token_urlsafe(12)
    user = User(username=username, person=person)
    user.set_password(password)
    cleaned(user).save()
    journal.record(actor=actor, verb="open_account", obj=user)
    return user, password
