"""What somebody no longer in charge can do: from a reminder, from the calendar, or typed."""

from __future__ import annotations

from handlers import handover
from handlers.access import needs
from handlers.handover_pages import is_settling, status_page
from handlers.menu import go
from handlers.turn import Handler, Press, Turn
from handlers.unit_pages import reach
from models import handovers, owings, people, transfers, units
from models.messages import Button, Message
from models.people import Membership
from models.rules import Refusal
from models.rules.handovers import handed_role
from models.rules.permissions import COORDINATOR, LEADER
from models.tables import Unit


@needs("report.write")
async def resign(turn: Turn) -> list[Message]:
    """Of which unit, when it is not said; then who takes over."""
    turn.end()
    unit_id = turn.press.object
    if not unit_id:
        mine = turn.actor.units(*owings.WRITERS)
        if not mine:
            return [Message("handover.not_in_charge", {}, ((go("taikhoan"), go("menu")),))]
        if len(mine) > 1:
            return [await _which(turn, mine, "handover.resign")]
        unit_id = mine[0]
    unit = await reach(turn, "report.write", unit_id)
    held = await people.memberships(turn.session, [unit.id], owings.WRITERS, turn.now)
    own = [each for each in held if each.person.id == turn.person_id]
    if any(each.role.kind == handed_role(unit.kind) for each in own):
        return [await _successor(turn, unit)]
    return [_write_no_more(unit, own)]


@needs("unit.hand_over")
async def hand_over_own(turn: Turn) -> list[Message]:
    """Typed as a word: the unit for which the speaker answers."""
    turn.end()
    mine = turn.actor.units(LEADER, COORDINATOR)
    if not mine:
        return [Message("handover.not_in_charge", {}, ((go("donvi"), go("menu")),))]
    if len(mine) > 1:
        return [await _which(turn, mine, "handover.begin")]
    turn.press = Press("handover.begin", mine[0])
    return await handover.begin(turn)


@needs("unit.hand_over")
async def know_nobody(turn: Turn) -> list[Message]:
    """The office above is told, and the unit waits in its list for somebody in charge."""
    unit = await reach(turn, "unit.hand_over", turn.press.object)
    if await people.held_role(turn.session, turn.person_id, unit.id, handed_role(unit.kind), turn.now) is None:
        raise Refusal("permission.not_found")
    giver = await people.find(turn.session, turn.person_id)
    assert giver is not None
    found, told = await handovers.give_up(turn.session, unit, giver, turn.now)
    turn.end()
    still_me = Button("handover.button_still_me", "handover.cancel", found.row.id, found.row.version)
    return [Message("handover.gave_up", found.facts | {"told": told}, ((still_me,), (go("menu"),)))]


async def _which(turn: Turn, unit_ids: tuple[int, ...], action: str) -> Message:
    found = [unit for unit_id in unit_ids if (unit := await units.find(turn.session, unit_id)) is not None]
    rows = [(Button("unit.button_unit", action, each.id, values={"unit": each.name}),) for each in found]
    return Message("handover.which_unit", {}, (*rows, (go("menu"),)), place="new")


async def _successor(turn: Turn, unit: Unit) -> Message:
    """The three ways: a member, somebody new, or nobody known. What is under way already is shown instead."""
    live = [each for each in await transfers.live_of(turn.session, unit.id) if each.giver.id == turn.person_id]
    if live and is_settling(turn, live[0]):
        return status_page(turn, live[0])
    rows = (
        (Button("handover.button_member", "handover.begin", unit.id, arg=str(turn.person_id)),),
        (Button("handover.button_new", "handover.begin", unit.id, arg="new"),),
        (Button("handover.button_nobody", "handover.nobody", unit.id),),
        (go("menu", "handover.button_stay"),),
    )
    return Message("handover.resign", {"unit": unit.name, "role": handed_role(unit.kind)}, rows, place="new")


def _write_no_more(unit: Unit, own: list[Membership]) -> Message:
    """Whoever only helps to write simply leaves; somebody else answers for the unit."""
    rows = [
        (Button("handover.button_leave", "account.confirm", each.role.id, values={"role": each.role.kind}),)
        for each in own
    ]
    roles = [each.role.kind for each in own]
    stay = go("menu", "handover.button_stay")
    return Message("handover.resign_helper", {"unit": unit.name, "roles": roles}, (*rows, (stay,)), place="new")


COMMANDS: dict[str, Handler] = {
    "bangiao": hand_over_own,
    "toikhongconphutrach": resign,
    "khongconphutrach": resign,
}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"handover.resign": resign, "handover.nobody": know_nobody}
