"""Small real photos, each name its own; and papers of every kind."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from hashlib import sha256
from typing import Any

from PIL import Image

SIDE = 8  # pixels
PLACE = {1: "N", 2: (10.0, 21.0, 36.0), 3: "E", 4: (106.0, 21.0, 36.0)}  # the GPS part of EXIF: Mỹ Tho
GPS, MAKER, ORIENTATION = 0x8825, 0x010F, 0x0112


@cache
def photo(name: str | bytes, kind: str = "JPEG") -> bytes:
    """The same for the same name, another one for every other."""
    seed = name.encode() if isinstance(name, str) else name
    return written(painted(seed), kind)


def painted(seed: bytes, side: int = SIDE) -> Image.Image:
    pixels = b"".join(sha256(seed + bytes([row])).digest() for row in range(SIDE))
    small = Image.frombytes("RGB", (SIDE, SIDE), pixels[: SIDE * SIDE * 3])
    return small.resize((side, side), Image.Resampling.NEAREST) if side != SIDE else small


def written(image: Image.Image, kind: str = "JPEG", **ways: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **ways)
    return out.getvalue()


def from_a_telephone(kind: str = "JPEG", **ways: Any) -> bytes:
    """A photo lying on its side that says where and with what it was taken."""
    about = Image.Exif()
    about[ORIENTATION], about[MAKER], about[GPS] = 6, "Telephone", PLACE
    return written(painted(b"telephone", 64), kind, exif=about, **ways)


def told(content: bytes) -> tuple[dict[int, Any], dict[int, Any]]:
    """What a photo says about itself: all EXIF tags, and the place."""
    with Image.open(io.BytesIO(content)) as image:
        about = image.getexif()
        return dict(about), dict(about.get_ifd(GPS))


def zipped(name: str) -> bytes:
    """A packed file with this one inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name), "x")
    return out.getvalue()


# by the ending of the name: what such a file begins with
PAPERS = {
    "docx": zipped("word/document.xml"),
    "pdf": b"%PDF-1.7 a paper",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old paper",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "mp4": b"\0\0\0\x18ftypisom a film",
}
