"""What rights cost on a list of a million enterprises: `python bench/rights.py [--json] [--check]`.

On the data of `manage.py generate --enterprises 1000000` (or fewer). For an officer, a chief and a province's lead: the
list's page of 50 by name with its count,

- as the product asks it (`ours`: the request has asked for the reader's grants at its door; `cold`: they are asked for anew,
  two queries more, once a request);
- the same rows by a hard-coded `station_id IN (…)`, same order and count (`plain`): goal ours ÷ plain ≤ 1.25;
- by guardian's `get_objects_for_user` with its defaults over one generic row per enterprise (`guardian`), for officer and
  lead: goal guardian ÷ ours ≥ 20 and ≥ 3.

The three alternate, the median counts. Rows of guardian are written into a transaction that is rolled back.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
django.setup()

from django.contrib.auth.models import Permission  # noqa: E402 - the models need their settings first
from django.db import connection, transaction  # noqa: E402
from guardian.shortcuts import get_objects_for_user  # noqa: E402 - the baseline

from crm.access.grants import grants_of, one_request  # noqa: E402
from crm.accounts.models import User  # noqa: E402
from enterprises.models import Enterprise  # noqa: E402

ROUNDS = 15
READERS = {"gen-officer": 20.0, "gen-chief": None, "gen-province": 3.0}
GUARDIAN_ROWS = """
    INSERT INTO guardian_userobjectpermission (object_pk, content_type_id, permission_id, user_id)
    SELECT id::text, %(type)s, %(permission)s, %(user)s FROM enterprises_enterprise WHERE station_id = ANY(%(stations)s)
"""


def page(rows: Any) -> list[Any]:
    """A page of 50 by name, and the count of all."""
    rows.count()
    return list(rows.order_by("name_key", "pk")[:50])


def measured(reader: str, guardian_goal: float | None) -> dict[str, Any]:
    """Milliseconds of the three ways, their ratios and whether the goals are reached."""
    user = User.objects.get(username=reader)
    with one_request():
        grants = grants_of(user)
        stations = sorted(grants.station_ids("view_register"))  # type: ignore[union-attr, arg-type]

    def cold() -> list[Any]:
        with one_request():
            return page(Enterprise.objects.registered_to(user))

    def ours() -> list[Any]:
        return page(Enterprise.objects.registered_to(user))

    def plain() -> list[Any]:
        return page(Enterprise._base_manager.filter(station_id__in=stations))

    def guardian() -> list[Any]:
        return page(get_objects_for_user(User.objects.get(pk=user.pk), "enterprises.view_enterprise"))

    with transaction.atomic():
        if guardian_goal is not None:
            permission = Permission.objects.get(content_type__app_label="enterprises", codename="view_enterprise")
            given = {
                "type": permission.content_type_id,
                "permission": permission.pk,
                "user": user.pk,
                "stations": stations,
            }
            with connection.cursor() as cursor:
                cursor.execute(GUARDIAN_ROWS, given)
                cursor.execute("ANALYZE guardian_userobjectpermission")
        assert [row.pk for row in cold()] == [row.pk for row in plain()]
        if guardian_goal is not None:
            assert [row.pk for row in guardian()] == [row.pk for row in plain()]
        with one_request():
            grants_of(user).seats, grants_of(user).duties  # type: ignore[union-attr]  # as the door has asked
            ms = alternating({"ours": ours, "plain": plain})
        ms |= alternating({"cold": cold})
        if guardian_goal is not None:
            ms |= alternating({"guardian": guardian}, rounds=3)
        transaction.set_rollback(True)
    found: dict[str, Any] = {
        "reader": reader,
        "stations": len(stations),
        **{name: round(value, 2) for name, value in ms.items()},
    }
    found["ours_to_plain"] = round(ms["ours"] / ms["plain"], 2)
    found["reached"] = found["ours_to_plain"] <= 1.25
    if guardian_goal is not None:
        found["guardian_to_ours"] = round(ms["guardian"] / ms["ours"], 1)
        found["reached"] = found["reached"] and found["guardian_to_ours"] >= guardian_goal
    return found


def alternating(ways: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """{way: median milliseconds}, the ways taking turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> int:
    """Print a line per reader; status 1 with `--check` when a goal is missed."""
    results = [measured(reader, goal) for reader, goal in READERS.items()]
    for result in results:
        words = ", ".join(f"{name} {value}" for name, value in result.items())
        print(json.dumps(result) if "--json" in sys.argv else words)
    return 1 if "--check" in sys.argv and not all(result["reached"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
