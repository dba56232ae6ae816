"""Dated rules of visits (seeded defaults; the table may say otherwise from a day on)."""

from crm.core.rules import declare

LATE_RECORD_DAYS = declare("visits.late_record_days", 3, "day", "recorded more than so many days after the visit: 补录")
JOIN_SHARE = declare(
    "visits.join_share", 50, "%", "a join mid-window owes the contact if at least this share of it remains"
)
DAY_BEGINS = declare(
    "visits.day_begins_hour", 5, "hour", "a visit past midnight belongs to the day before until this hour"
)
