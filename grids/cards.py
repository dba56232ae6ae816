"""包保联系卡: what the card at an enterprise's gate says, from the list that was released last."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from enterprises.models import RegisterEntry
from grids.enums import ListState
from grids.models import GateCard, ResponsibleList, ResponsibleListLine
from stations.models import Post, Station

SERVICES = ("定点宣传", "定点指导", "定点服务")  # what every station does; +N comes from the station


@dataclass(frozen=True)
class Person:
    """One of the three on the card; `phone` is the office's, as the list has it."""

    role: str
    name: str
    phone: str


@dataclass(frozen=True)
class Face:
    """What is printed, and nothing else is told by the card's public page."""

    enterprise_id: int
    enterprise: str
    station: str
    people: tuple[Person, ...]
    services: str
    supervision_phone: str
    source: str  # the list's number
    card: GateCard | None
    sample: bool


def released_list(station: Station) -> ResponsibleList | None:
    """The station's list that was released last."""
    rows = ResponsibleList.objects.filter(station=station, state=ListState.RELEASED).select_related("station")
    return rows.order_by("-number").first()


def faces(
    station: Station, day: dt.date, post: Post | None = None, enterprise_ids: Iterable[int] | None = None
) -> list[Face]:
    """The cards of the enterprises that stand on the list and, on the day, on the register; in the list's order.

    `post`: of this grid officer's post alone. Three queries.
    """
    released = released_list(station)
    if released is None:
        return []
    here = RegisterEntry.objects.on(day).filter(station=station)
    if enterprise_ids is not None:
        here = here.filter(enterprise__in=list(enterprise_ids))
    wanted = Q(responsible_list=released, enterprise__in=here.values("enterprise_id"))
    if post is not None:
        wanted &= Q(officer_post=post)
    lines = list(ResponsibleListLine.objects.filter(wanted).select_related("enterprise").order_by("position"))
    in_use = GateCard.objects.filter(
        station=station, revoked_at=None, enterprise__in=[row.enterprise_id for row in lines]
    )
    cards = {card.enterprise_id: card for card in in_use}
    return [_face(station, released, line, cards.get(line.enterprise_id)) for line in lines]


def face_of(token: str, day: dt.date) -> Face | None:
    """The card of this number; None for one that is unknown, revoked, or whose enterprise stands on no list any more."""
    card = GateCard.objects.filter(token=token, revoked_at=None).select_related("station").first()
    found = faces(card.station, day, enterprise_ids=[card.enterprise_id]) if card is not None else []
    return next(iter(found), None)


def _face(station: Station, released: ResponsibleList, line: ResponsibleListLine, card: GateCard | None) -> Face:
    officer = line.officer_name or (f"{line.acting_name}（代管）" if line.acting_name else "（岗位空缺）")
    people = (
        ("站长", line.chief_name, "chief"),
        ("驻站员", officer, "officer"),
        ("联络员", line.liaison_names, "liaison"),
    )
    return Face(
        enterprise_id=line.enterprise_id,
        enterprise=line.enterprise_name,
        station=station.name,
        people=tuple(Person(role, name or "—", line.phones.get(key, "")) for role, name, key in people),
        services="、".join((*SERVICES, *station.extra_services)),
        supervision_phone=station.supervision_phone,
        source=str(released),
        card=card,
        sample=line.enterprise.is_sample,
    )
