"""Where other features open from the screens of the guides: a line each, so that a card knows nothing of visits."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.turn import Turn
from models.messages import Button
from models.rules.guides import Guide, Step
from models.rules.permissions import reach_of


@dataclass(frozen=True, slots=True)
class GuideDoor:
    """A button shown to whoever may do `needs` in any unit; empty: to everybody, guests too.

    `for_guests`: its label for whoever holds no role, where the usual one would not speak to them.
    """

    label: str
    action: str
    needs: str = ""
    for_guests: str = ""


# below the fields of /huongdan; the action gets nothing
HOME_DOORS: tuple[GuideDoor, ...] = (
    GuideDoor("visit.button_list", "visit.list"),
    GuideDoor("log.button_open", "log.open", "visit.make"),
    GuideDoor("mine.button_open", "mine.show"),
)

# below what a search did not find; the action gets nothing
FIND_DOORS: tuple[GuideDoor, ...] = (GuideDoor("question.button_ask", "question.begin"),)

# on the card of a guide, the first above its parts and the others below; the action gets the guide's code as `arg`
GUIDE_DOORS: tuple[GuideDoor, ...] = (
    GuideDoor("visit.button_begin", "visit.begin", for_guests="visit.button_walk"),
    GuideDoor("known_answer.button_guide", "known.list"),
    GuideDoor("poster.button_open", "poster.send", "poster.make"),
    GuideDoor("guide_desk.button_guide", "guide_desk.guide", "guide.propose"),
)

# on a step, read or walked; the action gets "G01.kich-hoat" as `arg`
STEP_DOORS: tuple[GuideDoor, ...] = (
    GuideDoor("question.button_ask", "question.begin"),
    GuideDoor("guide_fault.button_report", "guide_fault.begin"),
)


def home_ways(turn: Turn) -> list[Button]:
    return [Button(door.label, door.action) for door in HOME_DOORS if _opens(turn, door)]


def find_ways(turn: Turn) -> list[Button]:
    return [Button(door.label, door.action) for door in FIND_DOORS if _opens(turn, door)]


def guide_ways(turn: Turn, guide: Guide) -> list[Button]:
    return [Button(_label(turn, door), door.action, arg=guide.code) for door in GUIDE_DOORS if _opens(turn, door)]


def step_ways(turn: Turn, guide: Guide, step: Step) -> list[Button]:
    doors = [Button(door.label, door.action, arg=_place(guide, step)) for door in STEP_DOORS if _opens(turn, door)]
    return [*picture_ways(guide, step), *doors]


def picture_ways(guide: Guide, step: Step) -> list[Button]:
    """The button that shows the step's picture, if it has one."""
    return [Button("picture.button_show", "picture.show", arg=_place(guide, step))] if step.screen else []


def _place(guide: Guide, step: Step) -> str:
    return f"{guide.code}.{step.code}"


def _label(turn: Turn, door: GuideDoor) -> str:
    return door.label if turn.actor.roles else door.for_guests or door.label


def _opens(turn: Turn, door: GuideDoor) -> bool:
    return not door.needs or any(reach_of(held, door.needs) for held in turn.actor.roles)
