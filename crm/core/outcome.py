"""What a bulk service answers."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """One row that was left as it was, and why (in the user's language)."""

    id: int
    label: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """How many rows changed, how many were so already, which were refused."""

    done: int
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
