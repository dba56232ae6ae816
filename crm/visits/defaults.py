"""Dated rules of visits (seeded defaults; the table may say otherwise from a day on)."""

from crm.core.rules import declare

LATE_RECORD_DAYS = declare("visits.late_record_days", 3, "day", "recorded more than so many days after the visit: 补录")
JOIN_SHARE = declare(
    "visits.join_share", 50, "%", "a join mid-window owes the contact if at least this share of it remains"
)
DAY_BEGINS = declare(
    "visits.day_begins_hour", 5, "hour", "a visit past midnight belongs to the day before until this hour"
)
HORIZON_DAYS = declare("visits.horizon_days", 200, "day", "contacts are planned so many days ahead")
WINDOW_KEPT = declare(
    "visits.window_kept", 50, "%", "so much of a window is free of busy seasons and pauses, or it closes later"
)
HALF_DAYS = declare(
    "visits.half_days_week", 1, "half-day", "a post goes out so often a week unless its capacity says more"
)
VISITS_IN_HALF_DAY = declare("visits.visits_in_half_day", 3, "visit", "so many enterprises are seen in a half-day")
# flags that explain: thresholds of what asks for a word
BETWEEN_VISITS = declare(
    "visits.minutes_apart", 15, "minute", "two enterprises on site by one person less than so far apart"
)
EARLIEST_HOUR = declare("visits.earliest_hour", 7, "hour", "on site before this hour: outside visiting hours")
LATEST_HOUR = declare("visits.latest_hour", 22, "hour", "on site from this hour on: outside visiting hours")
SAME_WORDS_FROM = declare(
    "visits.same_words_from", 8, "sign", "notes of at least so many signs, word for word as last time"
)
LINK_DAYS = declare("visits.confirmation_link_days", 14, "day", "a one-time link for the enterprise opens so long")
