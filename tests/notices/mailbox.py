"""A mail server made of files: each message handed over is one file, complete or absent; and a way to ask for one."""

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_numbers = itertools.count()


def folder() -> Path:
    return Path(os.environ.get("MAILBOX", "/nonexistent"))


class Backend(BaseEmailBackend):
    """Slow before and after handing over, so that a killed worker dies at every place."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            slow = float(os.environ.get("MAILBOX_SLOW", "0"))
            time.sleep(slow)
            part = folder() / f"part-{os.getpid()}-{next(_numbers)}"
            part.write_text(f"{message.to[0]} {message.extra_headers['Message-ID']}", encoding="utf-8")
            part.rename(folder() / part.name.replace("part", "mail"))
            time.sleep(slow)
        return len(email_messages)


def messages() -> list[tuple[str, str]]:
    """(to, message id) of all that was handed over, repeats included."""
    found = [tuple(path.read_text(encoding="utf-8").split(" ")) for path in sorted(folder().glob("mail-*"))]
    return [(to, name) for to, name in found]


def went_out(message_id: str) -> bool:
    return any(name == message_id for _to, name in messages())
