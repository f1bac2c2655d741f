"""Photos as they are kept: without where, when and with what they were taken, and no larger than a page needs."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from models.rules import Refusal

LONGEST_SIDE = 2560  # pixels: what Telegram itself keeps of a photo sent in high definition
MOST_PIXELS = 60_000_000  # once decoded: 180 MB of memory, more than any telephone's ordinary photo takes
ORIENTATION = 0x0112  # the one EXIF tag that stays, or photos would lie on their side
KINDS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
READERS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)  # named, so that Pillow loads no other reader
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)  # what Pillow's readers raise


def cleaned(content: bytes, mime: str) -> bytes:
    """The photo written anew: no place, no date, no device, no comment, the longer side at most LONGEST_SIDE.

    The same photo always gives the same bytes. Raises Refusal trouble.photo_broken, trouble.photo_too_many(limit).
    """
    try:
        with Image.open(io.BytesIO(content), formats=[KINDS[mime]]) as photo:
            photo.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # a huge JPEG is decoded at half or a quarter at once
            if photo.width * photo.height > MOST_PIXELS:
                raise _too_many()
            return _written(photo, KINDS[mime])
    except Image.DecompressionBombError:
        raise _too_many() from None
    except _BROKEN as error:
        raise Refusal("trouble.photo_broken") from error


def _too_many() -> Refusal:
    return Refusal("trouble.photo_too_many", limit=MOST_PIXELS // 1_000_000)


def _written(photo: Image.Image, kind: str) -> bytes:
    kept = Image.Exif()
    if turned := photo.getexif().get(ORIENTATION):
        kept[ORIENTATION] = turned
    ways = _ways(photo, kind)
    photo.load()
    photo.info.clear()  # comments and XMP would be written again
    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    photo.save(out, kind, exif=kept, **ways)
    return out.getvalue()


def _ways(photo: Image.Image, kind: str) -> dict[str, Any]:
    """How it is written: a JPEG that is not shrunk by its own tables, which loses next to nothing of the picture."""
    colours = {"icc_profile": photo.info.get("icc_profile")}
    if kind == "PNG":
        return {**colours, "optimize": True}
    is_whole = max(photo.size) <= LONGEST_SIDE and photo.format == "JPEG"
    return {**colours, "quality": "keep" if is_whole else 88}
