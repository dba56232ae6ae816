"""Administrative divisions: which codes and names exist. The table is python-stdnum's (codes of former years included)."""

import re
from bisect import bisect_left
from functools import cache

from stdnum import numdb

_NAME = re.compile(r"(?:\[[^\]]*\])?([^,\[\]]+)")  # a code's names in turn: "[-2010]呈贡县,[2011-]呈贡区"


@cache
def _table() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """(codes of six digits, provinces, names of everything below), the names sorted."""
    codes: set[str] = set()
    provinces: set[str] = set()
    places: set[str] = set()
    for _length, head, _high, above, below in numdb.get("cn/loc").prefixes:
        provinces.add(above["province"])
        codes.add(f"{head}0000")
        for _size, low, _top, properties, _none in below:
            codes.add(head + low)
            places.update(_NAME.findall(properties.get("county", "")))
    return frozenset(codes), tuple(sorted(provinces)), tuple(sorted(places | provinces))


def is_code(value: str) -> bool:
    """Whether a code of 6, 9 or 12 digits lies in a division that exists or existed."""
    return value[:6] in _table()[0]


def is_province(text: str) -> bool:
    """Whether a text names a province: `云南` or `云南省`."""
    return _begins(text, _table()[1])


def is_place(text: str) -> bool:
    """Whether a text names a city or county, or begins with one: `昆明`, `昆明市`, `昆明市呈贡区`."""
    names = _table()[2]
    return _begins(text, names) or any(_has(text[:end], names) for end in range(2, len(text) + 1))


def _begins(text: str, names: tuple[str, ...]) -> bool:
    """Whether some name is the text or begins with it (two characters at least)."""
    at = bisect_left(names, text)
    return len(text) >= 2 and at < len(names) and names[at].startswith(text)


def _has(text: str, names: tuple[str, ...]) -> bool:
    at = bisect_left(names, text)
    return at < len(names) and names[at] == text
