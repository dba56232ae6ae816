"""The writes of visits: what is owed (plan, cancel) and what was done (log)."""

from crm.visits.services.log import log_visit
from crm.visits.services.plan import PlanReport, cancel_obligation, plan_obligations

__all__ = ["PlanReport", "cancel_obligation", "log_visit", "plan_obligations"]
