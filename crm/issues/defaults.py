"""Dated rules of the issue log (seeded defaults; the table may say otherwise from a day on)."""

from crm.core.rules import declare

ACCEPT_DAYS = declare("issues.accept_workdays", 1, "workday", "submitted → accepted")
HANDLE_DAYS = declare("issues.handle_workdays", 7, "workday", "主办: assigned → review")
URGENT_DAYS = declare("issues.urgent_workdays", 1, "workday", "特急, 紧急: assigned → review")
CALL_BACK_DAYS = declare("issues.call_back_workdays", 2, "workday", "review → call-back done")
CALL_BACK_TRIES = declare("issues.call_back_tries", 3, "day", "tries on so many days before 未联系上 closes")
