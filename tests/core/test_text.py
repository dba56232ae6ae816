"""Text as people type it."""

import pytest
from django.core.exceptions import ValidationError

from crm.core.text import half_width, has_control, has_markup, pinyin, plain_name, plain_text, squeezed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("　昆明花卉　", "昆明花卉"),
        (" 昆明　 花卉\t公司\n", "昆明 花卉 公司"),
        ("", ""),
        ("　", ""),
        ("a\u00a0b", "a b"),
    ],
)
def test_space_is_squeezed(typed: str, kept: str) -> None:
    assert squeezed(typed) == kept


def test_codes_become_half_width() -> None:
    assert half_width("１２３－０") == "123-0"


@pytest.mark.parametrize("sign", ["\x00", "\x1f", "\x7f", "\u200b", "\u202e", "\u2066", "\ufeff"])
def test_invisible_signs_are_refused(sign: str) -> None:
    assert has_control(f"花{sign}卉")
    for check in (plain_text, plain_name):
        with pytest.raises(ValidationError):
            check(f"花{sign}卉")


@pytest.mark.parametrize("typed", ["第一行\n第二行", "甲\t乙", "冷库 3 号（东）", "😀 花"])
def test_what_people_write_in_notes_is_kept(typed: str) -> None:
    assert not has_control(typed)
    plain_text(typed)


@pytest.mark.parametrize("typed", ["<b>花</b>", "花&nbsp;卉", "花&#20013;", "花&#x4e2d;", "a < b", "花>"])
def test_a_name_holds_no_markup(typed: str) -> None:
    assert has_markup(typed)
    with pytest.raises(ValidationError):
        plain_name(typed)


@pytest.mark.parametrize("typed", ["李&王花卉", "R&D 中心", "AT&T", "“联链”服务站"])
def test_an_ampersand_alone_is_no_markup(typed: str) -> None:
    plain_name(typed)


def test_pinyin_keys() -> None:
    assert pinyin("昆明花卉") == ("kunminghuahui", "kmhh")
    full, initials = pinyin("ABC花" + "卉" * 300)
    assert full.startswith("abchua")
    assert (len(full), len(initials)) == (200, 60)
    assert pinyin("") == ("", "")
