"""What enterprises owe by the regime, and which visit met it: the rule of `visits.services`, told for millions at once."""

from array import array
from dataclasses import dataclass
from typing import Any

from crm.core import rules
from crm.visits.defaults import JOIN_SHARE
from crm.visits.engine import shape_of
from crm.visits.enums import Need
from crm.visits.models import Obligation, Regime, RegimeRule
from crm.visits.windows import Window, month_after
from crm.workflows.generate.copying import Table
from crm.workflows.generate.days import Days
from crm.workflows.generate.trade import TIERS, Firms

MONTHS_AHEAD = 6
LEFT_REGISTER = "已退出名录"  # as the station's own act says it


@dataclass(frozen=True)
class Line:
    """A rule with its windows. A window is a number; the lists are by day of the history."""

    strict: bool  # only 实地走访 meets it
    closes: list[int]
    of_day: list[int]  # the window in which the day lies
    first_for: list[int]  # the first window that an enterprise owes which joined on the day
    texts: list[str]  # rule, role, need and window, as columns


class Owed:
    """Obligations of all enterprises in two columns: who met them, and when. `sets` are the lines of each tier."""

    def __init__(self, regime: Regime, days: Days, firms: Firms) -> None:
        self.days, self.firms = days, firms
        share = rules.value(JOIN_SHARE, days.start) / 100
        lines = list(regime.rules.order_by("pk"))
        self.sets = [[_line(rule, days, share) for rule in lines if rule.tier == tier] for tier, *_ in TIERS]
        # place in the columns of window 0 of an enterprise's first line, whether it owes that window or not
        self.base = array("q")
        place = 0
        for tier in firms.tier:
            self.base.append(place)
            place += sum(len(line.closes) for line in self.sets[tier])
        self.met_by = array("q", bytes(8 * place))
        self.met_on = array("h", bytes(2 * place))

    def meet(self, firm: int, visit: int, day: int, *, onsite: bool) -> None:
        """Let an effective contact meet per rule the window of its day, else the latest one still owed from before.

        Contacts come in the order of their recording. One recorded late takes the place of a later one that met the
        window of its day after that had closed.
        """
        met_by, met_on = self.met_by, self.met_on
        base, joined = self.base[firm], self.firms.joined[firm]
        for line in self.sets[self.firms.tier[firm]]:
            if onsite or not line.strict:
                at, least = base + line.of_day[day], base + line.first_for[joined]
                if at >= least and met_by[at] and met_on[at] <= line.closes[at - base]:
                    at -= 1
                    while at >= least and met_by[at]:
                        at -= 1
                if at >= least:
                    met_by[at], met_on[at] = visit, day
            base += len(line.closes)

    def write(self, cursor: Any, station_ids: list[int]) -> Table:
        """Every obligation; those unmet of an enterprise that has left since are cancelled on that day."""
        table = Table(
            cursor,
            Obligation,
            "enterprise_id, station_id, rule_id, role, need, opens, due, closes, met_by_id, met_on, cancelled_on, "
            "cancel_reason, exempt_reason",
        )
        texts, met_by, met_on, firms = self.days.texts, self.met_by, self.met_on, self.firms
        for firm, tier in enumerate(firms.tier):
            left = firms.left[firm]
            last_day = min(left, len(texts)) - 1
            gone = left < self.days.count
            head = f"{firms.first_id + firm}\t{station_ids[firms.station[firm]]}\t"
            base = self.base[firm]
            for line in self.sets[tier]:
                last = line.of_day[last_day] + 1 if gone else len(line.texts)
                for window in range(line.first_for[firms.joined[firm]], last):
                    visit = met_by[base + window]
                    if visit:
                        end = f"{visit}\t{texts[met_on[base + window]]}\t\\N\t\t"
                    elif gone and line.closes[window] >= left:
                        end = f"\\N\t\\N\t{texts[left]}\t{LEFT_REGISTER}\t"
                    else:
                        end = "\\N\t\\N\t\\N\t\t"
                    table.put(f"{head}{line.texts[window]}\t{end}")
                base += len(line.closes)
        table.close()
        return table


def _line(rule: RegimeRule, days: Days, share: float) -> Line:
    """The windows of a rule, as the station's own planning would find them from the history's first day on."""
    rows = shape_of(rule).windows(days.start, month_after(days.today, MONTHS_AHEAD))
    closes = [days.number(row.closes) for row in rows]
    of_day, first_for = [], []
    place = 0
    for number in range(days.count):
        if number > closes[place]:
            place += 1
        of_day.append(place)
        first_for.append(place if rows[place].share_left(days.day(number)) >= share else place + 1)
    return Line(rule.need == Need.ONSITE, closes, of_day, first_for, [_text(rule, row) for row in rows])


def _text(rule: RegimeRule, row: Window) -> str:
    return f"{rule.pk}\t{rule.role}\t{rule.need}\t{row.opens}\t{row.due}\t{row.closes}"
