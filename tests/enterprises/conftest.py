"""The common cast of this room's tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.access.grants import one_request, refresh
from crm.access.roles import Right
from crm.access.scope import holds
from crm.core import clock
from tests import build


@pytest.fixture
def world(db: None) -> build.World:
    return build.world()


@pytest.fixture
def queries(db: None) -> Callable[[Any, Callable[[], Any]], int]:
    """Count the queries of a user's call, grants resolved before as on the second request of a day."""

    def count(user: Any, call: Callable[[], Any]) -> int:
        refresh(user, clock.today())
        with one_request():
            holds(user, Right.VIEW_REGISTER)
            with CaptureQueriesContext(connection) as caught:
                call()
        return len(caught)

    return count


@pytest.fixture
def candidates(world: build.World) -> Callable[..., list[Any]]:
    """Enterprises that a station knows (by default the world's own)."""
    from enterprises.models import Candidate

    def make(count: int, station: Any = None, source: str = "import") -> list[Any]:
        rows = [build.enterprise() for _ in range(count)]
        Candidate.objects.bulk_create(
            Candidate(enterprise=row, station=station or world.station, source=source) for row in rows
        )
        return rows

    return make


@pytest.fixture(autouse=True)
def _in_chinese() -> Iterator[None]:
    from django.utils import translation

    with translation.override("zh-hans"):
        yield
