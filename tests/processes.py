"""Many processes at once, forked from this warmed one, for tests marked `django_db(transaction=True)`."""

import json
import os
import signal
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

PATIENCE = 300  # seconds


def forked(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run each call in a process and session of its own, all released together; their answers (JSON) in order.

    An exception is the answer {"error": its text}. Nothing of a child outlives the call.
    """
    connection.close()  # a child must not speak in this process's session
    ready, go = os.pipe(), os.pipe()
    children = [_child(call, ready, go) for call in calls]
    os.close(go[0])
    for _ in children:
        os.read(ready[0], 1)  # everybody has a session and waits
    os.close(go[1])  # the end of the pipe releases all at the same time
    answers = []
    for pid, answer in children:
        with os.fdopen(answer) as sent:
            answers.append(json.loads(sent.read() or "null"))
        os.waitpid(pid, 0)
    os.close(ready[0])
    os.close(ready[1])
    return answers


def _child(call: Callable[[], Any], ready: tuple[int, int], go: tuple[int, int]) -> tuple[int, int]:
    """(process, where its answer can be read)"""
    answer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # xdist's own thread is not there in the child, nor needed
        pid = os.fork()
    if pid:
        os.close(answer[1])
        return pid, answer[0]
    try:
        signal.alarm(PATIENCE)  # a child that hangs ends, and its answer is empty
        os.close(go[1])
        try:
            connection.ensure_connection()
        finally:
            os.write(ready[1], b".")
        os.read(go[0], 1)
        said = call()
    except BaseException:
        said = {"error": traceback.format_exc()}
    try:
        os.write(answer[1], json.dumps(said).encode())
    finally:
        os._exit(0)  # no clean-up of pytest's in a copy of it
