"""What one may not see answers sign by sign like what is not there; with LIANLIAN_PAIRS as many pairs as one likes."""

import os

import pytest

from tests.attack.fuzz import Attack
from tests.attack.town import SMALL

PAIRS = int(os.environ.get("LIANLIAN_PAIRS", "40"))


@pytest.mark.django_db
def test_the_invisible_answers_like_the_nonexistent() -> None:
    attack = Attack(11, SMALL)
    attack.run(PAIRS // 2 + 10, only="pair")  # each probe compares up to three
    print(f"seed 11: {attack.pairs} pairs")  # noqa: T201 - what was asked
    assert attack.pairs >= PAIRS
    assert not attack.findings, attack.findings[0]
