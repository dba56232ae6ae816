"""The contact regime: which tier owes which contact, to which role, how often. A new rule of the regime is a line here.

The lines are what an installation begins with; they stand in the table `RegimeRule`, per union and term. Who owes what on
which day follows in `services/plan.py`, which asks the table alone.
"""

import datetime as dt

from crm.access.roles import Role
from crm.core.dated import term_from
from crm.visits.enums import Every, Need
from crm.visits.models import Regime, RegimeRule
from crm.visits.windows import period_start
from enterprises.enums import Tier
from stations.models import TradeUnion

# tier, role, what is owed, how often: 链主 实地每月 · 重点 实地每季 + 电话每月 · 一般 实地每半年 · 小微 集中每年
FIRST_RULES = (
    (Tier.LEAD, Role.GRID_OFFICER, Need.ONSITE, Every.MONTH),
    (Tier.KEY, Role.GRID_OFFICER, Need.ONSITE, Every.QUARTER),
    (Tier.KEY, Role.GRID_OFFICER, Need.PHONE, Every.MONTH),
    (Tier.GENERAL, Role.GRID_OFFICER, Need.ONSITE, Every.HALF_YEAR),
    (Tier.MICRO, Role.GRID_OFFICER, Need.ANY, Every.YEAR),
)


def first_regime(union: TradeUnion, name: str, start: dt.date) -> Regime:
    """The regime of `FIRST_RULES` for a union, in force from the first day of the year of `start`."""
    regime = Regime.objects.create(union=union, name=name, term=term_from(period_start(start, Every.YEAR)))
    for tier, role, need, every in FIRST_RULES:
        RegimeRule.objects.create(regime=regime, tier=tier, role=role, need=need, every=every)
    return regime
