"""The writes of grids: the sheet of grids and officers, who answers for whom, the lists issued from it."""

from grids.services.assign import assign_enterprises, release_enterprises
from grids.services.cards import issue_cards, revoke_card
from grids.services.lists import approve_list, discard_draft, draft_list, release_list, return_list, submit_list
from grids.services.recusals import end_recusal, record_consent, record_recusal, withdraw_consent
from grids.services.sheet import GridRow, SheetFaults, save_grid_sheet

__all__ = [
    "GridRow",
    "SheetFaults",
    "approve_list",
    "assign_enterprises",
    "discard_draft",
    "draft_list",
    "end_recusal",
    "issue_cards",
    "record_consent",
    "record_recusal",
    "release_enterprises",
    "release_list",
    "return_list",
    "revoke_card",
    "save_grid_sheet",
    "submit_list",
    "withdraw_consent",
]
