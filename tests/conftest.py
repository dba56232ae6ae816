"""What every test stands on: its database and, where one is installed, a browser."""

from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.database import clone_of_template


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A clone of the migrated template for this process, made anew after each test that commits."""
    with django_db_blocker.unblock(), clone_of_template() as clone, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: clone.remake())
        with django_db_blocker.block():
            yield
