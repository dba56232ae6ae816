"""The catalogue of measures: what page, API, export and docs say of each."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Measure:
    """A rate: its code, names, formula in words, the unit of its rows and the version of its definition."""

    code: str
    name: Any
    formula: Any
    unit: Any
    rows: str  # what its rows are: enterprise, obligation, node or visit
    version: int = 1
    source: str = "DEFINITIONS §3"


RESPONSIBILITY = Measure(
    "responsibility",
    _("Responsibility coverage"),
    _("Enterprises on the register with a grid officer's post ÷ enterprises on the register, both on the day"),
    _("enterprises"),
    "enterprise",
)
CONTACT = Measure(
    "contact",
    _("Contact coverage"),
    _("Enterprises listed with an effective contact in the period ÷ enterprises listed on the day"),
    _("enterprises"),
    "enterprise",
)
VISIT = Measure(
    "visit",
    _("Visit coverage (on site)"),
    _("Enterprises listed that were visited on site in the period ÷ enterprises listed on the day"),
    _("enterprises"),
    "enterprise",
)
ON_TIME = Measure(
    "on_time",
    _("On-time rate"),
    _("Contacts met inside their window ÷ contacts whose window closed in the period"),
    _("contacts"),
    "obligation",
)
NODES = Measure(
    "nodes",
    _("Node completeness"),
    _("Nodes with at least one listed enterprise ÷ nodes of the chain"),
    _("nodes"),
    "node",
)
CONFIRMED = Measure(
    "confirmed",
    _("Confirmed share"),
    _(
        "Contacts of the period that the enterprise has confirmed ÷ effective contacts of listed enterprises in the period"
    ),
    _("contacts made"),
    "visit",
    source="DEFINITIONS §0.14",
)
MEASURES: tuple[Measure, ...] = (RESPONSIBILITY, CONTACT, VISIT, ON_TIME, NODES)
# beside the five, never among them (DEFINITIONS §0.3)
MORE: tuple[Measure, ...] = (CONFIRMED,)
BY_CODE: dict[str, Measure] = {measure.code: measure for measure in (*MEASURES, *MORE)}
