"""The workforce reform (产改): checklist, items of enterprises, stages and titles, policies."""

from crm.programs.models.cases import AreaTitle, PracticeCase
from crm.programs.models.checklist import Checklist, ChecklistLine
from crm.programs.models.items import Item, ItemEvent, shown_state
from crm.programs.models.policies import Delivery, Policy
from crm.programs.models.standing import EnterpriseStage, Title

__all__ = [
    "AreaTitle",
    "Checklist",
    "ChecklistLine",
    "Delivery",
    "EnterpriseStage",
    "Item",
    "ItemEvent",
    "Policy",
    "PracticeCase",
    "Title",
    "shown_state",
]
