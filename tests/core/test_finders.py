"""Only the listed files of node_modules are served, and their absence breaks nothing."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import get_finder

from crm.core.finders import FILES, NodePackagesFinder


@pytest.fixture
def finder(tmp_path: Path) -> NodePackagesFinder:
    """The finder over a folder in which one listed and one unlisted file lie."""
    made = NodePackagesFinder()
    made.storage.__dict__.update(location=str(tmp_path), base_location=str(tmp_path))
    for name in ("echarts/dist/echarts.common.min.js", "echarts/package.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
    return made


def test_a_listed_file_is_found_under_its_short_name(finder: NodePackagesFinder, tmp_path: Path) -> None:
    path = str(tmp_path / "echarts/dist/echarts.common.min.js")
    assert finder.find("npm/echarts.min.js") == path
    assert finder.find("npm/echarts.min.js", find_all=True) == [path]
    assert [(name, storage.path(name)) for name, storage in finder.list(None)] == [("npm/echarts.min.js", path)]


@pytest.mark.parametrize(
    "name", ["echarts/package.json", "npm/echarts/package.json", "npm/../echarts/package.json", ""]
)
def test_nothing_else_is_found(finder: NodePackagesFinder, name: str) -> None:
    assert finder.find(name) == []


def test_what_was_not_fetched_is_told_and_not_found(finder: NodePackagesFinder, tmp_path: Path) -> None:
    (tmp_path / "echarts/dist/echarts.common.min.js").unlink()
    assert finder.find("npm/echarts.min.js") == []
    assert [message.id for message in finder.check()] == ["core.I001"]


def test_the_settings_use_it_and_every_listed_package_is_locked() -> None:
    assert isinstance(get_finder("crm.core.finders.NodePackagesFinder"), NodePackagesFinder)
    lock = (Path(settings.ROOT) / "package-lock.json").read_text()
    packages = {"/".join(path.split("/")[: 2 if path.startswith("@") else 1]) for path in FILES.values()}
    assert packages == set(json.loads(lock)["packages"][""]["dependencies"])
    assert '"resolved"' not in lock
