"""The writes of visits: what is owed (plan, cancel), what was done (log, contact events), what was promised, what is
planned."""

from crm.visits.services.capacity import add_leave, set_capacity
from crm.visits.services.commitments import make_commitment, pass_on_commitments, settle_commitment
from crm.visits.services.confirmations import confirm_visit, link_of, make_link, may_ask, may_confirm, revoke_link
from crm.visits.services.events import hold_event, invite_to_event, sign_in
from crm.visits.services.log import log_visit, met_before
from crm.visits.services.photos import add_photo, may_add
from crm.visits.services.plan import PlanReport, cancel_obligation, plan_enterprises, plan_marked, plan_obligations
from crm.visits.services.planned import (
    drop_idle_plans,
    drop_planned_visit,
    drop_plans_of,
    pass_on_plans,
    plan_half_day,
    plan_visit,
    replan_visit,
)
from crm.visits.services.regimes import discard_regime, draft_regime, put_in_force, save_lines
from crm.visits.services.relief import (
    ask_exemption,
    decide_exemption,
    end_exception,
    end_pause,
    make_exception,
    pause_contacts,
)
from crm.visits.services.submissions import decide_conflict, keep_conflict, mark_sent
from crm.visits.services.wayout import adopt_way_out

__all__ = [
    "PlanReport",
    "add_leave",
    "add_photo",
    "adopt_way_out",
    "ask_exemption",
    "cancel_obligation",
    "confirm_visit",
    "decide_conflict",
    "decide_exemption",
    "discard_regime",
    "draft_regime",
    "drop_idle_plans",
    "drop_planned_visit",
    "drop_plans_of",
    "end_exception",
    "end_pause",
    "hold_event",
    "invite_to_event",
    "keep_conflict",
    "link_of",
    "log_visit",
    "make_commitment",
    "make_exception",
    "make_link",
    "mark_sent",
    "may_add",
    "may_ask",
    "may_confirm",
    "met_before",
    "pass_on_commitments",
    "pass_on_plans",
    "pause_contacts",
    "plan_enterprises",
    "plan_half_day",
    "plan_marked",
    "plan_obligations",
    "plan_visit",
    "put_in_force",
    "replan_visit",
    "revoke_link",
    "save_lines",
    "set_capacity",
    "settle_commitment",
    "sign_in",
]
