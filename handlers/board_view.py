"""What a board looks at, and what its pages share: the unit and the period, the counts, the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from handlers.turn import Turn
from models import board, due_changes, nudges, owings, trees, units
from models.board import Counts
from models.heads import Head
from models.messages import Button
from models.owings import OWED, Owing
from models.rules.deadlines import standing
from models.rules.periods import local_day
from models.rules.permissions import OFFICE_ROLES, Held
from models.tables import PeriodRow, Unit


@dataclass(frozen=True, slots=True)
class View:
    """A unit and a period that the speaker may look at, and which page of it.

    `title`: of the duty; `level`: the kind of unit that owes it, where it is made of reports from below, else empty.
    `name`: what the unit was called in that period.
    """

    unit: Unit
    period: PeriodRow
    page: int = 0
    title: str = ""
    level: str = ""
    name: str = ""

    def button(self, label: str, action: str = "board.open", *, page: int = 0, unit: int = 0, **values: Any) -> Button:
        """A button that looks at the same period: here, or at another unit."""
        return Button(label, action, unit or self.unit.id, arg=f"{self.period.id}.{page}", values=values)

    def facts(self, turn: Turn) -> dict[str, Any]:
        stands = standing(self.period.due_at, None, turn.now, turn.zone)
        when = {"key": self.period.key, "due": self.period.due_at, "kind": stands.kind, "days": stands.days}
        names = {"unit": self.name or self.unit.name, "title": self.title, "level": self.level}
        return names | when | {"moved": [], "moved_of": 0}


async def viewed(turn: Turn, action: str) -> View:
    """What the pressed button points at, if the speaker may."""
    unit = await units.find(turn.session, turn.press.object)
    turn.allow(action, unit.path if unit else None)
    period_id, page, *_ = [*turn.press.arg.split("."), ""]
    period = await board.period(turn.session, int(period_id))
    if unit is None or period is None:
        turn.allow(action, None)
    assert unit is not None
    assert period is not None
    return await view_of(turn, unit, period, int(page or 0))


async def view_of(turn: Turn, unit: Unit, period: PeriodRow, page: int = 0) -> View:
    title, level = await duty_words(turn, period)
    over = period.ends_on < local_day(turn.now, turn.zone)
    name = await trees.name_on(turn.session, unit, period.ends_on) if over else ""
    return View(unit, period, page, title, level, name)


async def duty_words(turn: Turn, period: PeriodRow) -> tuple[str, str]:
    """The title of a period's duty; and the kind of unit that owes it, for a duty made of reports from below."""
    programme = await turn.library.get(turn.session, period.programme_id)
    duty = programme.duty(period.duty.partition("/")[2])
    return duty.title, duty.owed_by[0] if duty.parts_from else ""


async def moved_facts(turn: Turn, view: View, owings: Iterable[Owing]) -> dict[str, Any]:
    """What a head says of a deadline that was moved for all or some of those who owe it here."""
    expected = [each for each in owings if each.is_expected]
    moved = await due_changes.moved(turn.session, view.period.id, expected)
    rows = []
    for each in moved:
        stands = standing(each.due, None, turn.now, turn.zone)
        rows.append({"due": each.due, "units": each.units, "kind": stands.kind, "days": stands.days})
    return {"moved": rows, "moved_of": len(expected)}


def tops(turn: Turn) -> list[Held]:
    """The offices of the speaker, without those inside another one."""
    held = {each.path: each for each in turn.actor.roles if each.kind in OFFICE_ROLES}
    return [each for path, each in held.items() if not any(path != other and path.startswith(other) for other in held)]


def scope_of(turn: Turn, path: str) -> str:
    """From where the speaker looks at a unit: the path of their office above it; "" for what is not below any."""
    return next((held.path for held in tops(turn) if path.startswith(held.path)), "")


def may_nudge(turn: Turn, view: View) -> bool:
    """Whether the speaker may write to whoever owes here, and the period is not history."""
    office = any(view.unit.path.startswith(held.path) for held in tops(turn))
    return office and nudges.may_nudge(view.period.due_at, turn.now)


def count_facts(counts: Counts) -> dict[str, int]:
    """The counts as the texts name them."""
    return {
        "expected": counts.expected,
        "filed": counts.filed,
        "on_time": counts.on_time,
        "late": counts.late,
        "draft": counts.draft,
        "returned": counts.returned,
        "missing": counts.missing,
        "nothing": counts.nothing,
        "extended": counts.extended,
        "punctual": counts.punctual,
        "accepted": counts.accepted,
    }


def name_row(owing: Owing, head: Head | None) -> dict[str, Any]:
    """An obligation with the name to call."""
    head_facts = {"head": head.name if head else "", "reachable": head is not None and head.address is not None}
    head_facts["gone"] = owing.gone and owing.state in OWED
    return owings.line(owing, "") | head_facts


def abreast(buttons: list[Button], width: int) -> list[tuple[Button, ...]]:
    """Rows of at most `width` buttons."""
    return [tuple(buttons[at : at + width]) for at in range(0, len(buttons), width)]


def page_turns(view: View, action: str, page: int, pages: int) -> tuple[Button, ...]:
    """The buttons to the page before and after."""
    before = (view.button("board.button_before", action, page=page - 1),) if page else ()
    after = (view.button("board.button_after", action, page=page + 1),) if page + 1 < pages else ()
    return (*before, *after)
