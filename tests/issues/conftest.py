"""The cast of the issue log's tests."""

import pytest

from tests.issues.cast import Cast
from tests.issues.cast import cast as new_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return new_cast()
