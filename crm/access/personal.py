"""The register of personal fields: what is kept of people, what for, who sees it, how long.

Every text of every table is judged: either it stands here or in the reviewed list of `tests/access/test_personal.py`; a new
one that stands in neither fails that test. `manage.py personal_fields` prints this table (docs/personal-data.md).

Levels: `office`: a name in an official capacity, told with the post; `contact`: withheld until revealed, one at a time, with
a reason; `mention`: free text or label that may name somebody, read with its row alone.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OFFICE = "office"
    CONTACT = "contact"
    MENTION = "mention"


@dataclass(frozen=True)
class Personal:
    """`basis`: why it may be kept; `retention`: until when."""

    level: Level
    purpose: str
    basis: str
    retention: str


_DUTY = "the union's statutory work with enterprises"
_POST = "appointment to the post"
_OFFICE = Personal(
    Level.OFFICE, "who sits in a post and answers for it", _POST, "as long as the records that name the post"
)
_SIGNED = Personal(Level.OFFICE, "who did it in office", _DUTY, "as long as the record")
_CONTACT = Personal(
    Level.CONTACT, "to reach the enterprise for a visit or an issue", _DUTY, "until the enterprise names another"
)
_FROZEN = Personal(Level.CONTACT, "the paper says whom to reach, as it was issued", _DUTY, "as long as the paper")
_SAID = Personal(Level.MENTION, "what was heard, done and answered", _DUTY, "as long as the record")

PERSONAL: dict[str, Personal] = {
    "accounts.Person.name": _OFFICE,
    "accounts.Person.name_key": _OFFICE,
    "accounts.Person.phone": Personal(
        Level.CONTACT, "colleagues and enterprises reach who answers", _POST, "until the person holds no post"
    ),
    "accounts.User.username": Personal(Level.OFFICE, "to sign in", _POST, "as long as the journal names it"),
    "core.JournalEntry.actor_label": _SIGNED,
    "core.JournalEntry.on_behalf_of": _SIGNED,
    "core.JournalEntry.object_label": _SAID,
    "core.JournalEntry.changes": _SAID,
    "enterprises.EnterpriseContact.name": _CONTACT,
    "enterprises.EnterpriseContact.phone": _CONTACT,
    "enterprises.EnterpriseContact.title": Personal(
        Level.OFFICE, "for what the contact is responsible there", _DUTY, "until the enterprise names another"
    ),
    "enterprises.FigureConsent.given_by": Personal(
        Level.MENTION,
        "who consented for the enterprise",
        "consent of the enterprise",
        "as long as the consent may be asked for",
    ),
    "enterprises.Chain.government_leader": Personal(
        Level.OFFICE, "who leads the chain (链长)", "published", "with the chain"
    ),
    "enterprises.ImportBatch.actor_label": _SIGNED,
    "enterprises.ImportBatch.faults": _SAID,
    "grids.Recusal.note": _SAID,
    "grids.ResponsibleList.drafted_by": _SIGNED,
    "grids.ResponsibleList.approved_by": _SIGNED,
    "grids.ResponsibleList.released_by": _SIGNED,
    "grids.ResponsibleListLine.contact": _FROZEN,
    "grids.ResponsibleListLine.phones": _FROZEN,
    "grids.ResponsibleListLine.chief_name": _OFFICE,
    "grids.ResponsibleListLine.officer_name": _OFFICE,
    "grids.ResponsibleListLine.acting_name": _OFFICE,
    "grids.ResponsibleListLine.liaison_names": _OFFICE,
    "issues.Issue.title": _SAID,
    "issues.Issue.text": _SAID,
    "issues.IssueEvent.actor_label": _SIGNED,
    "issues.IssueEvent.on_behalf_of": _SIGNED,
    "issues.IssueEvent.text": _SAID,
    "issues.IssueEvent.reason": _SAID,
    "visits.Exemption.asked_by": _SIGNED,
    "visits.Exemption.approved_by": _SIGNED,
    "notices.Preference.email": Personal(
        Level.CONTACT, "to send the digest to", "the person's own wish", "until the person takes it out"
    ),
    "visits.Commitment.reason": _SAID,
    "visits.Commitment.text": _SAID,
    "visits.ContactEvent.title": _SAID,
    "stations.Station.supervision_phone": Personal(
        Level.OFFICE, "whom to tell when the station's work is not well done", "published", "until another is set"
    ),
    "visits.SubmissionConflict.body": _SAID,
    "programs.Delivery.acknowledged_by": Personal(
        Level.MENTION, "who took it for the enterprise, by post", _DUTY, "as long as the record"
    ),
    "programs.PracticeCase.text": _SAID,
    "programs.PracticeCase.title": _SAID,
    "programs.ItemEvent.actor_label": _SIGNED,
    "programs.ItemEvent.evidence": _SAID,
    "programs.ItemEvent.reason": _SAID,
    "visits.Visit.notes": _SAID,
    "visits.VisitConfirmation.text": _SAID,
    "visits.VisitPhoto.name": Personal(
        Level.MENTION, "what was seen at the visit; may show somebody", _DUTY, "as long as the record"
    ),
}


def table() -> str:
    """The register as a table in Markdown."""
    lines = ["| Field | Level | Purpose | Basis | Kept |", "|---|---|---|---|---|"]
    lines += [
        f"| `{name}` | {p.level} | {p.purpose} | {p.basis} | {p.retention} |" for name, p in sorted(PERSONAL.items())
    ]
    return "\n".join(lines)
