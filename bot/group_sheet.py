"""The worksheet of a period by groups: a row a unit of each cluster and block, a sum a group, and who is in none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from models.board import count
from models.rules.groups import BLOCK, CLUSTER
from models.rules.totals import Total
from models.summary import Line
from models.ties import Ties

if TYPE_CHECKING:
    from bot.workbook import Pages, Sheet

COUNTED = ("expected", "on_time", "late", "owed")  # from the third column on, before the numbers
WIDTHS = (30, 34, 12, 10, 10, 10)
NONE = "\N{EM DASH}"  # nobody reported: missing is not zero


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that are added up: a group, or what is in none. `rows`: (unit, what it and all below it reported)."""

    name: str
    rows: Sequence[tuple[str, Sequence[Line]]]
    kind: str = ""

    @property
    def lines(self) -> list[Line]:
        return [line for _, lines in self.rows for line in lines]


def names_of(ties: Ties, line: Line, kind: str) -> str:
    """The clusters or blocks in which a line counts."""
    found = ties.over(line.owing.unit_id, line.owing.unit_path)
    return "; ".join(group.name for group in found if group.kind == kind)


def write(pages: Pages) -> None:
    """Write the sheet, when there is any group: clusters with whatever is outside come to the sum of all."""
    ties, lines = pages.found.ties, pages.found.lines
    parts = _parts(ties, lines)
    clusters, blocks = ([part for part in parts if part.kind == kind] for kind in (CLUSTER, BLOCK))
    if not clusters and not blocks:
        return
    page = pages.sheet("sheet_groups")
    heads = [pages.say(f"head_{name}") for name in ("group", "unit", *COUNTED)]
    page.heads([*heads, *pages.number_heads()], [*WIDTHS, *[14 for _ in pages.columns]])
    if clusters:
        loose = _outside(pages, {id(line) for part in clusters for line in part.lines})
        sums = [_write_part(pages, page, part) for part in ([*clusters, loose] if loose.rows else clusters)]
        if len({group.unit_id for group in ties.own() if group.kind == CLUSTER}) == 1:
            pages.sum_row(page, pages.say("total"), [(row, row) for row in sums], lines, _counted(lines))
    for part in blocks:
        _write_part(pages, page, part)


def _parts(ties: Ties, lines: Sequence[Line]) -> list[_Part]:
    """The groups in their order, each line with the unit by which it is in them."""
    own = ties.own()
    found: dict[int, dict[int, list[Line]]] = {group.id: {each: [] for each in ties.members(group)} for group in own}
    for line in lines:
        owing = line.owing
        for group in ties.over(owing.unit_id, owing.unit_path):
            if group.id in found:
                found[group.id][ties.member_over(group, owing.unit_id, owing.unit_path)].append(line)
    return [
        _Part(group.name, [(ties.names[each], many) for each, many in found[group.id].items()], group.kind)
        for group in own
    ]


def _outside(pages: Pages, inside: set[int]) -> _Part:
    rows = [(branch.name, [line for line in branch.lines if id(line) not in inside]) for branch in pages.found.branches]
    return _Part(pages.say("outside"), [(name, lines) for name, lines in rows if lines])


def _write_part(pages: Pages, page: Sheet, part: _Part) -> int:
    """The rows of a part and their sum; returns the row of the sum."""
    first = page.row
    for name, lines in part.rows:
        page.text(0, part.name)
        page.text(1, name)
        for column, number in _counted(lines).items():
            page.number(column, number)
        for column, _, each, piece in pages.columns:
            value = _piece(pages.found.total(each.code, lines), piece)
            if value is not None:
                page.number(column, value, "percent" if piece == "rate" else "")
            elif each.is_number:
                page.text(column, NONE)
        page.row += 1
    ranges = [(first, page.row - 1)]
    pages.sum_row(page, pages.say("subtotal", unit=part.name), ranges, part.lines, _counted(part.lines))
    return page.row - 1


def _counted(lines: Sequence[Line]) -> Mapping[int, int]:
    counts = count(line.owing for line in lines)
    return {column: getattr(counts, name) for column, name in enumerate(COUNTED, start=2)}


def _piece(total: Total, piece: str) -> Decimal | None:
    if piece == "rate":
        return None if total.value is None else total.value / 100
    return total.of if piece == "of" else total.number
