"""The pages of grids and lists."""

from grids.views.lists import index, list_move, list_page, list_xlsx, paper, station_lists
from grids.views.sheet import load_page, sheet

__all__ = ["index", "list_move", "list_page", "list_xlsx", "load_page", "paper", "sheet", "station_lists"]
