"""Whether a regime's lines fit under its caps, against a naive second opinion."""

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from crm.access.roles import Role
from crm.visits.enums import Need
from crm.visits.selectors.caps import clashes
from crm.visits.selectors.demand import Line
from enterprises.enums import Tier

ROLES = st.sampled_from([Role.CHIEF, Role.GRID_OFFICER, Role.LIAISON])
PER_YEAR = {"week": 52, "month": 12, "two_months": 6, "quarter": 4, "half_year": 2, "year": 1, "never": 0}
RULES = st.tuples(
    st.sampled_from(["", "", Tier.LEAD]),
    st.sampled_from(["", "", "large"]),
    st.sampled_from(["", "", "tense"]),
    ROLES,
    st.sampled_from([Need.ONSITE, Need.ONSITE, Need.PHONE]),
)


@given(
    st.dictionaries(RULES, st.sampled_from(sorted(PER_YEAR)), min_size=1, max_size=6),
    st.dictionaries(
        st.sampled_from(["", Tier.LEAD, Tier.MICRO]),
        st.tuples(st.sampled_from(["month", "quarter"]), st.integers(1, 4)),
        min_size=1,
    ),
)
def test_clashes_equal_a_naive_opinion(rules: dict[tuple[str, ...], str], caps: dict[str, tuple[str, int]]) -> None:
    """Enterprise by enterprise: every sort that there can be, every role, the rule that fits it best."""
    wanted = {}
    for tier in Tier.values:
        cap = caps.get(tier, caps.get(""))
        if cap is None:
            continue
        allowed = cap[1] * (12 if cap[0] == "month" else 4)
        totals, alones = [], []
        for size, risk in product(["", "large", "medium", "small", "micro"], ["", "calm", "watched", "tense"]):
            asked = []
            for role in (Role.CHIEF, Role.GRID_OFFICER, Role.LIAISON):
                fitting = [
                    (4 * bool(of[0]) + 2 * bool(of[1]) + bool(of[2]), PER_YEAR[every])
                    for of, every in rules.items()
                    if of[0] in ("", tier)
                    and of[1] in ("", size)
                    and of[2] in ("", risk)
                    and of[3:] == (role, Need.ONSITE)
                ]
                asked.append(max(fitting)[1] if fitting else 0)
            totals.append(sum(asked))
            alones.append(max(asked))
        if max(totals) > allowed:
            wanted[tier] = (max(totals), max(alones), allowed, max(alones) <= allowed)
    lines = [Line(*of, every) for of, every in rules.items()]
    found = clashes(lines, [(tier, *cap) for tier, cap in caps.items()])
    assert {one.tier: (one.asked, one.alone, one.allowed, one.together) for one in found} == wanted
    assert all(isinstance(one.asked, Fraction) and one.words for one in found)
