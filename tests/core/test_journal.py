"""The journal: complete, in the call's own transaction, never rewritten."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from crm.access.roles import Role
from crm.core import clock, journal
from crm.core.models import JournalEntry
from crm.core.services import service
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_it_says_who_did_what_in_which_post() -> None:
    station = build.station()
    chief, post = build.holder(Role.CHIEF, station)
    token = journal.request_id.set("abc")
    try:
        entry = journal.record(
            actor=chief,
            verb="rename",
            obj=station,
            post=post,
            on_behalf_of="区总工会",
            station_id=station.pk,
            enterprise_id=5,
            changes={"name": ["a", "b"]},
        )
    finally:
        journal.request_id.reset(token)
    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_label) == (chief.pk, str(chief))
    assert (entry.post_id, entry.post_label, entry.on_behalf_of) == (post.pk, post.title, "区总工会")
    assert (entry.verb, entry.object_type, entry.object_id) == ("rename", "stations.station", station.pk)
    assert (entry.object_label, entry.station_id, entry.enterprise_id) == (station.name, station.pk, 5)
    assert (entry.changes, entry.request_id) == ({"name": ["a", "b"]}, "abc")
    assert entry.xid is not None
    assert abs((clock.now() - entry.at).total_seconds()) < 60
    assert str(entry).endswith(f"{chief} rename {station.name}")


def test_the_system_has_a_name_and_long_labels_are_cut() -> None:
    station = build.station(name="站" * 120)
    entry = journal.record(actor=None, verb="check", obj=station, on_behalf_of="长" * 500)
    assert (entry.actor_id, entry.actor_label, entry.request_id) == (None, "system", "")
    assert len(entry.on_behalf_of) == 200


def test_rows_of_one_transaction_share_its_number() -> None:
    station = build.station()
    first, second = (journal.record(actor=None, verb=verb, obj=station) for verb in ("a", "b"))
    first.refresh_from_db()
    second.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert (first.xid, second.xid) == cursor.fetchone() * 2


def test_what_failed_is_not_journalled() -> None:
    station = build.station()

    @service
    def fail() -> None:
        journal.record(actor=None, verb="fail", obj=station)
        raise ValidationError("no")

    with pytest.raises(ValidationError):
        fail()
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("statement", ["UPDATE core_journalentry SET verb = 'x'", "DELETE FROM core_journalentry"])
def test_it_is_never_rewritten(statement: str) -> None:
    entry = journal.record(actor=None, verb="check", obj=build.station())

    def rewrite() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rewrite()
    with pytest.raises(ValidationError, match="journal"):
        service(rewrite)()
    entry.refresh_from_db()
    assert entry.verb == "check"
