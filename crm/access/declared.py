"""Every URL declares the right it needs; one that does not is refused at run time and fails a test."""

from collections.abc import Callable
from typing import Any, TypeVar

from crm.access.roles import Right

View = TypeVar("View", bound=Callable[..., Any])


class Open(str):
    """A declaration other than a right."""


PUBLIC = Open("public")  # without an account
SIGNED_IN = Open("signed in")  # any account; the view scopes what it shows


def needs(right: Right | Open) -> Callable[[View], View]:
    """Declare what a view needs: a right held somewhere (the rows are scoped by the view), SIGNED_IN or PUBLIC."""

    def mark(view: View) -> View:
        view.declared_right = right  # type: ignore[attr-defined]
        return view

    return mark


def declared_right(view: Any) -> Right | Open | None:
    """What a URL's callback has declared; None when it has not. A viewset declares per action and marks itself SIGNED_IN."""
    for holder in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        right = getattr(holder, "declared_right", None)
        if right is not None:
            return right
    return None
