"""The common cast of this room's tests."""

import pytest

from tests import build


@pytest.fixture
def world(db: None) -> build.World:
    return build.world()
