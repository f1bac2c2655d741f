"""Handing a unit over: to whom, from which day, whether one stays; then a page to check, and the other is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.handover_pages import CANCEL, code_page, is_settling, status_page
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, back_to, reach
from models import handovers, invitations, people, transfers
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.handovers import (
    STEPS,
    checked_day,
    first_of_next_month,
    handed_role,
    people_meant,
    read_day,
    read_stays,
    step_after,
)
from models.rules.periods import local_day
from models.rules.permissions import may_invite
from models.tables import Person, Unit

FLOW = "handover."
NEW = "new"  # in the place of a person: whoever takes the code


@dataclass(frozen=True, slots=True)
class Draft:
    """What was answered so far, looked up again: the unit, who gives, and to whom (None: by a code, or not said)."""

    unit: Unit
    giver: Person
    receiver: Person | None

    @property
    def role(self) -> str:
        return handed_role(self.unit.kind)


@needs("unit.hand_over")
async def begin(turn: Turn) -> list[Message]:
    """From the unit's page; `arg` is who gives, or NEW when it is already said that a new person comes."""
    unit = await reach(turn, "unit.hand_over", turn.press.object)
    turn.end()
    givers = await people.people_with_role(turn.session, [unit.id], [handed_role(unit.kind)], turn.now)
    if not givers:
        return [_nobody_gives(turn, unit)]
    giver = _giver(turn, givers)
    if giver is None:
        rows = [
            (Button("handover.button_person", "handover.begin", unit.id, arg=str(each.id), values={"name": each.name}),)
            for each in givers
        ]
        values = {"unit": unit.name, "role": handed_role(unit.kind)}
        return [Message("handover.which_giver", values, (*rows, back_to(unit)))]
    live = [each for each in await transfers.live_of(turn.session, unit.id) if each.giver.id == giver.id]
    if live and is_settling(turn, live[0]):
        return [status_page(turn, live[0])]
    turn.ask(FLOW + "to", unit=unit.id, giver=giver.id)
    if turn.press.arg == NEW:
        return await _keep(turn, Draft(unit, giver, None), "to", NEW)
    return [await _question(turn, Draft(unit, giver, None))]


@needs("unit.hand_over")
async def take(turn: Turn) -> list[Message]:
    """An answer, typed. What cannot be read is asked again with the reason."""
    draft = await _draft(turn)
    typed, step = turn.text if turn.incoming.kind == "text" else "", _step(turn)
    try:
        if step == "to":
            return await _take_person(turn, draft, typed)
        if step == "day":
            return await _keep(turn, draft, step, read_day(typed, _today(turn)).isoformat())
        if step == "stays":
            return await _keep(turn, draft, step, read_stays(typed))
    except Refusal as no:
        return [await _question(turn, draft, no)]
    return [await _question(turn, draft)]


@needs("unit.hand_over")
async def pick(turn: Turn) -> list[Message]:
    """A button of the question at which the talk stands: `arg` is the step and the value."""
    await reach(turn, "unit.hand_over", turn.press.object)
    step, _, value = turn.press.arg.partition(":")
    if turn.talk.data.get("unit") != turn.press.object or turn.talk.flow != FLOW + step:
        return await menu.stale(turn)
    draft = await _draft(turn)
    if step == "to":
        return await _keep(turn, draft, step, value if value == NEW else await _there(turn, draft, int(value)))
    if step == "day":
        return await _keep(turn, draft, step, checked_day(date.fromisoformat(value), _today(turn)).isoformat())
    return await _keep(turn, draft, step, value == "yes")


@needs("unit.hand_over")
async def send(turn: Turn) -> list[Message]:
    """The last word: the other one is asked, or the code is made."""
    unit = await reach(turn, "unit.hand_over", turn.press.object)
    if turn.talk.flow != FLOW + "confirm" or turn.talk.data.get("unit") != unit.id:
        return await menu.stale(turn)
    draft, data = await _draft(turn), turn.talk.data
    issued = None
    if draft.receiver is None:
        issued = await invitations.issue(
            turn.session, unit, draft.role, by=turn.person_id, policy=turn.policy, random=turn.random, now=turn.now
        )
    found = await handovers.arrange(
        turn.session, unit, draft.giver, to_person=draft.receiver.id if draft.receiver else None,
        invitation=issued.invitation if issued else None, on_day=checked_day(_day(data), _today(turn)),
        stays=bool(data.get("stays")), by=turn.person_id, now=turn.now,
    )  # fmt: skip
    turn.end()
    return [status_page(turn, found, "handover.sent") if issued is None else code_page(turn, found, issued)]


def _giver(turn: Turn, givers: list[Person]) -> Person | None:
    """Who gives: the one pressed, else the speaker, else the only one there is."""
    chosen = int(turn.press.arg) if turn.press.arg.isdecimal() else turn.person_id
    found = next((each for each in givers if each.id == chosen), None)
    return found or (givers[0] if len(givers) == 1 else None)


def _nobody_gives(turn: Turn, unit: Unit) -> Message:
    role = handed_role(unit.kind)
    invite = Button("unit.button_invite", "invite.begin", unit.id)
    row = (invite,) if may_invite(turn.actor, role, unit.path) else ()
    return Message("handover.no_head", {"unit": unit.name, "role": role}, tuple(r for r in (row, back_to(unit)) if r))


async def _draft(turn: Turn) -> Draft:
    """What the talk is about, as it is now: who gives must still answer for the unit, who receives be there."""
    data = turn.talk.data
    unit = await reach(turn, "unit.hand_over", data.get("unit", 0))
    giver = await people.find(turn.session, data["giver"])
    if giver is None or await _has_left(turn, giver, unit):
        raise Refusal("permission.not_found")
    draft = Draft(unit, giver, None)
    chosen = data.get("to", NEW)
    if chosen == NEW:
        return draft
    await _there(turn, draft, chosen)
    return Draft(unit, giver, await people.find(turn.session, chosen))


async def _has_left(turn: Turn, giver: Person, unit: Unit) -> bool:
    return await people.held_role(turn.session, giver.id, unit.id, handed_role(unit.kind), turn.now) is None


async def _there(turn: Turn, draft: Draft, person_id: int) -> int:
    """The person, when they can receive this unit."""
    found = await transfers.candidates(turn.session, draft.unit, draft.giver.id, turn.now)
    if all(each.id != person_id for each in found):
        raise Refusal("permission.not_found")
    return person_id


async def _take_person(turn: Turn, draft: Draft, typed: str) -> list[Message]:
    found = await transfers.candidates(turn.session, draft.unit, draft.giver.id, turn.now)
    meant = people_meant(typed, {each.id: each.name_folded for each in found})
    if len(meant) == 1:
        return await _keep(turn, draft, "to", meant[0])
    key = "handover.several" if meant else "handover.nobody_so_called"
    return [await _question(turn, draft, Refusal(key, text=typed[:40]), among=meant)]


async def _keep(turn: Turn, draft: Draft, step: str, value: object) -> list[Message]:
    following = step_after(step, draft.unit.kind)
    turn.talk.flow, turn.talk.data = FLOW + following, {**turn.talk.data, step: value}
    return [await _question(turn, await _draft(turn))]


async def _question(turn: Turn, draft: Draft, no: Refusal | None = None, among: list[int] | None = None) -> Message:
    """The screen of the step at which the talk stands."""
    step, data = _step(turn), turn.talk.data
    values: dict[str, Any] = {
        "unit": draft.unit.name,
        "role": draft.role,
        "giver": draft.giver.name,
        "own": draft.giver.id == turn.person_id,
        "receiver": draft.receiver.name if draft.receiver else "",
        "problem": no.key if no else "",
        "details": no.values if no else {},
    }
    if step == "confirm":
        values |= {"day": _day(data), "today": _day(data) == _today(turn), "stays": data.get("stays")}
    rows = await _choices(turn, draft, step, no, among)
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    expects: Any = "choice" if step == "confirm" else "text"
    return Message(f"handover.ask_{step}", values, rows, expects, place=place)


async def _choices(
    turn: Turn, draft: Draft, step: str, no: Refusal | None, among: list[int] | None
) -> tuple[tuple[Button, ...], ...]:
    unit = draft.unit
    if step == "to":
        return (*await _people_rows(turn, draft, among), (*back_to(unit), CANCEL))
    if step == "day":
        days = (_today(turn), first_of_next_month(_today(turn)))
        doubted = () if no is None or no.key != "handover.day_doubt" else ((_day_button(unit, no.values["value"]),),)
        return (*doubted, tuple(_day_button(unit, day, day == days[0]) for day in days), (CANCEL,))
    if step == "stays":
        stay, leave = (Button(f"handover.button_stays_{w}", "handover.pick", unit.id, arg=f"stays:{w}") for w in YES_NO)
        return ((stay, leave), (CANCEL,))
    again = Button("handover.button_change", "handover.begin", unit.id, arg=str(draft.giver.id))
    return ((Button("handover.button_send", "handover.send", unit.id),), (again, CANCEL))


YES_NO = ("yes", "no")


async def _people_rows(turn: Turn, draft: Draft, among: list[int] | None) -> list[tuple[Button, ...]]:
    """Those there to choose from, somebody new, and for whoever gives the unit up: that they know nobody."""
    unit = draft.unit
    found = await transfers.candidates(turn.session, unit, draft.giver.id, turn.now)
    shown = [each for each in found if each.id in among] if among else found
    rows: list[tuple[Button, ...]] = [
        (Button("handover.button_person", "handover.pick", unit.id, arg=f"to:{each.id}", values={"name": each.name}),)
        for each in shown[:ROWS]
    ]
    rows.append((Button("handover.button_new", "handover.pick", unit.id, arg=f"to:{NEW}"),))
    if draft.giver.id == turn.person_id:
        rows.append((Button("handover.button_nobody", "handover.nobody", unit.id),))
    return rows


def _day_button(unit: Unit, day: date, is_today: bool = False) -> Button:
    label = "handover.button_today" if is_today else "handover.button_day"
    return Button(label, "handover.pick", unit.id, arg=f"day:{day.isoformat()}", values={"day": day})


def _day(data: dict[str, Any]) -> date:
    return date.fromisoformat(data["day"])


def _today(turn: Turn) -> date:
    return local_day(turn.now, turn.zone)


def _step(turn: Turn) -> str:
    return turn.talk.flow.removeprefix(FLOW)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW + step: take for step in STEPS}
ACTIONS: dict[str, Handler] = {
    "handover.begin": begin,
    "handover.pick": pick,
    "handover.send": send,
}
