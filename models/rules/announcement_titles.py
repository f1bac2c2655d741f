"""What a template or a plan of announcements is called."""

from __future__ import annotations

from models.rules import Refusal
from models.rules.announcement_text import plain
from models.rules.folding import clean, shorten

TITLE_ROOM = 60  # characters: it stands on a button
_LETTERS = 3  # at least: "." or "12" calls nothing to mind


def read_title(text: str) -> str:
    """Raises Refusal announcement_template.unclear(typed), .too_long(length, most)."""
    title = " ".join(clean(text).split())
    if sum(letter.isalpha() for letter in title) < _LETTERS:
        raise Refusal("announcement_template.unclear", typed=shorten(title, 40))
    if len(title) > TITLE_ROOM:
        raise Refusal("announcement_template.too_long", length=len(title), most=TITLE_ROOM)
    return title


def title_from(text: str) -> str:
    """A title out of the first words of an announcement."""
    return shorten(plain(text), TITLE_ROOM - 20)
