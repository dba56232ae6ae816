"""`make mutate-access`: change `crm/access` in one place at a time and see that its own tests notice.

Django, the tests' database and the tests are loaded once; each mutant runs in a fork, which puts the changed functions
and values in the place of the true ones. Prints the survivors, and the numbers.
"""

import gc
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
ROOM = ROOT / "crm" / "access"
TESTS = "tests/access"
MOST_SECONDS = int(os.environ.get("LIANLIAN_MUTATION_SECONDS", "3600"))
PATIENCE = 90  # seconds for the tests of one mutant


class Mutation:
    """A pytest plugin that runs the tests once as they are, quickest first from then on, and then once per mutant."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        took = dict(_in_turn(session.items))
        if session.testsfailed:
            pytest.exit("the tests are red before anything was changed", 1)
        items = sorted(session.items, key=lambda item: took[item])
        told: Counter[str] = Counter()
        began, mutants = time.monotonic(), [one for path in sorted(ROOM.glob("*.py")) for one in mutants_of(path)]
        for number, mutant in enumerate(mutants):
            if time.monotonic() - began > MOST_SECONDS:
                print(f"out of time: {len(mutants) - number} mutants not tried")  # noqa: T201
                break
            end = _in_a_fork(session, items, mutant)
            told[end] += 1
            if end != "killed":
                print(f"{end}: {mutant.path.relative_to(ROOT)}:{mutant.line} {mutant.what}", flush=True)  # noqa: T201
        print(f"{len(mutants)} mutants: {dict(told)}, {time.monotonic() - began:.0f} s")  # noqa: T201
        return True


def _in_turn(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, float]]:
    """Run the tests one after another, so that what all share stays set up after the last; seconds of each."""
    for item, following in zip(items, [*items[1:], items[0]], strict=True):
        began = time.monotonic()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield item, time.monotonic() - began


def _in_a_fork(session: pytest.Session, items: list[pytest.Item], mutant: Mutant) -> str:
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
        try:
            _put_in_place(mutant)
            for _done in _in_turn(items):
                if session.testsfailed:
                    os._exit(1)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "timed out" if os.WTERMSIG(status) == signal.SIGALRM else "killed"
    return "killed" if os.WEXITSTATUS(status) else "SURVIVED"


def _put_in_place(mutant: Mutant) -> None:
    """Give living functions the changed code, and living tables the changed values."""
    module = next(one for one in sys.modules.values() if getattr(one, "__file__", None) == str(mutant.path))
    whole = compile(mutant.tree, str(mutant.path), "exec")
    codes = {(code.co_qualname, code.co_firstlineno): code for code in _codes(whole)}  # type: ignore[attr-defined]
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename == str(mutant.path):
            new = codes.get((thing.__code__.co_qualname, thing.__code__.co_firstlineno))  # type: ignore[attr-defined]
            if new is not None:
                thing.__code__ = new
    plain, changed = _values(module, compile(mutant.path.read_text(), str(mutant.path), "exec")), _values(module, whole)
    for name in plain:
        if repr(plain[name]) != repr(changed.get(name)):
            _replace(module, name, changed.get(name))


def _values(module: ModuleType, code: CodeType) -> dict[str, Any]:
    """The tables and figures that the module's code makes."""
    scratch = {**module.__dict__}
    exec(code, scratch)
    return {
        name: value
        for name, value in scratch.items()
        if not (name.startswith("__") or callable(value) or isinstance(value, ModuleType))
    }


def _codes(code: CodeType) -> list[CodeType]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return inner + [deeper for one in inner for deeper in _codes(one)]


def _replace(module: ModuleType, name: str, new: Any) -> None:
    old = getattr(module, name)
    if isinstance(old, dict):
        for key in list(old):
            if key not in new:
                del old[key]
            elif repr(old[key]) != repr(new[key]):
                old[key] = new[key]
        return
    for one in list(sys.modules.values()):
        if getattr(one, name, None) is old:
            setattr(one, name, new)


if __name__ == "__main__":
    sys.exit(pytest.main([TESTS, "-q", "-n0", "-s", "-p", "no:cacheprovider"], plugins=[Mutation()]))
