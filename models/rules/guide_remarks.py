"""A line that somebody writes about a guide: what is wrong, why it is to change, what holds in a place."""

from __future__ import annotations

from models.rules import Refusal
from models.rules.folding import clean

LONGEST = 300  # characters
SHORTEST = 4  # letters and digits
MOST_NOTES = 3  # of one unit about one guide: more would push the guide off its card
MOST_FAULTS = 5  # open ones about one step from one person, or from all guests together


def read_remark(text: str, most: int = LONGEST) -> str:
    """The line as typed. Raises Refusal guide_remark.too_short, guide_remark.too_long (`length`, `most`)."""
    typed = " ".join(clean(text).split())
    if sum(each.isalnum() for each in typed) < SHORTEST:
        raise Refusal("guide_remark.too_short")
    if len(typed) > most:
        raise Refusal("guide_remark.too_long", length=len(typed), most=most)
    return typed
