"""The pages of visits: the form, the ledger, what is due, the plan."""

from crm.visits.views.due import due
from crm.visits.views.form import log, start
from crm.visits.views.ledger import export, listing, page
from crm.visits.views.plan import cancel, plan

__all__ = ["cancel", "due", "export", "listing", "log", "page", "plan", "start"]
