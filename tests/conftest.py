"""What every test stands on: its database, compiled texts, and the choice of tests that this machine can run."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from django.utils.translation.reloader import translation_file_changed
from pytest_django.plugin import DjangoDbBlocker

from crm.core.translations import compile_changed
from tests import selection
from tests.database import clone_of_template


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A clone of the migrated template for this process, made anew after each test that commits."""
    with django_db_blocker.unblock(), clone_of_template() as clone, pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "LIANLIAN_MEDIA", str(tmp_path_factory.mktemp("media")))
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: clone.remake())
        with django_db_blocker.block():
            yield


def is_worker(config: pytest.Config) -> bool:
    """Whether this is one of xdist's processes."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config):
        selection.require_what_is_asked_for()
        for po in compile_changed():  # Django has read what lay there before
            translation_file_changed(None, po.with_suffix(".mo"))


@pytest.hookimpl(trylast=True)  # after -k and -m have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    selection.leave_out(config, items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if is_worker(session.config):
        session.config.workeroutput["left_out"] = dict(session.config.stash[selection.LEFT_OUT])  # type: ignore[attr-defined]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    if left_out := getattr(node, "workeroutput", {}).get("left_out"):
        node.config.stash[selection.LEFT_OUT] = Counter(left_out)  # the same from every worker


def pytest_unconfigure(config: pytest.Config) -> None:
    if not is_worker(config):
        print(selection.last_line(config))  # noqa: T201 - the promised last line, below pytest's own summary
