"""Dated rules of enterprises (seeded defaults; the table may say otherwise from a day on)."""

from crm.core.rules import declare

REVEALS_PER_DAY = declare(
    "enterprises.reveals_per_day", 30, "contact", "contacts whose name and phone one may look at in a day"
)
