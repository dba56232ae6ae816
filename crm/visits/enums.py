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


AT_THEIRS = (Mode.ONSITE, Mode.JOINT)  # somebody stands at the enterprise's door
GROUP_MODES = (Mode.MEETING, Mode.LECTURE)  # 集中: many enterprises at once, at a contact event
EVENT_MODES = [(mode.value, mode.label) for mode in GROUP_MODES]


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
    REQUEST = "request", _("The enterprise asked for it")


ON_REQUEST = (Purpose.REQUEST, Purpose.FOLLOW_UP)  # 有求必应: the enterprise, or what it has raised, called one there


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
    """The period of a rule (see `windows`); `NEVER` says that nothing is owed."""

    WEEK = "week", _("every week")
    TWO_WEEKS = "two_weeks", _("every two weeks")
    THREE_WEEKS = "three_weeks", _("every three weeks")
    MONTH = "month", _("every month")
    TWO_MONTHS = "two_months", _("every two months")
    QUARTER = "quarter", _("every quarter")
    HALF_YEAR = "half_year", _("every half-year")
    YEAR = "year", _("every year")
    NEVER = "never", _("not at all")


CAP_PERIODS = [(every.value, every.label) for every in (Every.MONTH, Every.QUARTER)]


class Need(TextChoices):
    """What meets an obligation."""

    ONSITE = "onsite", _("on site")
    PHONE = "phone", _("by phone")
    ANY = "any", _("any contact or group event")


class Decision(TextChoices):
    """What became of a second body under a used number."""

    KEEP = "keep", _("The first stays")
    OWN = "own", _("Logged as a visit of its own")


class Answer(TextChoices):
    """What the enterprise says of a recorded visit."""

    TRUE = "true", _("It was so")
    DIFFERS = "differs", _("Something differs")


class ObligationState(TextChoices):
    NOT_YET = "not_yet", _("Not yet due")
    DUE = "due", _("To be contacted")
    MET = "met", _("Contacted")
    OVERDUE = "overdue", _("Overdue")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    EXEMPT = "exempt", _("Exempt")


class CommitmentState(TextChoices):
    """What became of a promise; 逾期 is computed, and what was kept late is kept."""

    OPEN = "open", pgettext_lazy("commitment", "Open")
    KEPT = "kept", pgettext_lazy("commitment", "Kept")
    BROKEN = "broken", pgettext_lazy("commitment", "Broken")
    WITHDRAWN = "withdrawn", pgettext_lazy("commitment", "Withdrawn")


class Half(TextChoices):
    """A half-day; the evening belongs to the afternoon."""

    MORNING = "am", _("Morning")
    AFTERNOON = "pm", _("Afternoon")


class PlanState(TextChoices):
    """What became of a planned visit."""

    PLANNED = "planned", pgettext_lazy("planned visit", "Planned")
    KEPT = "kept", pgettext_lazy("planned visit", "Kept")
    DROPPED = "dropped", pgettext_lazy("planned visit", "Dropped")


class ContactState(TextChoices):
    """How an enterprise stands on a day, worst first (DEFINITIONS §3 “Contact status”): a plan is no contact, and never
    hides that one is owed.
    """

    OVERDUE = "overdue", _("Overdue")
    DUE = "due", _("To be contacted")
    PLANNED = "planned", _("On the plan")
    CONTACTED = "contacted", _("Contacted this period")
    NO_TASK = "no_task", _("No task this period")
