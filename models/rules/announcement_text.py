"""What an announcement says: its text with simple marks (*đậm*, _nghiêng_, dashes for a list), read into plain pieces.

Nothing of a text is ever taken for markup: the pieces are escaped where they are worded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from models.rules import Refusal
from models.rules.folding import clean

BULLET = "• "

Run = tuple[str, str]  # style ("", "b", "i" or "bi") and text; line ends stand in the text

_LIST = re.compile(r"^\s*[-–*•+]\s+")
# a mark opens before a word and closes behind one, in the same line: "2*3", "ten_tep" and addresses stay as typed
_OPENS = re.compile(r"""(?:^|(?<=[\s("'“‘«\[]))(?P<mark>\*\*?|__?)(?=[^\s*_]|[*_]{1,2}[^\s*_])""")
_CLOSES = {
    mark: re.compile(rf"""(?<=\S){re.escape(mark)}(?=[.,;:!?)\]"'”’»…]*(?:\s|$))""") for mark in ("*", "**", "_", "__")
}
_STYLES = {"*": "b", "_": "i"}


def read_text(typed: str, most: int, before: str = "") -> str:
    """The text of an announcement as it is kept, `before` included (paragraphs typed earlier), in NFC.

    Raises Refusal announcement.empty, announcement.too_long (`most`, `over`, `length`: UTF-16 units, as Telegram
    counts).
    """
    tidy = _tidy(typed)
    if not any(each.isalnum() for each in tidy):
        raise Refusal("announcement.empty")
    text = f"{before}\n\n{tidy}" if before else tidy
    length = units_of("".join(piece for _, piece in runs(text)))
    if length > most:
        raise Refusal("announcement.too_long", most=most, length=length, over=length - most)
    return text


@lru_cache(maxsize=64)  # one announcement is worded for thousands
def runs(text: str) -> tuple[Run, ...]:
    """The text in pieces of one style each. Marks that are not closed stay as they were typed."""
    pieces: list[Run] = []
    for number, line in enumerate(text.split("\n")):
        pieces += [("", "\n")] if number else []
        pieces += _line(line)
    joined = [(style, "".join(piece for _, piece in same)) for style, same in groupby(pieces, lambda run: run[0])]
    return tuple(run for run in joined if run[1])


def plain(text: str) -> str:
    """The words alone, without their marks, in one line: to be told in little room."""
    return " ".join("".join(piece for _, piece in runs(text)).split())


def units_of(text: str) -> int:
    """How long a text is for Telegram: in UTF-16 units, of which an emoji takes two."""
    return len(text.encode("utf-16-le")) // 2


def _line(line: str) -> Iterator[Run]:
    if found := _LIST.match(line):
        yield "", BULLET
        line = line[found.end() :]
    yield from _inline(line, "")


def _inline(text: str, style: str) -> Iterator[Run]:
    """`style`: what already holds around this text; a mark within its like says nothing new."""
    end, lone = 0, {mark for mark in _CLOSES if _STYLES[mark[0]] in style}
    while opening := _opening(text, end, lone):
        mark = opening["mark"]
        closing = _CLOSES[mark].search(text, opening.end() + 1)
        if closing is None:  # nor will there be one further on
            lone.add(mark)
            continue
        yield style, text[end : opening.start()]
        yield from _inline(text[opening.end() : closing.start()], "".join(sorted(style + _STYLES[mark[0]])))
        end = closing.end()
    yield style, text[end:]


def _opening(text: str, start: int, lone: set[str]) -> re.Match[str] | None:
    """The first mark from `start` on that opens something; `lone`: those that nothing closes."""
    return next((each for each in _OPENS.finditer(text, start) if each["mark"] not in lone), None)


def _tidy(text: str) -> str:
    """Blanks at the ends of lines go; several empty lines are one."""
    lines = (line.rstrip() for line in clean(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
