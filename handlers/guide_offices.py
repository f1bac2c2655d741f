"""For which office somebody keeps guides right, and the way to its desk with what waits there."""

from __future__ import annotations

from handlers.turn import Turn
from handlers.unit_pages import reach
from models import guide_changes, guide_checks, guide_faults, units
from models.messages import Button
from models.rules import Refusal
from models.rules.permissions import may, reach_of
from models.tables import Unit

KEEP = "guide.propose"  # whoever may say what is wrong in a guide also holds it against the portal
APPROVE = "guide.approve"


async def offices(turn: Turn, action: str = KEEP) -> list[Unit]:
    """The open units in which the speaker has a role that may do it, the widest first."""
    ids = dict.fromkeys(held.unit_id for held in turn.actor.roles if reach_of(held, action))
    found = [await units.find(turn.session, unit_id) for unit_id in ids]
    return sorted((unit for unit in found if unit and unit.closed_on is None), key=lambda unit: len(unit.path))


async def office_of(turn: Turn, action: str = KEEP) -> Unit:
    """The office that the pressed button names, else the speaker's own, the widest first."""
    if turn.press.object:
        return await reach(turn, action, turn.press.object)
    own = await offices(turn, action)
    if not own:
        raise Refusal("permission.not_found")
    turn.allow(action, own[0].path)
    return own[0]


async def office_in_talk(turn: Turn, action: str = KEEP) -> Unit:
    """The office for which the speaker is writing."""
    return await reach(turn, action, int(turn.talk.data.get("unit", 0)))


async def may_approve(turn: Turn) -> bool:
    """Whether the speaker decides about corrections: from the top of the tree, for guides are everybody's."""
    top = await units.root(turn.session)
    return top is not None and may(turn.actor, APPROVE, top.path)


async def guide_desk_ways(turn: Turn) -> list[Button]:
    """What waits for the speaker's widest office, then the desk of each; nothing is asked for anybody else."""
    own = await offices(turn)
    if not own:
        return []
    unit = own[0]
    book = await turn.guides.current(turn.session)
    today = turn.now.astimezone(turn.zone).date()
    counts = {
        "guide_check.list": len(await guide_checks.due(turn.session, book, today)),
        "guide_fault.list": await guide_faults.count_open(turn.session, unit.path),
    }
    if unit.parent_id is None:  # whoever decides
        counts["guide_change.list"] = await guide_changes.count_waiting(turn.session, unit.path)
    waiting = [desk_button(action, unit, count) for action, count in counts.items() if count]
    name = {"unit": ""} if len(own) == 1 else {}
    return [
        *waiting,
        *(
            Button("guide_desk.button_open", "guide_desk.show", each.id, values={"unit": each.name, **name})
            for each in own
        ),
    ]


def desk_button(action: str, unit: Unit, count: int) -> Button:
    """The way to one of the lists that an office works through, with how much waits there."""
    return Button(f"guide_desk.button_{action.replace('.', '_')}", action, unit.id, values={"count": count})
