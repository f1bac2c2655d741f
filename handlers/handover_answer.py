"""After a hand-over was arranged: the receiver's word, the code once more, calling it off, and what waits above."""

from __future__ import annotations

from handlers import menu
from handlers.access import needs
from handlers.handover_pages import code_page, is_over, status_page
from handlers.turn import Handler, Press, Turn
from handlers.unit_pages import ROWS, back_to, list_rows, page_number, reach, turning
from models import handovers, invitations, people, transfers
from models.messages import Message
from models.transfers import Transfer


@needs("unit.read")
async def accept(turn: Turn) -> list[Message]:
    found = await _mine(turn)
    if is_over(turn, found, "asked"):
        return [_as_it_is(turn, found)]
    at_once = await handovers.accept(turn.session, found, turn.now)
    turn.actor = await people.actor_of(turn.session, turn.person_id, turn.now)
    key = "handover.yours" if at_once else "handover.accepted_you"
    if found.row.state == "cancelled":
        key = "handover.called_off"
    return [Message(key, found.facts, menu.buttons_for(turn))]


@needs("unit.read")
async def decline(turn: Turn) -> list[Message]:
    found = await _mine(turn)
    if is_over(turn, found, "asked"):
        return [_as_it_is(turn, found)]
    await handovers.decline(turn.session, found, turn.now)
    return [Message("handover.declined_you", found.facts, menu.buttons_for(turn))]


@needs("unit.read")
async def accept_typed(turn: Turn) -> list[Message]:
    """ "nhận bàn giao", where a message has no buttons: of the one that has waited longest."""
    return await accept(turn) if await _waits(turn) else [_nothing_waits()]


@needs("unit.read")
async def decline_typed(turn: Turn) -> list[Message]:
    return await decline(turn) if await _waits(turn) else [_nothing_waits()]


async def _waits(turn: Turn) -> bool:
    """Whether a hand-over waits for the speaker's word; it is then what the press is about."""
    found = await transfers.waiting_for(turn.session, turn.person_id)
    if found is not None:
        turn.press = Press("handover.show", found.row.id, found.row.version)
    return found is not None


def _nothing_waits() -> Message:
    return Message("handover.nothing_waits", {}, ((menu.go("donvi"), menu.go("menu")),), place="new")


@needs("unit.hand_over")
async def show(turn: Turn) -> list[Message]:
    return [status_page(turn, await _arranged(turn))]


@needs("unit.hand_over")
async def cancel(turn: Turn) -> list[Message]:
    found = await _arranged(turn)
    if is_over(turn, found, "open", "asked", "planned"):
        return [status_page(turn, found, notice="access.stale")]
    was_open = found.row.state == "open"
    await handovers.cancel(turn.session, found, by=turn.person_id, now=turn.now)
    key = "handover.taken_back" if was_open else "handover.cancelled_now"
    return [Message(key, found.facts, (back_to(found.unit),))]


@needs("unit.hand_over")
async def new_code(turn: Turn) -> list[Message]:
    """The code was lost or has run out: another one, and the old one lets nobody in any more."""
    found = await _arranged(turn)
    if is_over(turn, found, "asked") or not found.facts["by_code"]:
        return [status_page(turn, found, notice="access.stale")]
    issued = await invitations.issue(
        turn.session, found.unit, found.row.role, by=turn.person_id, policy=turn.policy, random=turn.random,
        now=turn.now,
    )  # fmt: skip
    await handovers.renew_code(turn.session, found, issued.invitation, turn.person_id, turn.now)
    return [code_page(turn, found, issued)]


@needs("unit.hand_over")
async def show_headless(turn: Turn) -> list[Message]:
    """The units below for which nobody answers, a page at a time."""
    unit = await reach(turn, "unit.hand_over", turn.press.object)
    number = page_number(turn)
    found = await transfers.headless(turn.session, unit, turn.now, number * ROWS, ROWS + 1)
    more = turning("handover.headless", unit.id, number, len(found) > ROWS)
    values = {"unit": unit.name, "number": number + 1, "shown": len(found[:ROWS])}
    return [Message("handover.headless", values, (*list_rows(found[:ROWS]), *more, back_to(unit)))]


async def _mine(turn: Turn) -> Transfer:
    """A hand-over to the speaker."""
    found = await transfers.find(turn.session, turn.press.object, lock=True)
    turn.allow("unit.read", found.unit.path if found else None)
    assert found is not None
    if found.receiver is None or found.receiver.id != turn.actor.person_id:
        turn.allow("unit.read", None)
    return found


async def _arranged(turn: Turn) -> Transfer:
    """A hand-over of a unit whose role the speaker may hand over."""
    found = await transfers.find(turn.session, turn.press.object, lock=True)
    turn.allow("unit.hand_over", found.unit.path if found else None)
    assert found is not None
    return found


def _as_it_is(turn: Turn, found: Transfer) -> Message:
    return Message("handover.status", found.facts | {"own": False}, menu.buttons_for(turn), notice="access.stale")


COMMANDS: dict[str, Handler] = {"nhanbangiao": accept_typed, "khongnhanbangiao": decline_typed}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "handover.accept": accept,
    "handover.decline": decline,
    "handover.show": show,
    "handover.cancel": cancel,
    "handover.code": new_code,
    "handover.headless": show_headless,
}
