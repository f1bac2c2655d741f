"""The screens of a change of units: which kind, each question, and what will happen."""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers.start import CANCEL
from handlers.turn import Turn
from handlers.unit_change_draft import Draft
from handlers.unit_pages import ROWS, Rows, back_to
from models import unit_choices, unit_grounds, units
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.unit_changes import KINDS
from models.tables import UnitChange
from models.unit_prospects import Prospect

NAMES = 4  # on one screen, of people, of teams
CHOICES = 6  # units offered with a button each


async def kinds_page(turn: Turn, draft: Draft, notice: str = "") -> Message:
    """The kinds of change, and what is planned for this unit already."""
    unit = draft.unit
    rows: Rows = [(_kind(draft, KINDS[0]), _kind(draft, KINDS[1])), (_kind(draft, KINDS[2]), _kind(draft, KINDS[3]))]
    rows.append((_kind(draft, KINDS[4]),))
    waiting = [row for row in await unit_grounds.planned_for(turn.session, unit.id)]
    rows += [(planned_button(unit.id, row),) for row in waiting[:CHOICES]]
    return Message("unit_change.choose", {"unit": unit.name}, (*rows, back_to(unit)), notice=notice)


def _kind(draft: Draft, kind: str) -> Button:
    return Button(f"unit_change.button_{kind}", "unit_change.choose", draft.unit.id, arg=kind)


def planned_button(unit_id: int, row: UnitChange) -> Button:
    values = {"kind": row.kind, "day": row.on_day}
    return Button("unit_change.button_planned", "unit_change.planned", unit_id, arg=str(row.id), values=values)


async def question(draft: Draft, no: Refusal | None = None, notice: str = "") -> Message:
    """The screen of the step at which the talk stands, with what was wrong above it."""
    values = {
        "unit": draft.unit.name,
        "kind": draft.kind,
        "problem": no.key if no else "",
        "details": no.values if no else {},
        **await _shown(draft),
    }
    rows = [*await _choices(draft, no), (_press(draft, "button_back", "back"), CANCEL)]
    place: Any = "new" if draft.turn.incoming.kind == "text" else "card"
    return Message(f"unit_change.ask_{draft.step}", values, tuple(rows), "text", notice=notice, place=place)


async def _shown(draft: Draft) -> dict[str, Any]:
    """What a question says beside itself: what was understood of the answers before."""
    data = draft.data
    if draft.step in ("with", "into"):
        together = await unit_choices.of_ids(draft.turn.session, draft.together)
        return {"together": [unit.name for unit in together]}
    if draft.step == "shares":
        return {"part": data["names"][data["part"]], "first": data["names"][0], "given": len(await _given(draft))}
    return {}


async def _given(draft: Draft) -> list[str]:
    part = draft.data["part"]
    return [child for child, place in draft.data.get("shares", {}).items() if place == part]


async def _choices(draft: Draft, no: Refusal | None) -> Rows:
    """The buttons of a question; every one of them can also be typed."""
    data, session = draft.data, draft.turn.session
    match draft.step:
        case "with" | "heir" | "parent":
            offer = await unit_choices.of_ids(session, data.get("offer", []))
            rows: Rows = [(_press(draft, "button_unit", "pick", unit.id, unit=unit.name),) for unit in offer]
            if draft.step == "with" and data.get("with"):
                rows.append((_press(draft, "button_on", "done"),))
            return rows + ([(_press(draft, "button_nobody", "none"),)] if draft.step == "heir" else [])
        case "into":
            kept = await unit_choices.of_ids(session, draft.together[:CHOICES])
            return [(_press(draft, "button_keep", "keep", unit.id, unit=unit.name),) for unit in kept]
        case "shares":
            left = [
                unit
                for unit in await units.children(session, draft.unit.id, 0, ROWS * 3)
                if str(unit.id) not in data["shares"]
            ]
            rows = [(_press(draft, "button_unit", "give", unit.id, unit=unit.name),) for unit in left[:ROWS]]
            return [*rows, (_press(draft, "button_part_done", "done", part=data["names"][data["part"]]),)]
        case "day":
            return _days(draft, no)
        case "basis":
            return [(_press(draft, "button_skip", "skip"),)]
    return []


def _days(draft: Draft, no: Refusal | None) -> Rows:
    today = draft.turn.now.astimezone(draft.turn.zone).date()
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    rows: Rows = []
    if no is not None and no.key == "unit_change.doubt_day":
        meant: date = no.values["value"]
        rows.append((_press(draft, "button_day_meant", "yes", meant.isoformat(), day=meant),))
    return [*rows, tuple(_press(draft, "button_day", "yes", day.isoformat(), day=day) for day in (today, following))]


def review(draft: Draft, found: Prospect, notice: str = "") -> Message:
    """What will happen, before anybody has said yes."""
    do = Button(
        "unit_change.button_do" if found.at_once else "unit_change.button_plan", "unit_change.do", draft.unit.id,
        values={"day": found.plan.day},
    )  # fmt: skip
    values = {"unit": draft.unit.name, "before": notice, **facts(found)}
    place: Any = "new" if draft.turn.incoming.kind == "text" else "card"
    return Message(
        "unit_change.review", values, ((do,), (_press(draft, "button_back", "back"), CANCEL)), "text", place=place
    )


def facts(found: Prospect) -> dict[str, Any]:
    """What a plan would do, as the texts word it; for a chat and for the command line."""
    plan, left = found.plan, found.bequest
    goes_to: dict[str, list[str]] = {}
    for unit, above in found.moved:
        goes_to.setdefault(above, []).append(unit.name)
    return {
        "kind": plan.kind,
        "day": plan.day,
        "reason": plan.reason,
        "at_once": found.at_once,
        "units": [unit.name for unit in found.units],
        "into": found.into.name if found.into else "",
        "under": found.under.name if found.under else "",
        "names": list(plan.names),
        "moved": [{"into": above, "names": names[:NAMES], "count": len(names)} for above, names in goes_to.items()],
        "twice": list(found.twice[:NAMES]),
        "continuing": list(left.continuing[:NAMES]),
        "people": len(left.continuing),
        "ending": len(left.ending),
        "owed": left.owed,
        "filed": left.filed,
        "behind": left.behind,
        "drafts": len(left.drafts),
        "invitations": left.invitations,
        "groups": left.groups,
    }


def _press(draft: Draft, label: str, verb: str, value: object = "", **values: Any) -> Button:
    return Button(
        f"unit_change.{label}",
        "unit_change.press",
        draft.unit.id,
        arg=f"{verb}:{draft.step}:{value}"[:30],
        values=values,
    )
