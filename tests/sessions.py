"""Several database sessions at once, for tests marked `django_db(transaction=True)`."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a session of its own, all released together; their answers in order, an exception as itself."""
    answers: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            answers[place] = call()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def overtaking(
    first: Callable[[], Any], second: Callable[[], Any], then: Callable[[], Any] = lambda: None
) -> tuple[Any, Any]:
    """Run `first`, and `second` in another session before the first is committed: it waits for the first or passes it.

    The first does `then` and commits as soon as the second waits for it or is done. Answers both, an exception of the
    second as itself.
    """
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(second())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        answer = first()
        thread.start()
        while thread.is_alive() and not _somebody_waits_for_us():
            thread.join(0.01)
        then()
    thread.join(60)
    return answer, answers[0]


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None
