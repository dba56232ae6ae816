"""Words of the workforce reform (产改): items and their states, stages, titles; which state may follow which."""

from dataclasses import dataclass
from enum import nonmember

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.access.roles import Right


class Group(TextChoices):
    """A is the base on which the five official fields stand."""

    A = "A", _("Organisation")
    B = "B", _("Ideological guidance")
    C = "C", _("Contributing at work")
    D = "D", _("Raising skills")
    E = "E", _("Raising standing")
    F = "F", _("Growing ranks, rights and services")


class EvidenceKind(TextChoices):
    DOCUMENT = "document", _("Document")
    ROSTER = "roster", _("Roster or number of people")
    ACTIVITY = "activity", _("Record of an activity")
    RECEIPT = "receipt", _("Receipt of filing")
    AWARD = "award", _("Naming document or certificate")


class ItemState(TextChoices):
    """State of an item at an enterprise. `RENEW` is never stored: a verified item whose validity has run out on the day."""

    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", pgettext_lazy("item", "In progress")
    DONE = "done", _("Done, to be verified")
    VERIFIED = "verified", _("Verified")
    CONFIRMED = "confirmed", _("Confirmed for demonstration")
    RETURNED = "returned", _("Returned for completion")
    RENEW = "renew", _("To be renewed")

    STORED = nonmember(("not_applicable", "not_started", "in_progress", "done", "verified", "confirmed", "returned"))
    GOOD = nonmember(("verified", "confirmed"))


@dataclass(frozen=True)
class Step:
    """How a state is reached: from which states of the day, by which right, and what must be given."""

    source: tuple[ItemState, ...]
    right: Right
    needs: tuple[str, ...] = ()


S = ItemState
STEPS: dict[ItemState, Step] = {
    S.IN_PROGRESS: Step((S.NOT_STARTED, S.NOT_APPLICABLE, S.RETURNED, S.RENEW, S.DONE), Right.REPORT_ITEM),
    S.DONE: Step(
        (S.NOT_STARTED, S.IN_PROGRESS, S.RETURNED, S.RENEW, S.VERIFIED, S.CONFIRMED),
        Right.REPORT_ITEM,
        ("evidence_kind", "evidence"),
    ),
    S.NOT_APPLICABLE: Step((S.NOT_STARTED, S.IN_PROGRESS, S.RETURNED, S.RENEW), Right.REPORT_ITEM, ("reason",)),
    S.NOT_STARTED: Step((S.NOT_APPLICABLE, S.IN_PROGRESS), Right.REPORT_ITEM, ("reason",)),
    S.VERIFIED: Step((S.DONE,), Right.VERIFY_ITEM),
    S.RETURNED: Step((S.DONE, S.VERIFIED, S.CONFIRMED, S.NOT_APPLICABLE), Right.VERIFY_ITEM, ("reason",)),
    S.CONFIRMED: Step((S.VERIFIED,), Right.CONFIRM_ITEM),
}


class ReformStage(TextChoices):
    INTRODUCTION = "introduction", _("Introduction")
    DEEPENING = "deepening", _("Deepening")
    CONSOLIDATION = "consolidation", _("Consolidation")


class TitleKind(TextChoices):
    PILOT = "pilot", _("Pilot")
    DEMONSTRATION = "demonstration", _("Demonstration")
    BENCHMARK = "benchmark", _("Benchmark")
    SITE = "site", _("Demonstration site")
    PROJECT = "project", _("Demonstration project")

    SHOWS = nonmember(("demonstration", "site", "project"))  # 示范 in one of its forms


class TitleLevel(TextChoices):
    DISTRICT = "district", pgettext_lazy("title", "District")
    CITY = "city", pgettext_lazy("title", "City")
    PROVINCE = "province", pgettext_lazy("title", "Province")


class PolicyTopic(TextChoices):
    REFORM = "reform", pgettext_lazy("topic", "Reform")
    UNION = "union", _("Founding and joining unions")
    BARGAINING = "bargaining", pgettext_lazy("policy", "Collective bargaining")
    SKILLS = "skills", _("Training and skill levels")
    LABOUR = "labour", _("Labour and social insurance")
    SAFETY = "safety", _("Safety and health")
    CARE = "care", _("Care and services")
    FUNDS = "funds", _("Subsidies and funding")
    OTHER = "other", pgettext_lazy("topic", "Other")


class CaseState(TextChoices):
    DRAFT = "draft", pgettext_lazy("case", "Draft")
    REPORTED = "reported", _("Reported")
    ADOPTED = "adopted", _("Adopted")
