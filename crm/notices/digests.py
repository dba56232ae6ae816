"""The digest: at most one a day for each reader and channel, whatever dies in between (docs/decisions/0008).

beat → for everybody whose hour it is a job → `write`: the row on the page, and a pending row and job per way out, in one
transaction → `deliver`: claim (committed), send, mark. A claim is never sent again unless a check says that it did not
go out.
"""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.db.models import Exists, OuterRef

from crm.accounts.models import User
from crm.core import clock, workcalendar
from crm.core.services import service
from crm.notices import channels
from crm.notices.content import Content, owed_at, owed_to, topics_of
from crm.notices.enums import TOPICS_OF_ROLE, Channel, Kind, State
from crm.notices.models import Notice, Preference, Robot
from stations.models import Appointment, Station


class StillClaimedError(Exception):
    """Another attempt may be at work; asked again later."""


def its_hour(preference: Preference, now: dt.datetime, calendar: workcalendar.WorkCalendar) -> bool:
    """Whether something may be sent at this moment: no quiet hours, and a working day or wanted on every day."""
    return not preference.quiet_at(now) and (preference.every_day or calendar.works(clock.local_date(now)))


def preference_of(user: User) -> Preference:
    """The person's own, or the defaults (unsaved)."""
    return Preference.objects.filter(person=user.person_id).first() or Preference(person=user.person)


def waiting_readers(now: dt.datetime) -> list[User]:
    """Accounts with a post of the day whose hour it is and whose digest of the day has not been written; three queries."""
    day = clock.local_date(now)
    seated = Appointment.objects.on(day).filter(
        person=OuterRef("person"), role__in=list(TOPICS_OF_ROLE), post__term__contains=day
    )
    written = Notice.objects.filter(person=OuterRef("person"), day=day, kind=Kind.DIGEST, channel=Channel.PAGE)
    users = User.objects.filter(Exists(seated), ~Exists(written), is_active=True, person__is_service=False)
    wishes = {row.person_id: row for row in Preference.objects.filter(person__in=users.values("person"))}
    calendar = workcalendar.load()
    return [
        user
        for user in users.order_by("pk")
        if its_hour(wishes.get(user.person_id or 0) or Preference(), now, calendar)
    ]


def waiting_stations(now: dt.datetime) -> list[Station]:
    """Stations with a robot whose group has not been told today, in the hours of the default preference."""
    day = clock.local_date(now)
    if not its_hour(Preference(), now, workcalendar.load()):
        return []
    written = Notice.objects.filter(station=OuterRef("station"), day=day, kind=Kind.DIGEST)
    return [row.station for row in Robot.objects.filter(~Exists(written)).select_related("station").order_by("pk")]


@service
def write(*, user: User, day: dt.date, send_off: Callable[[Notice], object]) -> Notice | None:
    """Decide what the user is told today: the row on the page (empty when there is nothing), a pending one for e-mail.

    `send_off` puts the delivery of a pending row in the queue. Nothing happens when it has been decided, when the day is
    over or when it is no longer the hour. The row is its own record: no line in the journal.
    """
    now, preference = clock.now(), preference_of(user)
    if clock.local_date(now) != day or not its_hour(preference, now, workcalendar.load()):
        return None
    addressed = {"person_id": user.person_id, "day": day, "kind": Kind.DIGEST}
    if Notice.objects.filter(**addressed, channel=Channel.PAGE).exists():
        return None
    owed = owed_to(user, day)
    shown = heard(owed, preference, Channel.PAGE)
    state, sent_at = (State.SENT, now) if shown else (State.EMPTY, None)
    notice = Notice.objects.create(**addressed, channel=Channel.PAGE, content=shown, state=state, sent_at=sent_at)
    mailed = heard(owed, preference, Channel.EMAIL)
    if mailed and preference.email and channels.mail_is_set_up():
        send_off(Notice.objects.create(**addressed, channel=Channel.EMAIL, content=mailed, state=State.PENDING))
    return notice


@service
def write_for_station(*, station: Station, day: dt.date, send_off: Callable[[Notice], object]) -> None:
    """The same for a station's group; counts alone."""
    addressed = {"station": station, "day": day, "kind": Kind.DIGEST, "channel": Channel.ROBOT}
    if clock.today() != day or Notice.objects.filter(**addressed).exists():
        return
    owed = owed_at(station, day)
    notice = Notice.objects.create(**addressed, content=owed, state=State.PENDING if owed else State.EMPTY)
    if owed:
        send_off(notice)


def heard(content: Content, preference: Preference, channel: str) -> Content:
    """The topics that are not silenced on the channel."""
    return {topic: said for topic, said in content.items() if preference.hears(topic, channel)}


def deliver(user: User, notice: Notice) -> None:
    """Send a person's pending e-mail, at most once. Raises NotTakenError (to be tried again), StillClaimedError."""
    preference, now = preference_of(user), clock.now()
    # settled first: whatever the hour and the wishes are by now, a claim is either known to have gone out or not
    if not _is_pending(notice, channels.mail_went_out):
        return
    told = topics_of(user)  # a post may have been lost since it was written
    wanted = heard(notice.content, preference, Channel.EMAIL)
    notice.content = {topic: said for topic, said in wanted.items() if topic in told}
    late = clock.local_date(now) != notice.day or not its_hour(preference, now, workcalendar.load())
    if late or not notice.content or not preference.email:
        _move(notice, State.PENDING, State.DROPPED)
        return
    _claimed(notice, lambda: channels.send_mail(user, notice, preference.email))


def deliver_by_robot(notice: Notice) -> None:
    """Send a station's pending notice by its robot, at most once. Raises as `deliver`."""
    robot = Robot.objects.filter(station=notice.station_id).select_related("station").first()
    if not _is_pending(notice, lambda _notice: None):
        return
    if robot is None or clock.today() != notice.day or Preference().quiet_at(clock.now()):
        _move(notice, State.PENDING, State.DROPPED)
        return
    _claimed(notice, lambda: channels.send_by_robot(robot, notice))


def _claimed(notice: Notice, send: Callable[[], None]) -> None:
    if not _move(notice, State.PENDING, State.CLAIMED, claimed_at=clock.now()):  # committed before anything is sent
        return
    try:
        send()
    except channels.NotTakenError:
        _move(notice, State.CLAIMED, State.PENDING, claimed_at=None)
        raise
    _move(notice, State.CLAIMED, State.SENT, sent_at=clock.now())


def _is_pending(notice: Notice, went_out: Callable[[Notice], bool | None]) -> bool:
    """Whether the notice is to be sent; one whose attempt broke off is settled by the check, or stays unsure."""
    if notice.state == State.CLAIMED and notice.claimed_at is not None:
        if clock.now() - notice.claimed_at < dt.timedelta(seconds=settings.NOTICE_CLAIM_SECONDS):
            raise StillClaimedError
        known = went_out(notice)
        if known is None:
            _move(notice, State.CLAIMED, State.UNSURE)
        elif known:
            _move(notice, State.CLAIMED, State.SENT, sent_at=clock.now())
        else:
            _move(notice, State.CLAIMED, State.PENDING, claimed_at=None)
    return notice.state == State.PENDING


def _move(notice: Notice, source: State, target: State, **values: dt.datetime | None) -> bool:
    """From one state to another, if it still stands there; one statement, committed by itself."""
    rows = Notice.objects.filter(pk=notice.pk, state=source)
    moved = rows.update(state=target, **values) == 1
    if moved:
        notice.state = target
    return moved
