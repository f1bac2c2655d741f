"""What a template or a plan of announcements is called."""

from __future__ import annotations

import re

from models.rules import Refusal
from models.rules.announcement_text import plain
from models.rules.folding import clean, shorten

TITLE_ROOM = 60  # characters: it stands on a button
_LETTERS = 3  # at least: "." or "12" calls nothing to mind
_MARKS = re.compile(r"</?[a-zA-Z][^<>]*>|(?<!\w)[*_`~]+|[*_`~]+(?!\w)")  # buttons show them as they are


def read_title(text: str) -> str:
    """The title without marks. Raises Refusal announcement_template.unclear(typed), .too_long(length, most)."""
    title = plain_title(clean(text))
    if sum(letter.isalpha() for letter in title) < _LETTERS:
        raise Refusal("announcement_template.unclear", typed=shorten(title, 40))
    if len(title) > TITLE_ROOM:
        raise Refusal("announcement_template.too_long", length=len(title), most=TITLE_ROOM)
    return title


def title_from(text: str) -> str:
    """A title out of the first words of an announcement."""
    return shorten(plain_title(text), TITLE_ROOM - 20)


def plain_title(text: str) -> str:
    """The words alone: whatever would make them bold or slanting elsewhere is gone."""
    return " ".join(_MARKS.sub("", plain(text)).split())
