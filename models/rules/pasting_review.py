"""What was read from a pasted text or a filled file, line by line beside what the report holds already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.rules import Refusal
from models.rules.answers import understand
from models.rules.folding import fold
from models.rules.forms import Indicator, Value
from models.rules.pasting import Found
from models.rules.reports import item_meant

_SET = re.compile(r"(.{1,20}?)\s*[=:]\s*(.+)", re.DOTALL)
_DROP = re.compile(r"(?:bo|xoa)(?: dong| cau| so)? ?([a-z]*\d+)")
_FILE = frozenset({"ghi", "ghi so", "ghi lai", "ghi het", "ghi di", "ghi luon"})


@dataclass(frozen=True, slots=True)
class Item:
    """One line: the values it may mean, the one that would be filed (`chosen`), and what the report holds (`old`)."""

    position: int
    indicator: Indicator
    options: tuple[Value, ...]
    chosen: Value | None
    piece: str
    old: Value | None
    none: bool = False

    @property
    def is_new(self) -> bool:
        """Whether filing it would change the report."""
        return self.chosen is not None and self.chosen != self.old


def items(
    found: Sequence[Found], asked: Sequence[Indicator], picked: Mapping[str, Value], values: Mapping[str, Value]
) -> tuple[Item, ...]:
    """The lines in the order of the form. `picked`: decided by the person; an empty value means: leave this one out."""
    by_code = {each.code: each for each in found}
    return tuple(
        _item(position, indicator, by_code.get(indicator.code), picked, values)
        for position, indicator in enumerate(asked, start=1)
        if indicator.code in by_code or not picked.get(indicator.code, Value()).is_empty
    )


def _item(
    position: int,
    indicator: Indicator,
    found: Found | None,
    picked: Mapping[str, Value],
    values: Mapping[str, Value],
) -> Item:
    mine = picked.get(indicator.code)
    options = found.options if found else ()
    if mine is not None:
        chosen = None if mine.is_empty else mine
        options = () if mine.is_empty else (mine,)
    else:
        chosen = options[0] if found and found.sure else None
    piece = found.piece if found and (mine is None or mine in found.options) else ""
    none = bool(found and found.none and mine is None)
    return Item(position, indicator, options, chosen, piece, values.get(indicator.code), none)


def decided(text: str, asked: Sequence[Indicator]) -> tuple[str, Value] | None:
    """What "3 = 45" or "bỏ 3" says about one line: its indicator and the value, empty to leave it out; else None.

    Raises what `understand` and `item_meant` raise, and Refusal paste.unsure(text) for a number that may mean several.
    """
    dropped = _DROP.fullmatch(fold(text))
    if dropped:
        position = item_meant(dropped[1], asked, digits=True)
        return (asked[position - 1].code, Value()) if position else None
    found = _SET.fullmatch(text.strip())
    if not found or "\n" in text.strip():
        return None
    position = _position(found[1], asked)
    if position is None or not asked[position - 1].is_typed_number:
        return None
    understood = understand(found[2], asked[position - 1])
    if not understood.sure or not asked[position - 1].is_whole(understood.value):
        raise Refusal("paste.unsure", text=found[2][:40])
    return asked[position - 1].code, understood.value


def says_file(text: str) -> bool:
    """Whether somebody typed that the lines be filed."""
    return fold(text).strip(" .!") in _FILE


def _position(name: str, asked: Sequence[Indicator]) -> int | None:
    try:
        return item_meant(name, asked, digits=True)
    except Refusal:
        return None
