"""The writes of the workforce reform."""

from crm.programs.services.cases import adopt_case, give_area_title, report_case, write_case
from crm.programs.services.checklist import revise_checklist
from crm.programs.services.items import move_item
from crm.programs.services.policies import acknowledge_policy, add_policy, deliver_policy, withdraw_policy
from crm.programs.services.standing import give_title, set_stage, take_title

__all__ = [
    "acknowledge_policy",
    "add_policy",
    "adopt_case",
    "deliver_policy",
    "give_area_title",
    "give_title",
    "move_item",
    "report_case",
    "revise_checklist",
    "set_stage",
    "take_title",
    "withdraw_policy",
    "write_case",
]
