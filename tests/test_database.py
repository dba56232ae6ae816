"""Test databases of runs side by side: nobody's template is dropped under a run that still needs it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.db import connection
from django.db.backends.base.base import NO_DB_ALIAS

from tests import database
from tests.database import CloneOfTemplate

pytestmark = pytest.mark.django_db
WORD = f"lianlian_try{os.getpid()}"  # no prefix of the databases of real runs


@contextmanager
def run_of(tree: str) -> Iterator[CloneOfTemplate]:
    """A run from a tree with migrations of its own: its session, its template (empty here) and its clone."""
    session = type(connection.copy())({**connection.settings_dict, "NAME": "postgres"}, alias=NO_DB_ALIAS)
    try:
        with session.cursor() as cursor, mock.patch.object(database, "fingerprint", return_value=tree):
            run = CloneOfTemplate(cursor)
            run.name = f"{WORD}_clone_{tree}"  # one process stands for several here
            run.make()
            yield run
    finally:
        session.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], set[str]]]:
    """What databases there are, without the prefix."""
    monkeypatch.setattr(database, "PREFIX", WORD)
    monkeypatch.setattr(database, "_use", lambda _name: None)
    monkeypatch.setattr(database, "call_command", lambda *_args, **_options: None)
    monkeypatch.setattr(database, "connection", mock.Mock())  # the tests' own stays open
    session = type(connection.copy())({**connection.settings_dict, "NAME": "postgres"}, alias=NO_DB_ALIAS)
    with session.cursor() as cursor:
        watch = CloneOfTemplate(cursor)
        yield lambda: {name.removeprefix(f"{WORD}_") for name in watch._names()}
        for name in watch._names():
            watch._drop(name)
    session.close()


def test_a_run_from_another_tree_leaves_the_template_of_a_run_in_progress(names: Callable[[], set[str]]) -> None:
    with run_of("mine") as mine, run_of("theirs") as theirs:
        assert names() == {"template_mine", "clone_mine", "template_theirs", "clone_theirs"}
        mine.remake()
        theirs.remake()
    with run_of("third"):
        assert names() == {"template_third", "clone_third"}  # the dead runs' are gone
