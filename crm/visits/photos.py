"""Photos: whatever comes in is drawn anew as a small JPEG, and nothing of the file that came remains.

So neither place nor device (EXIF, GPS, XMP, comments) nor a second file behind the picture is kept. Pictures lie under
random names in `settings.LIANLIAN_MEDIA`, outside of everything that a web server hands out by itself.
"""

import hashlib
import io
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

FORMATS = ("JPEG", "PNG", "WEBP")  # a phone's picture of several frames (MPO) opens as JPEG
MOST_PHOTOS = 6  # of a visit
MOST_BYTES_IN = 15_000_000
MOST_PIXELS = 50_000_000  # told by the header, before anything is decoded
MOST_BYTES, LONGEST_SIDE = 300_000, 1600  # of what is kept
QUALITIES = (82, 70, 58, 45)
SHRINK = 0.7


@dataclass(frozen=True)
class Drawn:
    """A picture as it is kept; `source` is the mark of the file that came."""

    content: bytes
    width: int
    height: int
    source: str


def drawn_anew(content: bytes) -> Drawn:
    """The picture of a file, at most 1600 px and 300 kB. Raises ValidationError on content: no picture, or too large."""
    if len(content) > MOST_BYTES_IN:
        raise _refused(_("The file is larger than %(n)d MB.") % {"n": MOST_BYTES_IN // 1_000_000})
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _refused(_("The picture has too many pixels."))
            if isinstance(image, JpegImageFile):  # decodes no more than is wanted
                image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            image.load()
            picture = _flat(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(_("The picture has too many pixels.")) from error
    except ValidationError:
        raise
    except Exception as error:  # a decoder may fail in any way on what somebody made up
        raise _refused(_("This is no picture (JPEG, PNG or WebP).")) from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= MOST_BYTES:
                return Drawn(out.getvalue(), *picture.size, hashlib.sha256(content).hexdigest())
        picture = picture.resize((int(picture.width * SHRINK) or 1, int(picture.height * SHRINK) or 1))


def _flat(image: Image.Image) -> Image.Image:
    """Its pixels alone on white, in a picture that knows nothing of the file."""
    if image.mode in ("P", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image if image.mode == "RGBA" else image.convert("RGB"), mask=image if image.mode == "RGBA" else None)
    return clean


def _refused(words: str) -> ValidationError:
    return ValidationError({"content": [words]})


def kept(content: bytes) -> str:
    """Write a picture under a new random name; returns the name."""
    name = f"{secrets.token_hex(16)}.jpg"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)
    return name


def read(name: str) -> bytes | None:
    """The picture of a name; None when the file is gone."""
    try:
        return _path(name).read_bytes()
    except FileNotFoundError:
        return None


def forget(name: str) -> None:
    """Take a picture away again, whose row was not written."""
    with suppress(FileNotFoundError):
        _path(name).unlink()


def _path(name: str) -> Path:
    return Path(settings.LIANLIAN_MEDIA) / name[:2] / name
