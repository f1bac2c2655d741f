"""What the screens of an announcement's ledger share: whose it is, which part of it is looked at, how its names stand
on pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from handlers.menu import go
from handlers.turn import Turn
from models import announcement_ledger, announcements, units
from models.announcement_ledger import PARTS, Branch, Entry, Place
from models.announcements import CANCELLED, DRAFT, Announced
from models.messages import Button
from models.rules import Refusal
from models.rules.permissions import may

NAMES = 8  # recipients, or units with their number, on a screen
Rows = tuple[tuple[Button, ...], ...]
SENT_OFF_NEVER = (DRAFT, CANCELLED)


async def reach(turn: Turn, announcement_id: int) -> Announced:
    """An announcement with a ledger, when the speaker may send in the name of its unit."""
    found = await announcements.find(turn.session, announcement_id)
    turn.allow("announcement.send", None if found is None else found.unit.path)
    assert found is not None
    if found.announcement.state in SENT_OFF_NEVER:
        raise Refusal("permission.not_found")
    return found


@dataclass(frozen=True, slots=True)
class View:
    """A part of the ledger at a place, from the row `offset` on."""

    announced: Announced
    part: str
    place: Place
    offset: int = 0

    @property
    def number(self) -> int:
        return self.announced.announcement.id

    @property
    def is_whole(self) -> bool:
        """Whether the place is all of the announcement's office."""
        return not self.place.alone and self.place.unit is self.announced.unit

    def button(self, label: str, **values: Any) -> Button:
        """Leads to this view: the part by its place among PARTS, the unit (negative: alone), the row."""
        unit_id = self.place.unit.id if self.place.unit is not None else announcement_ledger.ELSEWHERE
        arg = f"{PARTS.index(self.part)}.{-unit_id if self.place.alone else unit_id}.{self.offset}"
        return Button(label, "announcement.listed", self.number, arg=arg, values=values)


def whole(announced: Announced, part: str) -> View:
    return View(announced, part, Place(announced.unit))


async def read_view(turn: Turn, announced: Announced, arg: str) -> View:
    """The view that a button carries. Raises Refusal permission.not_found for a unit that is not the office's."""
    numbers = [int(each) if each.lstrip("-").isdecimal() else 0 for each in arg.split(".")]
    part, unit_id, offset, *_ = *numbers, 0, 0, 0
    chosen = PARTS[part] if 0 <= part < len(PARTS) else PARTS[0]
    if unit_id == announcement_ledger.ELSEWHERE:
        return View(announced, chosen, Place(None), max(offset, 0))
    if unit_id == announced.unit.id:
        return View(announced, chosen, Place(announced.unit), max(offset, 0))
    unit = await units.find(turn.session, abs(unit_id))
    if unit is None or not unit.path.startswith(announced.unit.path):
        raise Refusal("permission.not_found")
    return View(announced, chosen, Place(unit, alone=unit_id < 0), max(offset, 0))


async def names_or_units(turn: Turn, view: View) -> tuple[dict[str, Any], Rows]:
    """Values and buttons of a page: the names when they are few, else the units below with how many each has."""
    office, session = view.announced.unit, turn.session
    count = await announcement_ledger.count(session, view.number, office, view.part, view.place)
    values: dict[str, Any] = {"count": count, "entries": [], "is_units": False, "place": _called(view)}
    if count > NAMES and not view.place.alone and (top := view.place.unit) is not None:
        below = await announcement_ledger.branches(session, view.number, office, view.part, top)
        if [each.unit_id for each in below] != [top.id]:
            rows = _turned(view, [_branch_row(turn, view, each) for each in below], len(below))
            return values | {"is_units": True}, rows
    found = await announcement_ledger.entries(session, view.number, office, view.part, view.place, view.offset, NAMES)
    phones = may(turn.actor, "roster.read", office.path)
    return values | {"entries": [entry_values(each, phones) for each in found]}, turning(view, count)


def entry_values(entry: Entry, phones: bool) -> dict[str, Any]:
    """A recipient as the texts word it."""
    return {
        "name": entry.name,
        "unit": entry.unit,
        "is_chat": entry.is_chat,
        "state": entry.state,
        "reason": entry.reason,
        "confirmed_at": entry.confirmed_at,
        "phone": entry.phone if phones else "",
    }


def _called(view: View) -> str:
    """The name of the place; empty for all of the office, or for what lies elsewhere by now."""
    return view.place.unit.name if view.place.unit is not None and not view.is_whole else ""


def _branch_row(turn: Turn, view: View, branch: Branch) -> tuple[Button, ...]:
    top = view.place.unit
    alone = top is not None and branch.unit_id == top.id
    number = -branch.unit_id if alone else branch.unit_id
    values = {"unit": branch.name, "count": branch.count, "alone": alone}
    arg = f"{PARTS.index(view.part)}.{number}.0"
    return (Button("announcement_ledger.button_unit", "announcement.listed", view.number, arg=arg, values=values),)


def _turned(view: View, rows: list[tuple[Button, ...]], count: int) -> Rows:
    return (*rows[view.offset : view.offset + NAMES], *turning(view, count))


def turning(view: View, count: int) -> Rows:
    """The ways to the pages around, as far as there are any."""
    around: list[Button] = []
    if view.offset:
        before = replace(view, offset=max(0, view.offset - NAMES))
        around.append(before.button("announcement_ledger.button_before"))
    if count > view.offset + NAMES:
        around.append(replace(view, offset=view.offset + NAMES).button("announcement_ledger.button_after"))
    return (tuple(around),) if around else ()


def back_rows(announced: Announced) -> Rows:
    """Back to the ledger, or away."""
    return ((Button("announcement_ledger.button_back", "announcement.ledger", announced.announcement.id), go("menu")),)
