"""Real firms by name and profile alone, and sample firms with everything."""

import datetime as dt
from dataclasses import dataclass
from random import Random

from crm.core.dated import term_from
from crm.core.text import pinyin
from crm.workflows.demo import tables
from crm.workflows.demo.places import Places
from enterprises.enums import CandidateSource, ContractState, Shift, Size, Tier, UnionState
from enterprises.models import (
    Candidate,
    ChainLeader,
    ChainMembership,
    Enterprise,
    EnterpriseContact,
    EnterpriseFact,
)
from grids.models import Responsibility
from stations.models import Park

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, place, 31) for place in range(17)]


@dataclass
class Firms:
    """The sample firms by chain, in order, and the node each lies on."""

    by_chain: dict[str, list[Enterprise]]
    node_of: dict[int, tuple[str, int]]

    def all(self) -> list[Enterprise]:
        return [row for rows in self.by_chain.values() for row in rows]


def credit_code(number: int) -> str:
    """A made-up code: the division 530199 exists nowhere, the check digit is right (GB 32100)."""
    body = f"91530199MADEMO{number:03d}".replace("O", "0")
    total = sum(_ALPHABET.index(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return body + _ALPHABET[(31 - total % 31) % 31]


def enter_real_firms(places: Places, start: dt.date) -> None:
    """Name, profile and node of real firms; the 链主 also leads its chain and has a post that answers for it."""
    for name, chain, number, profile in tables.REAL_FIRMS:
        key, initials = pinyin(name)
        row = Enterprise.objects.create(
            name=name, name_key=key, initials=initials, profile=profile, park=_park(places, chain)
        )
        Candidate.objects.create(enterprise=row, station=places.station, source=CandidateSource.PROFILE, since=start)
        node = places.nodes[chain, number]
        ChainMembership.objects.create(enterprise=row, node=node, chain=node.chain, term=term_from(start))
        if name == tables.LEAD_FIRM:
            ChainLeader.objects.create(chain=node.chain, enterprise=row, node=node, term=term_from(start))
            post = places.posts["zhuzhan"]
            Responsibility.objects.create(enterprise=row, post=post, role=post.role, term=term_from(start))


def enter_sample_firms(places: Places, start: dt.date, rng: Random) -> Firms:
    """About 150 sample firms, known to the station but not yet on its register."""
    firms = Firms({"flower": [], "digital": []}, {})
    number = 0
    for chain, per_node in (("flower", tables.FLOWER_FIRMS), ("digital", tables.DIGITAL_FIRMS)):
        for node_number, (count, trade) in per_node.items():
            for _ in range(count):
                number += 1
                row = _sample(places, chain, number, trade, rng)
                firms.by_chain[chain].append(row)
                firms.node_of[row.pk] = (chain, node_number)
    rows = firms.all()
    Candidate.objects.bulk_create(
        Candidate(enterprise=row, station=places.station, source=CandidateSource.ENTERED, since=start) for row in rows
    )
    EnterpriseFact.objects.bulk_create(_facts(row, place, start, rng) for place, row in enumerate(rows))
    EnterpriseContact.objects.bulk_create(
        EnterpriseContact(
            enterprise=row,
            name=f"{rng.choice(tables.SURNAMES)}示例{place:03d}",
            title=rng.choice(tables.TITLES),
            phone=f"000-{place:04d}{rng.randint(1000, 9999)}",
            is_primary=True,
        )
        for place, row in enumerate(rows, start=1)
    )
    return firms


def _park(places: Places, chain: str) -> Park:
    return places.parks[0] if chain == "flower" else places.parks[1]


def _sample(places: Places, chain: str, number: int, trade: str, rng: Random) -> Enterprise:
    short = f"{tables.HEADS[number % len(tables.HEADS)]}{trade}"
    name = f"昆明{short}有限公司（示例{number:02d}）"
    key, initials = pinyin(name)
    return Enterprise.objects.create(
        name=name,
        short_name=f"{short}（示例{number:02d}）",
        name_key=key,
        initials=initials,
        uscc=credit_code(number),
        ownership="有限责任公司",
        registered_on=dt.date(2012 + number % 12, 1 + number % 12, 1 + number % 28),
        business_scope=f"{trade}相关产品的生产、销售与服务（示例数据）",
        park=_park(places, chain),
        building=f"{'ABCD'[number % 4]} 座 {1 + number % 6} 层",
        address=f"{tables.HOME_PARK if chain == 'flower' else tables.SECOND_PARK}（示例地址）",
        shift=Shift.NIGHT if trade in ("冷链", "包装") else Shift.DAY,
        visiting_hours="21:00 以后" if trade in ("冷链", "包装") else "09:30–11:30",
        busy_seasons="春节前、情人节、七夕" if chain == "flower" else "",
        union_state=rng.choice((UnionState.OWN, UnionState.COVERED, UnionState.DUE, UnionState.PREPARING)),
        contract_state=rng.choice((ContractState.NONE, ContractState.IN_FORCE, ContractState.NEGOTIATING)),
        is_sample=True,
    )


def _facts(row: Enterprise, place: int, start: dt.date, rng: Random) -> EnterpriseFact:
    tier = Tier.KEY if place % 6 == 0 else Tier.MICRO if place % 3 == 1 else Tier.GENERAL
    low, high, size = {
        Tier.KEY: (90, 260, Size.MEDIUM),
        Tier.GENERAL: (20, 80, Size.SMALL),
        Tier.MICRO: (3, 12, Size.MICRO),
    }[tier]
    workers = rng.randint(low, high)
    return EnterpriseFact(
        enterprise=row,
        tier=tier,
        size=size,
        workers=workers,
        industrial_workers=int(workers * 0.7),
        term=term_from(start),
    )
