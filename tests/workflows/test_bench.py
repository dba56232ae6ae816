"""`manage.py bench` measures real work and leaves nothing behind."""

import pytest
from stdnum.cn import uscc

from crm.access.roles import Role
from crm.workflows.management.commands.bench import Figure, bench_import, made_up_row
from enterprises.models import Enterprise
from tests import build

pytestmark = pytest.mark.django_db


def test_it_imports_every_row_and_takes_them_all_back() -> None:
    build.holder(Role.CHIEF, at=build.station())
    figure = bench_import(20)
    assert (figure.name, figure.rows) == ("import", 20)
    assert figure.ratio == figure.seconds / figure.floor_seconds
    assert not Enterprise.objects.exists()


def test_made_up_codes_are_valid_and_differ() -> None:
    codes = [uscc.validate(made_up_row(number)[1]) for number in range(500)]
    assert len(set(codes)) == 500


@pytest.mark.parametrize(("ratio", "reached"), [(5.9, True), (6, True), (6.1, False)])
def test_a_goal_is_reached_up_to_its_figure(ratio: float, reached: bool) -> None:
    assert Figure("import", 1, ratio, 1, ratio, goal=6, peak_mb=1).reached is reached
