"""Test databases: one migrated template, kept between runs, and a clone of it for every test process.

A clone belongs to the process that holds the advisory lock on its name; every process shares the lock on the name of
its template. What nobody holds is a dead run's, or the template of migrations that are no more, and is dropped. After
a test that commits the clone is made anew, which also restores what migrations wrote and what tables that only grow
would keep.
"""

import hashlib
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader

PREFIX = "lianlian_test"


class CloneOfTemplate:
    """This process's database."""

    def __init__(self, admin: CursorWrapper) -> None:
        self.admin = admin
        self.template = f"{PREFIX}_template_{fingerprint()}"
        self.name = f"{PREFIX}_clone_{os.getpid()}"

    def make(self) -> None:
        """Make the clone, and the template before it if no run has made that yet."""
        with self._lock(PREFIX):
            # held until the session ends: a run from a tree with other migrations leaves the template alone
            self.admin.execute("SELECT pg_advisory_lock_shared(hashtext(%s))", [self.template])
            self._drop_leftovers()
            if self.template not in self._names():
                self._make_template()
            self.admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [self.name])
            self._create(self.name, self.template)
        _use(self.name)

    def remake(self) -> None:
        """Bring the clone back to the state of the template."""
        self.remove()
        self._create(self.name, self.template)

    def remove(self) -> None:
        """Drop the clone; the template stays for the next run."""
        connection.close()
        self._drop(self.name)

    def _make_template(self) -> None:
        draft = f"{PREFIX}_draft"
        self._drop(draft)
        self._create(draft, "template1")
        _use(draft)
        call_command("migrate", verbosity=0)
        connection.close()
        self.admin.execute(f"ALTER DATABASE {draft} RENAME TO {self.template}")

    def _create(self, name: str, template: str) -> None:
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def _drop(self, name: str) -> None:
        self.admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _drop_leftovers(self) -> None:
        for name in self._names() - {self.template}:
            self.admin.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
            (free,) = self.admin.fetchone()
            if free:
                with suppress(ProgrammingError):  # another role's
                    self._drop(name)
                self.admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])

    def _names(self) -> set[str]:
        self.admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return {name for (name,) in self.admin.fetchall()}

    @contextmanager
    def _lock(self, word: str) -> Iterator[None]:
        self.admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [word])
        yield
        self.admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [word])


@contextmanager
def clone_of_template() -> Iterator[CloneOfTemplate]:
    """Let Django work on a clone for as long as the block lasts."""
    maintenance = type(connection.copy())({**connection.settings_dict, "NAME": "postgres"}, alias=NO_DB_ALIAS)
    try:
        with maintenance.cursor() as cursor:
            clone = CloneOfTemplate(cursor)
            clone.make()
            yield clone
            clone.remove()
    finally:
        maintenance.close()


def fingerprint() -> str:
    """What decides a fresh database's content: the migrations' source, declared permissions and Django itself."""
    digest = hashlib.sha256(django.get_version().encode())
    for _, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        digest.update(Path(inspect.getfile(type(migration))).read_bytes())
    for model in apps.get_models():
        options = model._meta
        digest.update(repr((options.label, options.default_permissions, options.permissions)).encode())
    return digest.hexdigest()[:16]


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
