"""Telephone and identity numbers in a pasted report: taken out before anything is read or kept."""

from __future__ import annotations

import re

HIDDEN = "\u2022\u2022\u2022"

_IDENTITY = re.compile(r"(?<![0-9])\+?[0-9](?:[ .\-]?[0-9]){8,}(?![0-9])")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")


def identity_numbers(text: str) -> list[str]:
    """The telephone and identity numbers in the text, as typed; an amount such as 115.000.000 is none."""
    return [each for each in _IDENTITY.findall(text) if not _THOUSANDS.fullmatch(each)]


def hide_identities(text: str) -> tuple[str, int]:
    """The text without telephone and identity numbers, and how many were taken out: they are kept nowhere."""
    count = 0

    def hidden(found: re.Match[str]) -> str:
        nonlocal count
        if _THOUSANDS.fullmatch(found[0]):
            return found[0]
        count += 1
        return HIDDEN

    return _IDENTITY.sub(hidden, text), count
