"""The pages of grids and lists."""

from grids.views.cards import card_qr, cards, gate_card
from grids.views.lists import index, list_move, list_page, list_xlsx, paper, station_lists
from grids.views.recusals import recusal_end, recusals
from grids.views.sheet import load_page, sheet

__all__ = [
    "card_qr",
    "cards",
    "gate_card",
    "index",
    "list_move",
    "list_page",
    "list_xlsx",
    "load_page",
    "paper",
    "recusal_end",
    "recusals",
    "sheet",
    "station_lists",
]
