"""The small attack of every run; `make fuzz-access` makes it as long as one likes."""

import os

import pytest

from tests.attack.fuzz import Attack
from tests.attack.town import FULL, SMALL

PROBES = int(os.environ.get("LIANLIAN_PROBES", "0"))
SEED = int(os.environ.get("LIANLIAN_SEED", "20261123"))
FEW = int(os.environ.get("LIANLIAN_SMALL", "700"))
FIRST = int(os.environ.get("LIANLIAN_FIRST", "5"))
PARTS = int(os.environ.get("LIANLIAN_PARTS", "2"))


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_nobody_sees_or_does_more_or_less_than_the_oracle_says(part: int) -> None:
    seed = SEED + part
    attack = Attack(seed, FULL if PROBES else SMALL)
    attack.run(PROBES // PARTS if PROBES else FEW, most_findings=FIRST)
    told = f"seed {seed}: {sum(attack.asked.values())} probes, {dict(attack.asked)}"
    print(told)  # noqa: T201 - seeds and numbers of probes
    assert not attack.findings, "\n".join([told, *map(str, attack.findings)])
