"""How many of what, from the number of enterprises alone: Zipf-like, with one district that holds a fifth of everything."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil

HOT_SHARE = 0.2  # of the enterprises lie in district 0
PROVINCE_SHARE = 0.2  # and as many in all of province 1
PER_STATION, PER_OFFICER, PER_LIAISON = 400, 60, 400
FALL = 0.8  # of Zipf's law: the n-th largest has n^-FALL of the largest
CHAINS, CHAINS_HOT = 2, 6  # per district
MOST_PROVINCES = 31


def zipf(count: int, fall: float = FALL) -> list[float]:
    """Falling shares that add up to 1."""
    sizes = [rank**-fall for rank in range(1, count + 1)]
    total = sum(sizes)
    return [size / total for size in sizes]


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total exactly."""
    scale = total / (sum(weights) or 1)
    marks = [0, *(round(reached * scale) for reached in accumulate(weights))]
    return [after - before for before, after in pairwise(marks)]


@dataclass(frozen=True)
class StationShape:
    """A station: its district, how many enterprises are or were on its register, and its posts."""

    district: int
    enterprises: int

    @property
    def officers(self) -> int:
        return max(2, ceil(self.enterprises / PER_OFFICER))

    @property
    def liaisons(self) -> int:
        return 1 + self.enterprises // PER_LIAISON


@dataclass(frozen=True)
class Shape:
    """The country: city → province, district → city, chains of each district, stations (largest of a district first)."""

    provinces: int
    province_of: list[int]
    city_of: list[int]
    chains: list[int]
    stations: list[StationShape]


def shape(enterprises: int) -> Shape:
    """The plan for so many enterprises. District 0 is the hot one, in province 0; province 1 is one fifth as a whole."""
    stations = max(24, enterprises // PER_STATION)
    districts = max(12, stations // 6)
    cities = max(6, districts // 6)
    provinces = min(MOST_PROVINCES, max(4, cities // 2))
    province_of = [city % provinces for city in range(cities)]
    city_of = [district % cities for district in range(districts)]

    weights = [0.0] * districts
    weights[0] = HOT_SHARE
    ours = [district for district in range(1, districts) if province_of[city_of[district]] == 1]
    others = [district for district in range(1, districts) if province_of[city_of[district]] != 1]
    for members, share in ((ours, PROVINCE_SHARE), (others, 1 - HOT_SHARE - PROVINCE_SHARE)):
        for district, part in zip(members, zipf(len(members)), strict=True):
            weights[district] = part * share

    found: list[StationShape] = []
    sizes = apportion(enterprises, weights)
    for district, more in enumerate(apportion(stations - districts, weights)):
        found += [StationShape(district, size) for size in apportion(sizes[district], zipf(1 + more))]
    chains = [CHAINS_HOT if district == 0 else CHAINS for district in range(districts)]
    return Shape(provinces, province_of, city_of, chains, found)
