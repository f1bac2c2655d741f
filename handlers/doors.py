"""Where a feature opens from the screens of others: a line each, so that a unit's page knows nothing of rosters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.turn import Turn
from models.messages import Button
from models.reports import Sheet
from models.rules.permissions import may
from models.rules.reviews import may_be_accepted, may_be_returned
from models.tables import Unit


@dataclass(frozen=True, slots=True)
class UnitDoor:
    """A button on the page "other work" of a unit: shown to whoever may do `needs` there, for these kinds of unit."""

    label: str
    action: str
    needs: str
    kinds: tuple[str, ...]
    only_top: bool = False  # of the tree: what is everybody's is not changed by a part of them


@dataclass(frozen=True, slots=True)
class ReportDoor:
    """A button about a report: `opens` says whether the thing makes sense for it now.

    Its version is the report's when it changes something (`acts`), so that an old one is stale.
    """

    label: str
    action: str
    needs: str
    opens: Callable[[Turn, Sheet], bool] = lambda turn, sheet: True
    acts: bool = False


@dataclass(frozen=True, slots=True)
class BoardDoor:
    """Another way to look at the period on an office's board: its action takes the unit and "period.page"."""

    label: str
    action: str
    needs: str


def _is_open_draft(turn: Turn, sheet: Sheet) -> bool:
    return not sheet.is_submitted and sheet.closed(turn.now) is None


def _is_open(turn: Turn, sheet: Sheet) -> bool:
    return sheet.closed(turn.now) is None


def _is_corrected(turn: Turn, sheet: Sheet) -> bool:
    return sheet.is_submitted and sheet.closed(turn.now) is None


def _may_be_accepted(turn: Turn, sheet: Sheet) -> bool:
    return may_be_accepted(sheet.report.state)


def _may_be_returned(turn: Turn, sheet: Sheet) -> bool:
    return may_be_returned(sheet.report.state) and sheet.closed(turn.now) is None


def _is_locked(turn: Turn, sheet: Sheet) -> bool:
    closed = sheet.closed(turn.now)
    return closed is not None and closed.reason != "waived"


def _counts_visits(turn: Turn, sheet: Sheet) -> bool:
    return any(row.counted for row in sheet.answers.values())


OFFICES = ("central", "province", "district", "commune", "affiliated")
TEAMS = ("team",)

# the page "other work" of a unit, in this order
UNIT_DOORS: tuple[UnitDoor, ...] = (
    UnitDoor("roster.button_open", "roster.show", "roster.read", TEAMS),
    UnitDoor("decision.button_open", "decision.show", "roster.read", TEAMS),
    UnitDoor("mine.button_team", "mine.team", "roster.read", TEAMS),
    UnitDoor("register.button_open", "register.show", "roster.read", OFFICES),
    UnitDoor("unit_change.button_open", "unit_change.begin", "unit.change", (*OFFICES, *TEAMS)),
    UnitDoor("unit_change.button_list", "unit_change.list", "board.read", OFFICES),
    UnitDoor("round.button_open", "round.list", "round.open", OFFICES),
    UnitDoor("group.button_open", "group.list", "group.read", OFFICES),
    UnitDoor("group_chat_list.button_open", "group_chat.list", "group_chat.bind", (*OFFICES, *TEAMS)),
    UnitDoor("form.button_open", "form.list", "form.load", OFFICES, only_top=True),
    UnitDoor("handover.button_door", "handover.begin", "unit.hand_over", (*OFFICES, *TEAMS)),
)

# the page "other ways" of a report being written
WRITER_DOORS: tuple[ReportDoor, ...] = (
    ReportDoor("paste.button_open", "paste.open", "report.write", _is_corrected),
    ReportDoor("section.button_door", "section.begin", "section.ask", _is_open_draft),
    ReportDoor("excel.button_template", "excel.template", "report.write", _is_open),
    ReportDoor("extension.button_ask", "extension.report", "extension.ask", _is_open_draft),
)

# beside the card of a report, for whoever reads it
READER_DOORS: tuple[ReportDoor, ...] = (
    ReportDoor("review.button_accept", "review.accept", "report.review", _may_be_accepted, acts=True),
    ReportDoor("review.button_return", "review.return", "report.review", _may_be_returned, acts=True),
    ReportDoor("unlock.button_unlock", "unlock.report", "report.unlock", _is_locked),
    ReportDoor("visit_count.button_visits", "visit_count.list", "report.read", _counts_visits),
)

# below the branches of an office's board
BOARD_DOORS: tuple[BoardDoor, ...] = (
    BoardDoor("group.button_board_open", "group_board.show", "group.read"),
    BoardDoor("fields.button_open", "fields.show", "board.read"),
)


def unit_ways(turn: Turn, unit: Unit) -> list[Button]:
    """What else the speaker may do with this unit."""
    return [
        Button(door.label, door.action, unit.id)
        for door in UNIT_DOORS
        if unit.kind in door.kinds and may(turn.actor, door.needs, unit.path)
        if not door.only_top or unit.parent_id is None
    ]


def report_ways(turn: Turn, sheet: Sheet, doors: tuple[ReportDoor, ...]) -> list[Button]:
    """What else the speaker may do with this report now."""
    return [
        Button(door.label, door.action, sheet.report.id, sheet.report.version if door.acts else 0)
        for door in doors
        if may(turn.actor, door.needs, sheet.unit.path) and door.opens(turn, sheet)
    ]


def board_ways(turn: Turn, unit: Unit, period_id: int) -> list[Button]:
    """How else the speaker may look at this unit's period."""
    return [
        Button(door.label, door.action, unit.id, arg=f"{period_id}.0")
        for door in BOARD_DOORS
        if may(turn.actor, door.needs, unit.path)
    ]
