"""Words of the contact regime and of visits."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mode(TextChoices):
    ONSITE = "onsite", _("On-site visit")
    PHONE = "phone", _("Phone or WeChat")
    MEETING = "meeting", _("Round-table")
    LECTURE = "lecture", _("Group briefing")
    AT_STATION = "at_station", _("Enterprise came to the station")
    JOINT = "joint", _("Joint visit")


class Outcome(TextChoices):
    MET = "met", _("Visited, met somebody")
    CONTACTED = "contacted", _("Contacted by phone")
    NOBODY = "nobody", _("Nobody there")
    DECLINED = "declined", _("Declined or put off")
    NO_ANSWER = "no_answer", _("Phone not answered")
    GONE = "gone", _("Moved away or closed")


EFFECTIVE = (Outcome.MET, Outcome.CONTACTED)
# an outcome tells how one went there unless the form says otherwise
MODE_OF_OUTCOME: dict[str, Mode] = {
    Outcome.MET: Mode.ONSITE,
    Outcome.CONTACTED: Mode.PHONE,
    Outcome.NOBODY: Mode.ONSITE,
    Outcome.DECLINED: Mode.PHONE,
    Outcome.NO_ANSWER: Mode.PHONE,
    Outcome.GONE: Mode.ONSITE,
}


class Met(TextChoices):
    OWNER = "owner", _("Person in charge")
    HR = "hr", _("Personnel or office")
    UNION_CHAIR = "union_chair", _("Union chair")
    TEAM_LEADER = "team_leader", _("Team leader")
    WORKERS = "workers", pgettext_lazy("met", "Workers")


class Level(TextChoices):
    ENTERPRISE = "enterprise", _("Enterprise")
    TEAM = "team", _("Team")
    WORKER = "worker", _("Worker")


class ServiceKind(TextChoices):
    PUBLICITY = "publicity", _("Publicity on the spot")
    GUIDANCE = "guidance", _("Guidance on the spot")
    SERVICE = "service", _("Service on the spot")


class Purpose(TextChoices):
    FIRST = "first", _("First contact")
    REGULAR = "regular", _("Regular visit")
    FOLLOW_UP = "follow_up", _("Follow-up of an issue")
    SURVEY = "survey", _("Survey")
    POLICY = "policy", _("Policy delivery")
    CARE = "care", _("Care visit")
    INSPECTION = "inspection", _("Preparing an inspection")


class Topic(TextChoices):
    REFORM = "reform", _("Workforce reform")
    UNION = "union", _("Setting up a union, joining")
    BARGAINING = "bargaining", _("Collective bargaining")
    SKILLS = "skills", _("Training and skill grades")
    CONTESTS = "contests", _("Contests and small inventions")
    EMPLOYMENT = "employment", _("Employment")
    INSURANCE = "insurance", _("Social insurance")
    DISPUTES = "disputes", _("Disputes and rights")
    SAFETY = "safety", _("Safety and health")
    LIVING = "living", _("Meals, lodging, commuting, childcare")
    HARDSHIP = "hardship", _("Hardship aid")
    POLICY = "policy", _("Policy applications")
    OTHER = "other", _("Other")


class Every(TextChoices):
    """The period of a rule; its window is the calendar period unless the rule narrows it."""

    MONTH = "month", _("every month")
    QUARTER = "quarter", _("every quarter")
    HALF_YEAR = "half_year", _("every half-year")
    YEAR = "year", _("every year")


class Need(TextChoices):
    """What meets an obligation."""

    ONSITE = "onsite", _("on site")
    PHONE = "phone", _("by phone")
    ANY = "any", _("any contact or group event")


class ObligationState(TextChoices):
    NOT_YET = "not_yet", _("Not yet due")
    DUE = "due", _("To be contacted")
    MET = "met", _("Contacted")
    OVERDUE = "overdue", _("Overdue")
    CANCELLED = "cancelled", _("Cancelled")
    EXEMPT = "exempt", _("Exempt")


class ContactState(TextChoices):
    """How an enterprise stands on a day, worst first (DEFINITIONS §3 “Contact status”)."""

    OVERDUE = "overdue", _("Overdue")
    DUE = "due", _("To be contacted")
    CONTACTED = "contacted", _("Contacted this period")
    NO_TASK = "no_task", _("No task this period")
