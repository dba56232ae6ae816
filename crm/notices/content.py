"""What somebody is owed to do on a day: counts and ids per topic, worst first."""

import datetime as dt
from typing import Any

from django.db.models import Q

from crm.access.grants import grants_of
from crm.access.roles import STATION_ROLES, Right, Role
from crm.accounts.models import User
from crm.issues.enums import IssueState
from crm.issues.models import Issue
from crm.issues.querysets import IssueQuerySet
from crm.notices.enums import TOPICS_OF_ROLE, Topic
from crm.visits.enums import ContactState
from crm.visits.selectors import due_enterprises, in_contact_state, own_enterprises
from enterprises.models import Enterprise
from enterprises.querysets import EnterpriseQuerySet
from stations.models import Post, Station
from stations.selectors import seats

MOST_NAMED = 20
Content = dict[str, dict[str, Any]]  # {topic: {count's name: number, "ids": [ids]}}
# a state waits for whoever may make the next move; who assigns is the chief, the district only looks on
NEXT_RIGHT = {
    IssueState.SUBMITTED: Right.ACCEPT_ISSUE,
    IssueState.REVIEW: Right.REVIEW_ISSUE,
    IssueState.CALLBACK: Right.CALL_BACK,
}


def topics_of(user: User) -> list[Topic]:
    """The topics of the user's posts of today; none for somebody without any, for a system or an administrator."""
    grants = grants_of(user)
    held = grants.roles if grants is not None else frozenset()
    told = {topic for role in held for topic in TOPICS_OF_ROLE.get(role, ())}
    return [topic for topic in Topic if topic in told]


def owed_to(user: User, day: dt.date) -> Content:
    """What waits for the user today, by topic; a topic without anything is left out. `day` is today."""
    found = {str(topic): _ABOUT[topic](user, day) for topic in topics_of(user)}
    return {topic: said for topic, said in found.items() if said["ids"]}


def owed_at(station: Station, day: dt.date) -> Content:
    """The same for a whole station, counts alone: what its group is told."""
    contacts = _counts(Enterprise.objects.filter(station=station).registered_on(day), day)
    waiting = Issue.objects.filter(station=station).open()
    issues = {"late": waiting.late(day).count(), "waiting": waiting.count()}
    vacancies = {"vacant": len(_vacant([station], day))}
    found = {Topic.CONTACTS: contacts, Topic.ISSUES: issues, Topic.VACANCIES: vacancies}
    return {str(topic): {**counts, "ids": []} for topic, counts in found.items() if any(counts.values())}


def _chief_at(user: User) -> list[int]:
    grants = grants_of(user)
    seated = grants.seats if grants is not None else []
    return [seat.station_id for seat in seated if seat.role == Role.CHIEF and seat.station_id is not None]


def contacts_of(user: User, day: dt.date) -> EnterpriseQuerySet:
    """Enterprises on the register to whom the user owes contacts: a chief those of the station, an officer the own ones."""
    mine = Q(station__in=_chief_at(user)) | Q(pk__in=own_enterprises(user, day))
    return Enterprise.objects.allowing(user, Right.VIEW_VISITS).registered_on(day).filter(mine)


def _contacts(user: User, day: dt.date) -> dict[str, Any]:
    rows = contacts_of(user, day)
    worst = due_enterprises(user, day).filter(pk__in=rows.values("pk"))[:MOST_NAMED]
    return {**_counts(rows, day), "ids": [row.pk for row in worst]}


def _counts(rows: EnterpriseQuerySet, day: dt.date) -> dict[str, int]:
    states = {"overdue": ContactState.OVERDUE, "due": ContactState.DUE}
    return {name: in_contact_state(rows, state, day).count() for name, state in states.items()}


def issues_waiting(user: User, day: dt.date) -> IssueQuerySet:
    """Open issues in which the next move is the user's, the soonest deadline first."""
    grants = grants_of(user)
    if grants is None:
        return Issue.objects.none()
    mine = [post_id for post_id, _role in grants.posts]
    wanted = Q(state__in=[IssueState.ASSIGNED, IssueState.IN_PROGRESS], handler__in=mine)
    wanted |= Q(state=IssueState.ACCEPTED, station__in=_chief_at(user))
    if grants.roles & set(STATION_ROLES):
        for state, right in NEXT_RIGHT.items():
            wanted |= Q(state=state, pk__in=Issue.objects.allowing(user, right).filter(state=state).values("pk"))
    handled_here = Q(state=IssueState.CALLBACK, handler__in=mine)  # whoever handled it does not call back
    return Issue.objects.visible_to(user).open().filter(wanted).exclude(handled_here).order_by("due_on", "pk")


def _issues(user: User, day: dt.date) -> dict[str, Any]:
    found = list(issues_waiting(user, day).values_list("pk", "due_on"))
    late = sum(due_on is not None and due_on < day for _pk, due_on in found)
    return {"late": late, "waiting": len(found), "ids": [pk for pk, _due_on in found[:MOST_NAMED]]}


def _vacant(stations: list[Station], day: dt.date) -> list[Post]:
    """Posts of the stations in which nobody does the work on the day."""
    sitting = [seat for station in stations for seat in seats(station, day)]
    return [seat.post for seat in sitting if seat.person is None and seat.post.role in STATION_ROLES]


def _vacancies(user: User, day: dt.date) -> dict[str, Any]:
    mine = Station.objects.allowing(user, Right.APPOINT).filter(pk__in=_chief_at(user))
    vacant = _vacant(list(mine.order_by("pk")), day)
    return {"vacant": len(vacant), "ids": [post.pk for post in vacant[:MOST_NAMED]]}


_ABOUT = {Topic.CONTACTS: _contacts, Topic.ISSUES: _issues, Topic.VACANCIES: _vacancies}
