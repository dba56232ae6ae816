"""The lines of a responsible list: what held of each enterprise on the list's day."""

import datetime as dt
from collections import defaultdict

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _

from crm.access import providers
from crm.access.roles import Role
from enterprises.models import (
    ChainLeader,
    ChainMembership,
    Enterprise,
    EnterpriseContact,
    EnterpriseFact,
    RegisterEntry,
)
from grids.models import Grid, Responsibility, ResponsibleList, ResponsibleListLine
from stations.selectors import Seat, seats


def lines_of(responsible_list: ResponsibleList) -> list[ResponsibleListLine]:
    """Unsaved lines: enterprises on the register that day, and 链主, for which an officer answers; constant queries.

    Ordered by grid, then name. Officers' phones and the enterprise's contact are personal and kept apart in JSON.
    """
    station, day = responsible_list.station, responsible_list.as_of
    registered = RegisterEntry.objects.filter(station=station, term__contains=day).values("enterprise_id")
    leading = ChainLeader._base_manager.filter(term__contains=day).values("enterprise_id")
    answering = Responsibility.objects.filter(
        Q(enterprise__in=registered) | Q(enterprise__in=leading), term__contains=day, post__station=station
    )
    frequency = providers.call("contact_frequency", station, day)
    officer_of: dict[int, Responsibility] = {}
    liaisons: dict[int, list[Responsibility]] = defaultdict(list)
    for row in answering.select_related("post"):
        if row.role == Role.GRID_OFFICER:
            officer_of[row.enterprise_id] = row
        else:
            liaisons[row.enterprise_id].append(row)
    enterprises = Enterprise._base_manager.filter(pk__in=officer_of).select_related("park")
    facts = {f.enterprise_id: f for f in EnterpriseFact.objects.filter(enterprise__in=officer_of, term__contains=day)}
    nodes: dict[int, list[str]] = defaultdict(list)
    places = ChainMembership.objects.filter(enterprise__in=officer_of, term__contains=day)
    for place in places.select_related("node", "chain").order_by("chain_id", "node__number"):
        nodes[place.enterprise_id].append(f"{place.chain.name}·{place.node.name}")
    contacts = {
        c.enterprise_id: c for c in EnterpriseContact._base_manager.filter(enterprise__in=officer_of, is_primary=True)
    }
    seat_of = {seat.post.pk: seat for seat in seats(station, day)}
    chief = next((seat for seat in seat_of.values() if seat.post.role == Role.CHIEF), None)
    grid_of = {grid.post_id: grid for grid in Grid.objects.filter(station=station).on(day)}

    def order(row: Enterprise) -> tuple[int, str, int]:
        grid = grid_of.get(officer_of[row.pk].post_id)
        return (grid.number if grid else 999, row.name_key, row.pk)

    lines = []
    for position, row in enumerate(sorted(enterprises, key=order), start=1):
        duty = officer_of[row.pk]
        seat = seat_of.get(duty.post_id)
        fact = facts.get(row.pk)
        grid = grid_of.get(duty.post_id)
        contact = contacts.get(row.pk)
        their_liaisons = [seat_of[d.post_id] for d in liaisons[row.pk] if d.post_id in seat_of]
        lines.append(
            ResponsibleListLine(
                responsible_list=responsible_list,
                position=position,
                enterprise=row,
                enterprise_name=row.name,
                uscc=row.uscc,
                place=" ".join(filter(None, (row.park.short_name or row.park.name if row.park else "", row.building)))[
                    :200
                ],
                nodes="；".join(nodes[row.pk])[:300],
                tier=fact.tier if fact else "",
                workers=fact.workers if fact else None,
                industrial_workers=fact.industrial_workers if fact else None,
                union_state=row.union_state,
                contact={"name": contact.name, "title": contact.title, "phone": contact.phone} if contact else {},
                chief_name=_name(chief),
                officer_post=duty.post,
                officer_name=seat.holder.name if seat and seat.holder else "",
                acting_name=seat.acting.name if seat and seat.acting and not seat.holder else "",
                acting_until=seat.acting_until if seat and not seat.holder else None,
                grid_name=grid.name if grid else "",
                liaison_names="、".join(dict.fromkeys(filter(None, map(_name, their_liaisons))))[:200],
                phones=_phones(seat, chief, their_liaisons),
                frequency=frequency.get(fact.tier, "") if fact else "",
                start=duty.start,
                end=duty.last_day or responsible_list.valid_until,
                note=_note(seat, day),
            )
        )
    return lines


def _name(seat: Seat | None) -> str:
    return seat.person.name if seat is not None and seat.person is not None else ""


def _phones(seat: Seat | None, chief: Seat | None, liaisons: list[Seat]) -> dict[str, str]:
    people = {"officer": seat, "chief": chief, "liaison": liaisons[0] if liaisons else None}
    return {role: who.person.phone for role, who in people.items() if who is not None and who.person is not None}


def _note(seat: Seat | None, day: dt.date) -> str:
    if seat is None or seat.holder is not None:
        return ""
    if seat.acting is not None and seat.acting_until is not None:
        until = formats.date_format(seat.acting_until, "Y-m-d")
        return _("%(name)s acts until %(day)s") % {"name": seat.acting.name, "day": until}
    return _("Post vacant for %(days)d days") % {"days": seat.vacant_days(day)}
