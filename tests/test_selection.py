"""What cannot be run here is left out by name, and said."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import selection


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a browser and without real files."""
    monkeypatch.setitem(selection.NEEDS, "browser", (lambda: "/usr/bin/chromium", "no Chromium is installed"))
    monkeypatch.setitem(selection.NEEDS, "realdata", (lambda: None, "there is no ../shared/data"))


def an_item(*marks: str) -> Any:
    return SimpleNamespace(get_closest_marker=lambda mark: mark in marks)


def a_config(dropped: list[Any]) -> Any:
    hook = SimpleNamespace(pytest_deselected=lambda **told: dropped.extend(told["items"]))
    return SimpleNamespace(stash=pytest.Stash(), hook=hook)


def test_what_cannot_be_run_is_left_out_and_counted(bare_machine: None) -> None:
    plain, browser, real, both = an_item(), an_item("browser"), an_item("realdata"), an_item("browser", "realdata")
    items, dropped = [plain, browser, real, both], []
    config = a_config(dropped)
    selection.leave_out(config, items)
    assert items == [plain, browser]
    assert dropped == [real, both]
    assert selection.last_line(config) == "Not selected: 2 realdata (there is no ../shared/data)."


def test_when_everything_runs_the_last_line_says_so() -> None:
    config = a_config([])
    config.stash[selection.LEFT_OUT] = Counter()
    assert selection.last_line(config) == "Not selected: nothing was left out."


def test_a_run_that_must_leave_nothing_out_refuses_to_start(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANLIAN_REQUIRE", "browser")
    selection.require_what_is_asked_for()
    monkeypatch.setenv("LIANLIAN_REQUIRE", "browser,realdata")
    with pytest.raises(pytest.UsageError, match="realdata"):
        selection.require_what_is_asked_for()


def test_an_empty_folder_holds_no_real_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANLIAN_REALDATA", str(tmp_path))
    selection.real_data.cache_clear()
    assert selection.real_data() is None
    (tmp_path / "file.csv").touch()
    selection.real_data.cache_clear()
    assert selection.real_data() == tmp_path
    selection.real_data.cache_clear()
