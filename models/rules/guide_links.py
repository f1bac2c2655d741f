"""Links that open a guide: what stands behind `/start`, and the address of its web page.

A link from a poster also says where the poster hangs, so that the guide shows what holds there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

ROOM = 64  # characters behind /start, each of A-Z a-z 0-9 _ - (Bot API, deep linking)
PAGES = "/guides/"
PLACE = "noi"  # names the unit where the poster hangs
_UNIT = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")
_PAYLOAD = re.compile(r"g-(?P<guide>G[0-9]{2,3})(?:-(?P<unit>[A-Za-z0-9_-]+))?", re.IGNORECASE)
_WRITTEN = {"_": "__", ".": "_d", "/": "_s"}  # what a unit's code may have and a payload may not
_READ = {written: char for char, written in _WRITTEN.items()}


@dataclass(frozen=True, slots=True)
class GuideLink:
    """A guide by its code, and the code of the unit where the link hangs; empty when it hangs nowhere."""

    guide: str
    unit: str = ""


def payload_of(link: GuideLink) -> str:
    """What stands behind `/start`. A unit's code that finds no room or cannot be written is left out."""
    plain = f"g-{link.guide}"
    if not _UNIT.fullmatch(link.unit):
        return plain
    whole = f"{plain}-{''.join(_WRITTEN.get(char, char) for char in link.unit)}"
    return whole if len(whole) <= ROOM else plain


def read_payload(payload: str) -> GuideLink | None:
    """The link that `payload_of` wrote; None when it is something else."""
    found = _PAYLOAD.fullmatch(payload)
    if found is None:
        return None
    unit = re.sub(r"__|_d|_s", lambda two: _READ[two[0]], found["unit"] or "")
    return GuideLink(found["guide"].upper(), unit)


def page_of(address: str, unit: str = "") -> str:
    """The path of a guide's web page, by its address."""
    return f"{PAGES}{address}" + (f"?{urlencode({PLACE: unit})}" if unit else "")


def is_unit_code(text: str) -> bool:
    """Whether the text can be the code of a unit, so that nothing else is looked up."""
    return len(text) <= ROOM and _UNIT.fullmatch(text) is not None
