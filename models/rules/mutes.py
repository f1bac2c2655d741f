"""What a person may turn off of all that the bot sends by itself, and how they say so in one line."""

from __future__ import annotations

import re
from collections.abc import Collection

from models.rules.folding import fold
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, Actor

NEWS, WEEKLY = "news", "weekly"
KINDS = (NEWS, WEEKLY)  # whatever else is sent is due, returned or asked for, so that nobody can do without it

_NAMES = {
    **dict.fromkeys(("tin tuc", "tin tuc hoat dong"), NEWS),
    **dict.fromkeys(("ban tin tuan", "ban tin", "tin tuan"), WEEKLY),
    **dict.fromkeys(("tin", "tin nhan duoc", "thong bao"), ""),
}
_CALL = re.compile(rf"(?P<what>tat|bat) (?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})")


def kinds_for(actor: Actor, off: Collection[str] = ()) -> tuple[str, ...]:
    """What this person may turn off or on: the weekly note comes to those alone who run an office; whoever turned it
    off (`off`) before may always turn it on again."""
    has_note = actor.holds(COORDINATOR, ADMINISTRATOR)
    return tuple(kind for kind in KINDS if kind != WEEKLY or has_note or kind in off)


def read_call(text: str) -> tuple[str, bool] | None:
    """The kind that is named and whether it is wanted: "tắt tin tức", "bật bản tin tuần"; None for any other line.

    An empty kind: which one was not said.
    """
    said = _CALL.fullmatch(" ".join(fold(text).split()).strip(" .!"))
    return (_NAMES[said["name"]], said["what"] == "bat") if said else None


def is_call(text: str) -> bool:
    """Whether the line asks for this and nothing else."""
    return read_call(text) is not None
