"""Text as people type it: full-width characters, ideographic spaces, control characters; pinyin keys."""

import re
import unicodedata
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MARKUP = re.compile(r"<[^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);|[<>]")
_SPACES = re.compile(r"[\s\u3000]+")


def squeezed(value: str) -> str:
    """Without space around it (U+3000 included), inner runs of space as one."""
    return _SPACES.sub(" ", value).strip()


def half_width(value: str) -> str:
    """Full-width letters and digits as their half-width form (for codes and numbers, not for names)."""
    return unicodedata.normalize("NFKC", value)


def has_control(value: str) -> bool:
    return bool(_CONTROL.search(value))


def has_markup(value: str) -> bool:
    return bool(_MARKUP.search(value))


def plain_text(value: str) -> None:
    """Field validator: no control characters."""
    if has_control(value):
        raise ValidationError(_("Contains invisible control characters."))


def plain_name(value: str) -> None:
    """Field validator: a name holds neither control characters nor mark-up."""
    plain_text(value)
    if has_markup(value):
        raise ValidationError(_("Contains mark-up."))


@lru_cache(maxsize=65536)
def pinyin(value: str) -> tuple[str, str]:
    """(full pinyin key for sorting, initials for searching), lower case, without tone."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - its tables take half a second: only who writes names pays

    full = lazy_pinyin(value, style=Style.NORMAL)
    initials = "".join(part[:1] if part.isascii() and len(part) < 8 else part for part in full)
    return "".join(full).lower()[:200], initials.lower()[:60]
