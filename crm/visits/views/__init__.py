"""The pages of visits: the form, the ledger, what is due, the plan, contact events, commitments."""

from crm.visits.views.arrange import arrange, arrange_rules, exception_end, exemption_decide, pause_end
from crm.visits.views.commitments import commitment_list, promise, settle
from crm.visits.views.confirmations import answer, confirm, link, link_revoke
from crm.visits.views.conflicts import conflict, conflict_settle, conflicts
from crm.visits.views.due import before, before_list, due
from crm.visits.views.events import event, event_invite, event_new, event_sheet, event_sign, events
from crm.visits.views.form import log, start
from crm.visits.views.halfday import half_day, half_day_of, half_day_take, planned_drop, planned_move
from crm.visits.views.ledger import export, listing, page, paper
from crm.visits.views.officers import hand_over_page, officer, officers
from crm.visits.views.photos import photo, photos
from crm.visits.views.plan import cancel, capacity, capacity_adopt, capacity_demand, plan
from crm.visits.views.regimes import regime, regime_demand, regime_save, regimes

__all__ = [
    "answer",
    "arrange",
    "arrange_rules",
    "before",
    "before_list",
    "cancel",
    "capacity",
    "capacity_adopt",
    "capacity_demand",
    "commitment_list",
    "confirm",
    "conflict",
    "conflict_settle",
    "conflicts",
    "due",
    "event",
    "event_invite",
    "event_new",
    "event_sheet",
    "event_sign",
    "events",
    "exception_end",
    "exemption_decide",
    "export",
    "half_day",
    "half_day_of",
    "half_day_take",
    "hand_over_page",
    "link",
    "link_revoke",
    "listing",
    "log",
    "officer",
    "officers",
    "page",
    "paper",
    "pause_end",
    "photo",
    "photos",
    "plan",
    "planned_drop",
    "planned_move",
    "promise",
    "regime",
    "regime_demand",
    "regime_save",
    "regimes",
    "settle",
    "start",
]
