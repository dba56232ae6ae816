"""Unions, parks, chains and stations of the country, without people."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from crm.workflows.generate.copying import Table
from crm.workflows.generate.days import Days
from crm.workflows.generate.shape import Shape
from enterprises.enums import NodeKind
from enterprises.models import Chain, ChainNode, NodeEdge
from stations.enums import UnionLevel
from stations.models import Park, Station, StationPark, TradeUnion

MARK = "示例"
NODES = ("原料供应", "部件制造", "加工装配", "质量检测", "仓储物流", "销售与服务", "研发设计", "数字平台")
UPSTREAM = {1: (), 2: (1,), 3: (2, 7), 4: (3,), 5: (4,), 6: (5, 8), 7: (), 8: ()}  # by number, as NODES from 1
SIDE = (7, 8)
BRANCHES = ("装备制造", "食品加工", "电子信息", "生物医药", "新材料", "现代物流")


@dataclass(frozen=True)
class ChainRow:
    id: int
    nodes: range  # keys of its nodes


@dataclass
class StationRow:
    """A station as the later steps need it; posts are places in `people.People.posts`."""

    id: int
    district: int
    enterprises: int
    parks: tuple[int, ...]
    source: int  # the grassroots union from which its people come
    chief: int = 0
    officers: range = range(0)
    liaisons: range = range(0)


@dataclass
class Places:
    """Keys of what was set up, by the numbers of the shape."""

    country: int = 0
    provinces: list[int] = field(default_factory=list)
    cities: list[int] = field(default_factory=list)
    districts: list[int] = field(default_factory=list)
    chains: list[list[ChainRow]] = field(default_factory=list)  # of each district
    stations: list[StationRow] = field(default_factory=list)


class Unions:
    """The union tree in treebeard's materialized paths; children are counted as they come and written at the end."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[int, list[Any]] = {}
        last = TradeUnion.objects.get_last_root_node()
        self._roots = 0 if last is None else TradeUnion._str2int(last.path)

    def add(self, name: str, level: UnionLevel, above: int | None = None) -> int:
        """A union below another; returns its key."""
        key = self.table.next_id + len(self.rows)
        if above is None:
            self._roots += 1
            path, depth = TradeUnion._get_path("", 1, self._roots), 1
        else:
            parent = self.rows[above]
            parent[2] += 1
            path, depth = TradeUnion._get_path(parent[0], parent[1] + 1, parent[2]), parent[1] + 1
        self.rows[key] = [path, depth, 0, f"{MARK}{name}", level.value]
        return key

    def write(self) -> None:
        for path, depth, children, name, level in self.rows.values():
            self.table.add(path, depth, children, name, name, level, "", True)


def settle(cursor: Any, shape: Shape, days: Days, rng: Random) -> tuple[Places, list[Table]]:
    """Write unions, parks, chains and stations; what was set up, and the tables."""
    unions = Unions(
        Table(cursor, TradeUnion, "path, depth, numchild, name, short_name, level, division_code, is_sample")
    )
    places = Places()
    places.country = unions.add("全国总工会", UnionLevel.NATIONAL)
    for number in range(shape.provinces):
        places.provinces.append(unions.add(f"{number + 1:02d}省总工会", UnionLevel.PROVINCE, places.country))
    for number, province in enumerate(shape.province_of, start=1):
        places.cities.append(unions.add(f"{number:03d}市总工会", UnionLevel.CITY, places.provinces[province]))
    for number, city in enumerate(shape.city_of, start=1):
        places.districts.append(unions.add(f"{number:04d}区总工会", UnionLevel.DISTRICT, places.cities[city]))
    tables = [unions.table, *_draw_chains(cursor, shape, places)]

    parks = Table(cursor, Park, "name, short_name, union_id, profile")
    stations = Table(
        cursor,
        Station,
        "client_uuid, name, short_name, paper_code, union_id, home_park_id, profile, extra_services",
    )
    served = Table(cursor, StationPark, "station_id, park_id, term")
    always = days.term(0)
    for number, plan in enumerate(shape.stations, start=1):
        district = places.districts[plan.district]
        here = tuple(
            parks.add(f"{MARK}园区{number:05d}{side}", f"园区{number:05d}{side}", district, "")
            for side in ("东", "西")[: 1 + (number % 3 == 0)]
        )
        name = f"{MARK}园区{number:05d}“联链”服务站"
        key = stations.add(
            f"{rng.getrandbits(128):032x}", name, f"{MARK}{number:05d}站", f"{MARK}联链{number:05d}", district,
            here[0], "", '["政策咨询"]',
        )  # fmt: skip
        for park in here:
            served.add(key, park, always)
        source = unions.add(f"园区{number:05d}企业联合工会", UnionLevel.GRASSROOTS, district)
        places.stations.append(StationRow(key, plan.district, plan.enterprises, here, source))
    unions.write()
    return places, [*tables, parks, stations, served]


def _draw_chains(cursor: Any, shape: Shape, places: Places) -> list[Table]:
    """The chains of every district, all of one pattern."""
    chains = Table(cursor, Chain, "code, name, union_id, profile, title, government_leader")
    nodes = Table(cursor, ChainNode, 'chain_id, number, name, kind, "column", "row", span')
    edges = Table(cursor, NodeEdge, "upstream_id, downstream_id, kind")
    for district, count in enumerate(shape.chains):
        rows = []
        for number in range(count):
            name = f"{BRANCHES[number]}链（{MARK}）"
            key = chains.add(f"gen-{district + 1:04d}-{number + 1}", name, places.districts[district], "", "", "")
            first = nodes.next_id
            for place, label in enumerate(NODES, start=1):
                side = place in SIDE
                kind = NodeKind.SIDE if side else NodeKind.MAIN
                column, row = (2 * (place - 6), 2) if side else (place, 1)
                nodes.add(key, place, label, kind.value, column, row, 1)
            for place, upstream in UPSTREAM.items():
                for source in upstream:
                    kind = NodeKind.SIDE if source in SIDE else NodeKind.MAIN
                    edges.add(first + source - 1, first + place - 1, kind.value)
            rows.append(ChainRow(key, range(first, nodes.next_id)))
        places.chains.append(rows)
    return [chains, nodes, edges]
