"""Text as people type it: safe to keep (`clean`), to compare (`fold`), to show in little room (`shorten`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# Invisible and never wanted: zero width space, word joiner, byte order mark, direction marks and overrides.
HIDDEN = frozenset("\u061c\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = str.maketrans(
    {"\r": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n", "\t": " ", "\v": "\n", "\f": "\n"}
)
_JOINER = "\u200d"
_LONGEST_CLUSTER = 16  # code points; the longest emoji in use has 10, a pile of accents has no end


def has_hidden(text: str) -> bool:
    """Whether `clean` drops something from the text, so that what is read may differ from what was seen."""
    return any(char in HIDDEN or _is_unwanted(char) for char in text.translate(_LINE_ENDS))


def clean(text: str) -> str:
    """The text in NFC, without control, direction or zero-width characters and without surrounding blanks.

    Line ends stay (all as newline), a tab becomes a blank so that two cells never run together, the joiner
    inside emoji stays. Lone surrogates and non-characters go too: no database, sheet or channel takes them.
    """
    kept = text.replace("\r\n", "\n").translate(_LINE_ENDS)
    kept = "".join(char for char in kept if char not in HIDDEN and not _is_unwanted(char))
    return unicodedata.normalize("NFC", kept).strip()


def fold(text: str) -> str:
    """The text for comparing: small letters without diacritics, single blanks. Folding twice is folding once."""
    bare = _without_marks(_without_marks(clean(text)).casefold())
    return " ".join(bare.replace("\u0111", "d").replace("\u00f0", "d").split())


def shorten(text: str, graphemes: int) -> str:
    """At most `graphemes` characters as a reader counts them (an emoji is one), an ellipsis where cut."""
    clusters = [cluster[:_LONGEST_CLUSTER] for cluster in _clusters(text)]
    if len(clusters) <= graphemes:
        return "".join(clusters)
    return "".join(clusters[: max(graphemes - 1, 0)]).rstrip() + ("\u2026" if graphemes > 0 else "")


def _is_unwanted(char: str) -> bool:
    if char == "\n":
        return False
    point = ord(char)
    return unicodedata.category(char) in ("Cc", "Cs") or point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _without_marks(text: str) -> str:
    return "".join(
        char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) not in ("Mn", "Cf")
    )


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    """Whether `char` belongs to the one before it (what names and emoji need of Unicode annex 29)."""
    if char == _JOINER or cluster[-1] == _JOINER or unicodedata.category(char).startswith("M"):
        return True
    point = ord(char)
    if 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F:  # skin tones, letters inside regional flags
        return True
    return len(cluster) == 1 and _is_half_flag(cluster) and _is_half_flag(char)


def _is_half_flag(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF
