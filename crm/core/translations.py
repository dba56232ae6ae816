"""Chinese texts: compiled when a catalogue has changed, and checked against what code and templates say.

Every room keeps its own `locale/zh_Hans/LC_MESSAGES/django.po`, written by hand. The msgids are the English texts.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "crm", "enterprises", "grids", "stations")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
_LITERAL = re.compile(r"""\s*u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\s*,?""")
_TEMPLATE_CALL = re.compile(r"(?<!\w)(_|n?p?gettext)\(")

# function of django.utils.translation → (whether its first argument is a context, how many msgids follow)
FUNCTIONS = {
    name + lazy: (context, count)
    for name, context, count in (
        ("gettext", False, 1), ("ngettext", False, 2), ("pgettext", True, 1), ("npgettext", True, 2),
    )
    for lazy in ("", "_lazy")
}  # fmt: skip
FUNCTIONS["gettext_noop"] = (False, 1)


@dataclass(frozen=True)
class Text:
    """A text to translate and where it is said."""

    context: str
    msgid: str
    place: str


def catalogues() -> list[Path]:
    """Every hand-written catalogue of the project."""
    patterns = [f"{room}{depth}/locale/*/LC_MESSAGES/django.po" for room in ROOMS for depth in ("", "/*")]
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


def compile_changed() -> list[Path]:
    """Compile the catalogues that are newer than their `.mo`; return those. Needs neither Django nor gettext's programs."""
    changed = [po for po in catalogues() if not _is_fresh(po)]
    for po in changed:
        _compile(po)
    return changed


def _is_fresh(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns


def _compile(po: Path) -> None:
    draft = po.with_suffix(f".{os.getpid()}.mo")
    try:
        with draft.open("wb") as file:
            write_mo(file, read(po))
        draft.replace(po.with_suffix(".mo"))  # complete or not at all: another process may be reading it
    finally:
        draft.unlink(missing_ok=True)


def read(po: Path) -> Catalog:
    """Parse a catalogue; raise on a fault in it."""
    with po.open("rb") as file:
        return read_po(file, locale=po.parents[1].name, abort_invalid=True)


def entries(po: Path) -> Iterator[tuple[str, Message]]:
    """(place, message) for each entry of a catalogue, without its header."""
    name = po.relative_to(ROOT)
    for message in read(po):
        if message.id:
            yield f"{name}:{message.lineno}", message


# --- What code and templates say --------------------------------------------------------------------------------------


def texts() -> Iterator[Text]:
    """Every text marked for translation in code and templates."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from texts_of_code(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
        for path in sorted(p for kind in ("*.html", "*.txt") for p in (ROOT / room).rglob(f"templates/**/{kind}")):
            yield from texts_of_template(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))


def texts_of_code(source: str, name: str) -> Iterator[Text]:
    """The texts of a Python module. A text that is not written out as a constant is yielded as an empty msgid."""
    tree = ast.parse(source)
    functions = {
        alias.asname or alias.name: FUNCTIONS[alias.name]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called not in functions:
            continue
        context, count = functions[called]
        words = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args[: context + count]]
        if len(words) < context + count or not all(isinstance(word, str) for word in words):
            yield Text("", "", f"{name}:{node.lineno}")
            continue
        yield Text(str(words[0]) if context else "", str(words[context]), f"{name}:{node.lineno}")


def texts_of_template(source: str, name: str) -> Iterator[Text]:
    """The texts of a Django template."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - compiling needs no Django

    code = templatize(source, origin=name)
    for call in _TEMPLATE_CALL.finditer(code):
        words, position = [], call.end()
        while literal := _LITERAL.match(code, position):
            words.append(str(ast.literal_eval(literal[1])))
            position = literal.end()
        line = code.count("\n", 0, call.start()) + 1
        context = "pgettext" in call[1]
        if len(words) > context:
            yield Text(words[0] if context else "", words[context], f"{name}:{line}")


# --- The check --------------------------------------------------------------------------------------------------------


def faults() -> list[str]:
    """What is wrong with the Chinese texts, one line each: missing, empty, differing between rooms, placeholders lost."""
    found: list[str] = []
    first: dict[tuple[str, str], tuple[str, object]] = {}
    for po in catalogues():
        for place, message in entries(po):
            key = (message.context or "", message.id if isinstance(message.id, str) else message.id[0])
            found += _entry_faults(place, message)
            earlier = first.setdefault(key, (place, message.string))
            if earlier[1] != message.string:
                found.append(f"{place}: {key[1]!r} reads differently at {earlier[0]}")
    missing: dict[tuple[str, str], str] = {}
    for text in texts():
        key = (text.context, text.msgid)
        if not text.msgid:
            found.append(f"{text.place}: the text is put together at run time and cannot be translated")
        elif key not in first and not _packages_say(text):
            missing.setdefault(key, text.place)
    return found + [f"{place}: no Chinese for {key[1]!r}" for key, place in missing.items()]


def _entry_faults(place: str, message: Message) -> Iterator[str]:
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        yield f"{place}: {ids[0]!r} is marked fuzzy"
    for string in strings:
        if not string:
            yield f"{place}: {ids[0]!r} has no Chinese"
        elif not _placeholders([string]) <= _placeholders(ids):
            yield f"{place}: {ids[0]!r} and its Chinese have different placeholders"
    if len(ids) == 1 and strings[0] and _placeholders(strings) != _placeholders(ids):
        yield f"{place}: {ids[0]!r} and its Chinese have different placeholders"


def _placeholders(strings: Iterable[str]) -> set[str]:
    return {placeholder for string in strings for placeholder in PLACEHOLDER.findall(string.replace("%%", ""))}


def _packages_say(text: Text) -> bool:
    """Whether Django or an installed package brings the Chinese itself."""
    from django.utils import translation  # noqa: PLC0415

    with translation.override("zh-hans"):
        if text.context:
            return translation.pgettext(text.context, text.msgid) != text.msgid
        single, plural = translation.gettext(text.msgid), translation.ngettext(text.msgid, text.msgid, 1)
        return (single, plural) != (text.msgid, text.msgid)
