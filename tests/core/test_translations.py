"""Chinese texts: found in code and templates, compiled on change, faults told."""

import gettext
import os
from pathlib import Path

import pytest
from django.utils import translation

from crm.core import translations
from crm.core.translations import texts_of_code, texts_of_template

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
IMPORTS = "from django.utils.translation import gettext as _, ngettext, pgettext_lazy as p\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project of two rooms."""
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    for room in ("stations", "crm/visits"):
        (tmp_path / room / "templates").mkdir(parents=True)
    return tmp_path


def write_catalogue(house: Path, room: str, *entries: str) -> Path:
    po = house / room / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(HEADER + "\n\n".join(entries) + "\n", encoding="utf-8")
    return po


def entry(msgid: str, msgstr: str) -> str:
    return f'msgid "{msgid}"\nmsgstr "{msgstr}"'


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("_('Visit' ' log')", [("", "Visit log")]),
        ("ngettext('one', 'many', 2)", [("", "one")]),
        ("p('month', 'May')", [("month", "May")]),
        ("_(f'{x} visits')", [("", "")]),
        ("other('Visit')", []),
    ],
)
def test_texts_of_code_are_found(code: str, found: list[tuple[str, str]]) -> None:
    assert [(text.context, text.msgid) for text in texts_of_code(IMPORTS + code, "code.py")] == found


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ('{% translate "It\'s due" %}', [("", "It's due")]),
        ("{% translate 'May' context 'month' as x %}", [("month", "May")]),
        (
            "{% blocktranslate with n=x trimmed %}\n  {{ n }} visits\n  due{% endblocktranslate %}",
            [("", "%(n)s visits due")],
        ),
        ("{% blocktranslate count n=x %}a{% plural %}b{% endblocktranslate %}", [("", "a")]),
        ("{{ _('Visit')|lower }} {% if x == _('Log') %}", [("", "Visit"), ("", "Log")]),
        ("gettext is a word here", []),
    ],
)
def test_texts_of_templates_are_found(template: str, found: list[tuple[str, str]]) -> None:
    assert [(text.context, text.msgid) for text in texts_of_template(template, "page.html")] == found


def test_a_catalogue_is_compiled_when_it_has_changed(house: Path) -> None:
    po = write_catalogue(house, "crm/visits", entry("Visit log", "走访台账"))
    assert translations.compile_changed() == [po]
    assert translations.compile_changed() == []
    po.write_text(po.read_text().replace("台账", "记录"))
    later = po.with_suffix(".mo").stat().st_mtime_ns + 10**9
    os.utime(po, ns=(later, later))
    assert translations.compile_changed() == [po]
    with po.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Visit log") == "走访记录"
    assert len(list(po.parent.iterdir())) == 2


def test_a_house_whose_texts_are_complete_has_no_faults(house: Path) -> None:
    write_catalogue(house, "crm/visits", entry("Visit log", "走访台账"), entry("%(n)s left", "还有 %(n)s 户"))
    (house / "crm" / "views.py").write_text(IMPORTS + "_('Visit log'), _('%(n)s left'), _('This field is required.')")
    assert translations.faults() == []


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "crm/views.py:2: no Chinese for 'Visit log'"),
        ([entry("Visit log", "")], "'Visit log' has no Chinese"),
        (["#, fuzzy\n" + entry("Visit log", "走访")], "is marked fuzzy"),
        ([entry("Visit log", "走访台账"), entry("%(n)s left", "还有 %(m)s 户")], "different placeholders"),
        ([entry("Visit log", "走访台账"), entry("%(n)s left", "还有几户")], "different placeholders"),
    ],
)
def test_each_fault_is_told(house: Path, entries: list[str], words: str) -> None:
    write_catalogue(house, "crm/visits", *entries)
    (house / "crm" / "views.py").write_text(IMPORTS + "_('Visit log')")
    assert any(words in fault for fault in translations.faults())


def test_two_rooms_that_say_it_differently_are_told(house: Path) -> None:
    write_catalogue(house, "crm/visits", entry("Visit", "走访"))
    write_catalogue(house, "stations", entry("Visit", "拜访"))
    (fault,) = translations.faults()
    assert "'Visit' reads differently" in fault


def test_no_package_speaks_before_us() -> None:
    """Django's and the packages' catalogues have words of ours too, and mean another thing: «Key» is 重点, not 键."""
    wrong = {}
    with translation.override("zh-hans"):
        for po in translations.catalogues():
            for _place, message in translations.entries(po):
                if isinstance(message.id, str) and message.string:
                    told = (
                        translation.pgettext(message.context, message.id)
                        if message.context
                        else translation.gettext(message.id)
                    )
                    if told != message.string:
                        wrong[message.id] = told
    assert wrong == {}
