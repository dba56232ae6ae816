"""The tables of docs/: every row once, and what docs/services.md says of a function is what the function takes."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIGNATURE = re.compile(r"`(?:([\w.]+)\.)?(\w+)\(([^`]*?)\)(?: -> [^`]*)?`")


def rows(page: str) -> Iterator[list[str]]:
    """Cells of every line of the page's tables."""
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def functions() -> list[tuple[str, str, str]]:
    """(module, function, its arguments as written) of docs/services.md."""
    found, module = [], ""
    for head, said, *_right in rows("services.md"):
        module = head.strip("` ") or module
        found += [(place or module, name, given) for place, name, given in SIGNATURE.findall(said)]
    return found


def named(given: str) -> list[str]:
    """The arguments' names, without what stands in brackets of their own, annotations and defaults."""
    flat = re.sub(r"[\[{(][^\[\](){}]*[\]})]", "", given)
    return [part.split(":")[0].split("=")[0].strip("* ") for part in flat.split(",") if part.strip("* …")]


def test_every_function_stands_once() -> None:
    twice = [one for one, times in Counter(one[:2] for one in functions()).items() if times > 1]
    assert twice == []
    assert len(functions()) > 80


@pytest.mark.parametrize(("module", "name", "given"), functions(), ids=lambda value: str(value)[:40])
def test_a_function_takes_what_the_page_says(module: str, name: str, given: str) -> None:
    function = getattr(import_module(module), name)
    taken = inspect.signature(function).parameters
    written = named(given)
    free = any(one.kind is one.VAR_KEYWORD for one in taken.values())
    assert [one for one in written if one not in taken and not free] == []
    asked = [key for key, one in taken.items() if one.default is one.empty and one.kind < one.VAR_KEYWORD]
    if "…" not in given:
        assert [one for one in asked if one not in written] == []


@pytest.mark.parametrize("page", ["permissions.md", "layers.md"])
def test_every_row_of_a_table_stands_once(page: str) -> None:
    # “a, b” and “b” would be two rows about b
    heads = Counter(word for head, *_cells in rows(page) for word in head.split(", ") if word)
    assert [word for word, times in heads.items() if times > 1] == []
