"""How long a finished item holds: calendar months from the day of completion, said once for Python and once for SQL."""

import calendar
import datetime as dt


def runs_out_on(done_on: dt.date, months: int | None) -> dt.date | None:
    """The first day on which it no longer holds, None when it lasts; a day that the month has not is its last one."""
    if months is None:
        return None
    count = done_on.year * 12 + done_on.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return dt.date(year, month, min(done_on.day, calendar.monthrange(year, month)[1]))
