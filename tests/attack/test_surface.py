"""The attack knows every address: what is not in its tables is not attacked."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.attack.surface import LISTS, OTHERS, PARTS, WEB, WRITES


def addresses(resolver: URLResolver, path: str = "", room: str = "") -> list[tuple[str, str]]:
    """(path, room:name) of every address."""
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += addresses(entry, path + str(entry.pattern), entry.namespace or room)
        elif isinstance(entry, URLPattern):
            found.append((path + str(entry.pattern), f"{room}:{entry.name}" if room else str(entry.name)))
    return found


def test_every_page_is_attacked() -> None:
    pages = {name for _path, name in addresses(get_resolver()) if not name.startswith("api:")}
    assert pages == set(WEB)


def test_every_address_of_the_api_is_attacked() -> None:
    known = {f"{name}/" for name in LISTS} | {f"{name}/{{}}/" for name in LISTS} | set(OTHERS)
    known |= {f"{head}/{{}}/{tail}/" for head, tail in (part.split("/") for part in PARTS)}
    known |= {write.path for write in WRITES} | {"docs/", ""}
    paths = {path for path, name in addresses(get_resolver()) if name.startswith("api:")}
    said = {re.sub(r"\(\?P<pk>[^)]*\)", "{}", path.removeprefix("api/v1/")).strip("^$") for path in paths}
    assert said == known


@pytest.mark.parametrize("page", [page for page in WEB.values() if page.kind])
def test_a_page_of_a_row_says_whom_it_opens_for(page: object) -> None:
    assert page.opens is not None or page.kind in ("persons", "users")  # type: ignore[attr-defined]
