"""Pages of the workforce reform."""

from crm.programs.views.cases import area_title, case, case_move, case_new, cases, demonstration
from crm.programs.views.checklist import checklist, revise
from crm.programs.views.enterprise import enterprise, move, part, stage, title, title_end
from crm.programs.views.policies import acknowledge, deliver, policies, policy, policy_new, policy_withdraw
from crm.programs.views.station import index, station, station_export

__all__ = [
    "acknowledge",
    "area_title",
    "case",
    "case_move",
    "case_new",
    "cases",
    "checklist",
    "deliver",
    "demonstration",
    "enterprise",
    "index",
    "move",
    "part",
    "policies",
    "policy",
    "policy_new",
    "policy_withdraw",
    "revise",
    "stage",
    "station",
    "station_export",
    "title",
    "title_end",
]
