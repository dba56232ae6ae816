"""The locked requirements: by hash, without addresses, and up to date with pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = {"base": PROJECT["project"]["dependencies"], **PROJECT["dependency-groups"]}


def locked(group: str) -> dict[str, str]:
    """{package: version} of a locked file."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text()
    return {name.lower(): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize("group", WANTED)
def test_every_requirement_is_locked_to_a_version_that_it_allows(group: str) -> None:
    versions = locked(group)
    for line in WANTED[group]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(versions[requirement.name.lower()]), line


@pytest.mark.parametrize("group", WANTED)
def test_every_locked_package_has_hashes_and_no_address(group: str) -> None:
    text = (ROOT / "requirements" / f"{group}.txt").read_text()
    packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in package for package in packages)
    assert not re.search(r"://|--(extra-)?index-url|--find-links|^-", text, re.MULTILINE)


def test_the_files_agree_with_each_other() -> None:
    versions: dict[str, set[str]] = {}
    for group in WANTED:
        for name, version in locked(group).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
