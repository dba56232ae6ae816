"""Enterprises with all that is theirs but visits and issues: register, facts, contact, nodes, who answers for them."""

from array import array
from collections.abc import Iterator
from random import Random
from typing import Any

from crm.access.roles import Role
from crm.workflows.generate import words
from crm.workflows.generate.copying import Table
from crm.workflows.generate.days import Days
from crm.workflows.generate.people import People
from crm.workflows.generate.places import ChainRow, Places, StationRow
from crm.workflows.generate.shape import PER_OFFICER, apportion
from enterprises.enums import (
    CandidateSource,
    ContractState,
    EntryReason,
    ExitReason,
    Shift,
    Size,
    Status,
    Tier,
    UnionState,
)
from enterprises.models import (
    Candidate,
    ChainLeader,
    ChainMembership,
    Enterprise,
    EnterpriseContact,
    EnterpriseFact,
    RegisterEntry,
)
from grids.models import Responsibility

NOBODY = -1  # no post answers for it
# tier, share, workers from and to, size
TIERS = (
    (Tier.LEAD, 0.005, 300, 3000, Size.LARGE),
    (Tier.KEY, 0.065, 80, 400, Size.MEDIUM),
    (Tier.GENERAL, 0.33, 15, 90, Size.SMALL),
    (Tier.MICRO, 0.6, 1, 14, Size.MICRO),
)
LEFT, JOINED_LATER, UNASSIGNED, REASSIGNED = 0.02, 0.3, 0.02, 0.05
ON_CHAIN, ON_TWO_CHAINS, LOOKED_AFTER, GREW = 0.78, 0.08, 0.5, 0.05
SETTLED = 30  # days that an enterprise has at least been on the register; one that left was there twice as long
UNION_STATES = (UnionState.OWN, UnionState.COVERED, UnionState.JOINT, UnionState.DUE, UnionState.PREPARING,
                UnionState.NOT_YET, UnionState.UNKNOWN)  # fmt: skip
CONTRACTS = (ContractState.NONE, ContractState.NONE, ContractState.IN_FORCE, ContractState.NEGOTIATING,
             ContractState.EXPIRED)  # fmt: skip


class Firms:
    """What the records must know of each enterprise, as columns; posts are places in `People.posts`."""

    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.station = array("i")
        self.tier = array("b")
        self.joined = array("h")  # days
        self.left = array("h")  # first day off the register; the day count while on it
        self.officer = array("i")
        self.changed = array("h")  # first day of the officer who came after; the day count if none did
        self.next_officer = array("i")

    def __len__(self) -> int:
        return len(self.station)


class Trade:
    """Writes the enterprises of station after station."""

    def __init__(self, cursor: Any, days: Days, people: People, places: Places, rng: Random) -> None:
        self.days, self.people, self.places, self.rng = days, people, places, rng
        self._led: set[int] = set()
        self._enterprise = Table(
            cursor,
            Enterprise,
            "uscc, registered_on, client_uuid, name, short_name, name_key, initials, business_scope, ownership, "
            "registered_capital, address, park_id, building, shift, union_state, contract_state, station_id, version, "
            "old_number, former_names, industry_code, division_code, province, city, visiting_hours, busy_seasons, "
            "profile, external_ids, is_sample",
        )
        self._fact = Table(
            cursor, EnterpriseFact, "enterprise_id, tier, size, workers, industrial_workers, status, term"
        )
        self._entry = Table(cursor, RegisterEntry, "enterprise_id, station_id, entry_reason, exit_reason, term")
        self._candidate = Table(cursor, Candidate, "station_id, enterprise_id, source, since")
        self._contact = Table(cursor, EnterpriseContact, "enterprise_id, name, title, phone, is_primary")
        self._membership = Table(cursor, ChainMembership, "enterprise_id, node_id, chain_id, term")
        self._leader = Table(cursor, ChainLeader, "chain_id, enterprise_id, node_id, term")
        self._answer = Table(cursor, Responsibility, "enterprise_id, post_id, role, chain_id, term")
        self.firms = Firms(self._enterprise.next_id)

    def tables(self) -> list[Table]:
        return [
            self._enterprise, self._fact, self._entry, self._candidate, self._contact, self._membership, self._leader,
            self._answer,
        ]  # fmt: skip

    def fill(self) -> Firms:
        """Every station's enterprises; what the records must know of them."""
        for number, station in enumerate(self.places.stations):
            for officer in self._loads(station):
                self._enter(number, station, officer)
        return self.firms

    def _loads(self, station: StationRow) -> Iterator[int]:
        """For each enterprise of the station the post that answers for it: the first for a usual number, others unevenly."""
        usual = min(PER_OFFICER, station.enterprises // 2)
        uneven = [self.rng.uniform(0.5, 1.5) for _ in station.officers[1:]]
        loads = [usual, *apportion(station.enterprises - usual, uneven)]
        spread = [post for post, load in zip(station.officers, loads, strict=True) for _ in range(load)]
        self.rng.shuffle(spread)
        return iter(spread)

    def _enter(self, number: int, station: StationRow, officer: int) -> None:
        rng, days, firms = self.rng, self.days, self.firms
        chance = rng.random
        tier = self._tier()
        joined = 0 if chance() > JOINED_LATER else int(chance() * (days.count - 3 * SETTLED))
        left = days.count
        if chance() < LEFT:
            left = joined + 2 * SETTLED + int(chance() * (days.count - joined - 2 * SETTLED))
        gone = left < days.count
        if chance() < UNASSIGNED:
            officer = NOBODY
        changed, after = days.count, officer
        if officer != NOBODY and chance() < REASSIGNED:
            after = station.officers[(officer - station.officers.start + 1) % len(station.officers)]
            changed = joined + 1 + int(chance() * (left - joined - 1))

        key = self._write_enterprise(station, gone=gone)
        term = days.term(joined, left)
        reason = EntryReason.OPERATING if joined == 0 else EntryReason.MOVED_IN
        self._entry.put(f"{key}\t{station.id}\t{reason.value}\t{ExitReason.MOVED_OUT.value if gone else ''}\t{term}")
        if gone:
            self._candidate.add(station.id, key, CandidateSource.ENTERED.value, days.texts[left])
        self._write_facts(key, tier, joined)
        self._contact.put(
            f"{key}\t{words.SURNAMES[key % 18]}示例{key % 1000:03d}\t{words.TITLES[key % 5]}\t000-{key:08d}\tt"
        )
        self._write_answers(key, officer, after, joined, changed, left)
        if chance() < ON_CHAIN:
            self._put_on_chains(key, station, tier, term, gone=gone)
        for column, value in (
            (firms.station, number), (firms.tier, tier), (firms.joined, joined), (firms.left, left),
            (firms.officer, officer), (firms.changed, changed), (firms.next_officer, after),
        ):  # fmt: skip
            column.append(value)

    def _tier(self) -> int:
        at = self.rng.random()
        for place, (_, share, *_rest) in enumerate(TIERS[:-1]):
            at -= share
            if at < 0:
                return place
        return len(TIERS) - 1

    def _write_enterprise(self, station: StationRow, *, gone: bool) -> int:
        bits = self.rng.getrandbits(62)
        number = self._enterprise.next_id - self.firms.first_id + 1
        digits = f"{number:07d}"
        firm = "\t".join(words.FIRMS[(bits & 0xFFFF) % len(words.FIRMS)]).replace(words.DIGITS, digits)
        bits >>= 16
        park = station.parks[(bits & 0xFF) % len(station.parks)]
        return self._enterprise.put(
            f"{words.credit_code(number)}\t{2005 + (bits & 15)}-{1 + (bits >> 4) % 12:02d}-{1 + (bits >> 8) % 28:02d}\t"
            f"{self.rng.getrandbits(128):032x}\t{firm}\t{words.OWNERSHIP[(bits >> 14) % 6]}\t"
            f"{words.CAPITAL[(bits >> 18) % 6]}\t示例路{(bits >> 20) % 900 + 1}号\t{park}\t"
            f"{'ABCD'[(bits >> 28) & 3]} 座 {(bits >> 30) % 12 + 1} 层\t{_SHIFTS[(bits >> 34) & 7]}\t"
            f"{_UNION_STATES[(bits >> 38) % 7]}\t{_CONTRACTS[(bits >> 42) % 5]}\t"
            f"{_GONE if gone else f'{station.id}{_STAYS}'}"
        )

    def _write_facts(self, key: int, tier: int, joined: int) -> None:
        """Workers of an enterprise since it was first known; a few have grown since."""
        rng, days = self.rng, self.days
        _, _, least, most, _ = TIERS[tier]
        workers = least + int((most - least) * rng.random() ** 2)
        grown = joined + 1 + int(rng.random() * (days.count - joined - 1)) if rng.random() < GREW else days.count
        words_of = _FACTS[tier]
        self._fact.put(f"{key}\t{words_of}\t{workers}\t{workers * 7 // 10}\t{_OPERATING}\t{days.term(joined, grown)}")
        if grown < days.count:
            more = workers + workers // 5
            self._fact.put(f"{key}\t{words_of}\t{more}\t{more * 7 // 10}\t{_OPERATING}\t{days.term(grown)}")

    def _write_answers(self, key: int, officer: int, after: int, joined: int, changed: int, left: int) -> None:
        if officer == NOBODY:
            return
        posts, days = self.people.posts, self.days
        self._answer.put(f"{key}\t{posts[officer].id}\t{_OFFICER}\t{days.term(joined, min(changed, left))}")
        if changed < left:
            self._answer.put(f"{key}\t{posts[after].id}\t{_OFFICER}\t{days.term(changed, left)}")

    def _put_on_chains(self, key: int, station: StationRow, tier: int, term: str, *, gone: bool) -> None:
        """One or two chains of the district, the first of them much oftener; half of them have a liaison officer."""
        chance = self.rng.random
        chains = self.places.chains[station.district]
        place = int(chance() ** 2 * len(chains))
        chain = chains[place]
        node = self._put_on_node(key, chain, term)
        if tier <= 1 and not gone and chain.id not in self._led and chance() < LOOKED_AFTER:
            self._led.add(chain.id)
            self._leader.add(chain.id, key, node, term)
        if chance() < LOOKED_AFTER:
            liaisons = station.liaisons
            post = self.people.posts[liaisons[(place + key) % len(liaisons)]].id
            self._answer.put(f"{key}\t{post}\t{Role.LIAISON.value}\t{chain.id}\t{term}")
        if chance() < ON_TWO_CHAINS and len(chains) > 1:
            self._put_on_node(key, chains[(place + 1) % len(chains)], term)

    def _put_on_node(self, key: int, chain: ChainRow, term: str) -> int:
        node = chain.nodes[int(self.rng.random() ** 1.5 * len(chain.nodes))]
        self._membership.put(f"{key}\t{node}\t{chain.id}\t{term}")
        return node


_OPERATING = Status.OPERATING.value
_OFFICER = f"{Role.GRID_OFFICER.value}\t\\N"
_SHIFTS = (*[Shift.DAY.value] * 4, Shift.NIGHT.value, Shift.ROTATING.value, "", "")
_UNION_STATES = [state.value for state in UNION_STATES]
_CONTRACTS = [state.value for state in CONTRACTS]
_FACTS = [f"{tier.value}\t{size.value}" for tier, _, _, _, size in TIERS]
# old number, former names, codes and places, hours, seasons and profile: all empty
_REST = "\t\t{}\t\t\t\t\t\t\t\t{}\tt"
_STAYS, _GONE = f"\t1{_REST}", f"\\N\t2{_REST}"
