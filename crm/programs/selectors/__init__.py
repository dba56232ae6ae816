"""Read models of the workforce reform."""

from crm.programs.selectors.library import counts_of, for_whom, kept_unions, library, policies_for
from crm.programs.selectors.sheet import (
    PossibleMove,
    Sheet,
    Square,
    moves_for,
    reads_programs,
    sheet_of,
    sheets_at,
    standing_of,
)
from crm.programs.selectors.showing import Area, showing

__all__ = [
    "Area",
    "PossibleMove",
    "Sheet",
    "Square",
    "counts_of",
    "for_whom",
    "kept_unions",
    "library",
    "moves_for",
    "policies_for",
    "reads_programs",
    "sheet_of",
    "sheets_at",
    "showing",
    "standing_of",
]
