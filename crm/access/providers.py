"""What the rooms above tell this one, by name: nothing here points up.

A room registers a function when it loads (in its AppConfig.ready); models name providers as data in their `Scope`.
"""

from collections.abc import Callable
from typing import Any

_providers: dict[str, Callable[..., Any]] = {}


def register(name: str, function: Callable[..., Any]) -> None:
    """Put a provider under its name; a second registration of the same name is a programming error."""
    if _providers.get(name, function) is not function:
        raise ValueError(f"provider {name!r} is registered twice")
    _providers[name] = function


def call(name: str, *args: Any) -> Any:
    """Ask a provider. KeyError when no room has registered it."""
    return _providers[name](*args)
