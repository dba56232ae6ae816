"""Words of chains and enterprises."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Tier(TextChoices):
    LEAD = "lead", _("Lead firm")
    KEY = "key", _("Key")
    GENERAL = "general", _("General")
    MICRO = "micro", _("Micro")


class Size(TextChoices):
    LARGE = "large", _("Large")
    MEDIUM = "medium", _("Medium-sized")
    SMALL = "small", _("Small")
    MICRO = "micro", _("Micro-sized")


class Status(TextChoices):
    OPERATING = "operating", _("Operating in the park")
    SUSPENDED = "suspended", _("Suspended")
    MOVED = "moved", _("Moved away")
    CLOSED = "closed", _("Deregistered")
    NOT_FOUND = "not_found", _("Not found")


class Risk(TextChoices):
    """How much the union worries about labour relations there; empty while nobody has looked."""

    CALM = "calm", _("Calm")
    WATCHED = "watched", _("Watched")
    TENSE = "tense", _("Tense")


class UnionState(TextChoices):
    UNKNOWN = "unknown", _("Not yet looked into")
    NOT_YET = "not_yet", _("Not yet possible")
    DUE = "due", _("Union due, none yet")
    PREPARING = "preparing", _("Being set up")
    OWN = "own", _("Own union")
    JOINT = "joint", _("Joint union")
    COVERED = "covered", _("Covered by an industry or area union")
    ELECTION_DUE = "election_due", _("Election due")
    DORMANT = "dormant", _("Dormant")
    DISSOLVED = "dissolved", _("Dissolved")


class ContractState(TextChoices):
    NONE = "none", _("None")
    OFFERED = "offered", _("Talks offered")
    NEGOTIATING = "negotiating", _("In negotiation")
    ADOPTED = "adopted", _("Draft adopted")
    FILED = "filed", _("Filed")
    IN_FORCE = "in_force", _("In force")
    EXPIRING = "expiring", _("Expires soon")
    EXPIRED = "expired", _("Expired")


class Shift(TextChoices):
    DAY = "day", _("Day shift")
    NIGHT = "night", _("Night shift")
    ROTATING = "rotating", _("Rotating shifts")


class EntryReason(TextChoices):
    OPERATING = "operating", _("Operating in the park, with workers")
    MOVED_IN = "moved_in", _("Moved in")
    REOPENED = "reopened", _("Operating again")


class ExitReason(TextChoices):
    DEREGISTERED = "deregistered", _("Deregistered")
    MOVED_OUT = "moved_out", _("Moved out")
    CLOSED_DOWN = "closed_down", _("Closed down")
    NOT_FOUND = "not_found", _("Not found")
    TRANSFERRED = "transferred", _("Handed to another station")


class CandidateSource(TextChoices):
    IMPORT = "import", _("Imported")
    ENTERED = "entered", _("Entered by hand")
    PROFILE = "profile", _("Public profile only")


class NodeKind(TextChoices):
    MAIN = "main", _("Main flow")
    SIDE = "side", _("Supporting")


class SeatKind(TextChoices):
    TEAM = "team", _("Task force (专班)")
    COMMISSIONER = "commissioner", _("Commissioner (专员)")
    CONTACT = "contact", _("Contact person (专人)")


class RevealReason(TextChoices):
    APPOINT = "appoint", _("To arrange a visit")
    FOLLOW_UP = "follow_up", _("To follow up on an issue")
    CHECK = "check", _("To check what is on record")
    OTHER = "other", _("Another reason")
