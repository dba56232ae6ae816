"""Pages that do not shift while rows come in."""

from rest_framework.pagination import CursorPagination


class StableCursor(CursorPagination):
    """By primary key: a row keeps its place whatever is added or changed meanwhile."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "pk"
