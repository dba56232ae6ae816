"""Which tests this machine can run. What it cannot is not selected (never skipped), and the last line says so.

LIANLIAN_REQUIRE=browser,realdata turns what is missing into an error, for a run that must leave nothing out.
"""

import importlib.util
import os
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = pytest.StashKey[Counter[str]]()


@cache
def chromium() -> str | None:
    """The browser's program: LIANLIAN_CHROMIUM or the first known name on the PATH."""
    names = [os.environ.get("LIANLIAN_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return found if importlib.util.find_spec("playwright") else None


@cache
def real_data() -> Path | None:
    """The folder of real files: LIANLIAN_REALDATA, else `../shared/data` beside the clone."""
    folder = Path(os.environ.get("LIANLIAN_REALDATA") or ROOT.parent / "shared" / "data")
    return folder if folder.is_dir() and any(folder.iterdir()) else None


NEEDS = {
    "browser": (chromium, "no Chromium is installed"),
    "realdata": (real_data, "there is no ../shared/data"),
}


def missing() -> list[str]:
    """The kinds of test that this machine cannot run."""
    return [mark for mark, (find, _) in NEEDS.items() if not find()]


def require_what_is_asked_for() -> None:
    """Raise a usage error when LIANLIAN_REQUIRE names a kind of test that cannot be run."""
    for mark in os.environ.get("LIANLIAN_REQUIRE", "").replace(",", " ").split():
        if mark in missing():
            raise pytest.UsageError(f"LIANLIAN_REQUIRE names {mark}, but {NEEDS[mark][1]}.")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the tests that cannot be run out of `items` and count them."""
    counted: Counter[str] = Counter()
    kept, dropped = [], []
    for item in items:
        lacking = [mark for mark in missing() if item.get_closest_marker(mark)]
        counted.update(lacking[:1])
        (dropped if lacking else kept).append(item)
    items[:] = kept
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    config.stash[LEFT_OUT] = counted


def last_line(config: pytest.Config) -> str:
    """What was not selected, and why."""
    counted = config.stash.get(LEFT_OUT, Counter())
    parts = [f"{count} {mark} ({NEEDS[mark][1]})" for mark, count in sorted(counted.items())]
    return f"Not selected: {', '.join(parts)}." if parts else "Not selected: nothing was left out."
