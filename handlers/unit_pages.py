"""The pages of a unit: a coordinator's scope, a team's card, a founder's next step."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.doors import unit_ways
from handlers.menu import go
from handlers.turn import Turn
from handlers.unit_closed import before_row, closed_page, refuse_closed
from models import people, rosters, teams, transfers, units
from models.messages import Button, Message
from models.rules.membership import TEAM_HEADS
from models.rules.permissions import COMMANDER, DEPUTY, OFFICER, SECRETARY, may
from models.tables import Team, Unit
from models.transfers import Transfer

ROWS = 8  # buttons of a list on one screen
Rows = list[tuple[Button, ...]]
MENU = (go("menu"),)


async def reach(turn: Turn, action: str, unit_id: int) -> Unit:
    """The unit, when the speaker may do `action` there; else the refusal that tells nothing."""
    unit = await units.find(turn.session, unit_id)
    turn.allow(action, None if unit is None else unit.path)
    assert unit is not None
    refuse_closed(unit, action)
    return unit


def back_to(unit: Unit) -> tuple[Button, ...]:
    return (Button("unit.button_back", "unit.show", unit.id),)


async def page(turn: Turn, unit: Unit, notice: str = "") -> Message:
    """What the speaker sees of a unit they may read."""
    if unit.closed_on is not None:
        return await closed_page(turn, unit, notice)
    if unit.kind == "team":
        return await _team_page(turn, unit, notice)
    if may(turn.actor, "board.read", unit.path):
        return await _office_page(turn, unit, notice)
    return await founder_page(turn, unit, notice)


async def _office_page(turn: Turn, unit: Unit, notice: str) -> Message:
    counted = await units.counts(turn.session, unit.path)
    values = {
        "unit": unit.name,
        "kind": unit.kind,
        "communes": counted.communes,
        "confirmed": counted.confirmed,
        "waiting": counted.waiting,
        "people": await people.count_people(turn.session, unit.path, turn.now),
        "volunteers": await _volunteers(turn, unit),
        **await _watchers(turn, unit),
    }
    rows = _successor(turn, unit, await transfers.live_of(turn.session, unit.id))
    if headless := await _headless(turn, unit):
        rows.append(headless)
    if counted.waiting and may(turn.actor, "team.confirm", unit.path):
        rows.append((Button("unit.button_waiting", "unit.waiting", unit.id, values={"waiting": counted.waiting}),))
    if may(turn.actor, "unit.invite", unit.path):
        rows.append((Button("unit.button_invite", "invite.begin", unit.id), _invitations(unit)))
    search = Button("unit.button_search", "unit.search", unit.id)
    rows.append((Button("unit.button_list", "unit.list", unit.id, arg="0"), search))
    rows.append((_members(unit), *_found(turn, unit)))
    rows += _more(turn, unit)
    return Message("unit.office", values, (*rows, *await before_row(turn, unit), MENU), notice=notice)


async def _volunteers(turn: Turn, unit: Unit) -> int | None:
    """How many people stand on the lists below; a whole country's take a second, so its office asks in its register."""
    return None if unit.kind == "central" else await rosters.count_people(turn.session, unit.path)


async def _watchers(turn: Turn, unit: Unit) -> dict[str, list[str]]:
    """Who is responsible from above: secretaries and officers, by name."""
    held = await people.memberships(turn.session, [unit.id], (SECRETARY, OFFICER), turn.now)
    names = {kind: [each.person.name for each in held if each.role.kind == kind] for kind in (SECRETARY, OFFICER)}
    return {"secretaries": names[SECRETARY], "officers": names[OFFICER]}


async def _headless(turn: Turn, unit: Unit) -> tuple[Button, ...]:
    """The way to the units below for which nobody answers, when there are any."""
    if not may(turn.actor, "unit.hand_over", unit.path):
        return ()
    count = await transfers.count_headless(turn.session, unit, turn.now)
    button = Button("handover.button_headless", "handover.headless", unit.id, arg="0", values={"headless": count})
    return (button,) if count else ()


def _successor(turn: Turn, unit: Unit, live: Sequence[Transfer]) -> Rows:
    """The way to name whoever takes over from somebody who gave the unit up."""
    if not may(turn.actor, "unit.hand_over", unit.path):
        return []
    return [
        (Button("handover.button_name", "handover.begin", unit.id, arg=str(each.giver.id)),)
        for each in live
        if each.row.state == "open" and each.giver.id != turn.actor.person_id
    ]


def _more(turn: Turn, unit: Unit) -> Rows:
    """What is done with a unit now and then stands on a page of its own."""
    return [(Button("unit.button_more", "unit.more", unit.id),)] if unit_ways(turn, unit) else []


def more_page(turn: Turn, unit: Unit) -> Message:
    rows = [(button,) for button in unit_ways(turn, unit)]
    return Message("unit.more", {"unit": unit.name}, (*rows, back_to(unit)))


def _found(turn: Turn, unit: Unit) -> tuple[Button, ...]:
    allowed = unit.kind != "central" and may(turn.actor, "team.register", unit.path)
    return (Button("team.button_add", "team.begin", unit.id),) if allowed else ()


async def _team_page(turn: Turn, unit: Unit, notice: str) -> Message:
    found = await teams.find(turn.session, unit.id)
    parent = await units.find(turn.session, unit.parent_id or 0)
    founder = await people.find(turn.session, found.team.registered_by or 0) if found else None
    held = await people.memberships(turn.session, [unit.id], None, turn.now)
    live = await transfers.live_of(turn.session, unit.id)
    values = {
        "unit": unit.name,
        "parent": parent.name if parent else "",
        "state": found.team.state if found else "confirmed",
        "number": found.team.decision_number if found else "",
        "date": found.team.decision_date if found else None,
        "declared": found.team.members if found else None,
        "reason": found.team.reason if found else "",
        "founder": founder.name if founder else "",
        "registered_at": found.team.registered_at if found else None,
        "joined": await people.count_people(turn.session, unit.path, turn.now),
        "leaders": [each.person.name for each in held if each.role.kind in TEAM_HEADS],
        "deputies": [each.person.name for each in held if each.role.kind == DEPUTY],
        "commanders": [each.person.name for each in held if each.role.kind == COMMANDER],
        "handovers": [each.facts for each in live],
    }
    rows = _successor(turn, unit, live) + _team_rows(turn, unit, found.team if found else None)
    return Message("unit.team", values, (*rows, *await before_row(turn, unit), MENU), notice=notice)


def _team_rows(turn: Turn, unit: Unit, team: Team | None) -> Rows:
    rows: Rows = []
    if team is not None and team.state != "confirmed":
        asked = team.state == "waiting" and may(turn.actor, "team.confirm", unit.path)
        return [decision_buttons(team)] if asked else rows
    if may(turn.actor, "unit.invite", unit.path):
        rows.append((Button("unit.button_invite", "invite.begin", unit.id), _invitations(unit)))
    rows.append((_members(unit),))
    return rows + _more(turn, unit)


def decision_buttons(team: Team) -> tuple[Button, ...]:
    """What a coordinator answers to a team that waits; stale as soon as anybody has answered."""
    return (
        Button("team.button_confirm", "team.confirm", team.unit_id, team.version),
        Button("team.button_refuse", "team.refuse", team.unit_id, team.version),
    )


async def founder_page(turn: Turn, unit: Unit, notice: str = "") -> Message:
    """Where the founding of a team stands: not begun, waiting, or returned with a reason."""
    unsettled = await teams.unsettled_of(turn.session, turn.person_id, unit.id)
    if not unsettled:
        button = Button("team.button_begin", "team.begin", unit.id)
        return Message("team.invited", {"unit": unit.name}, ((button,), MENU), notice=notice)
    found = unsettled[0]
    values = {"team": found.unit.name, "unit": unit.name, "at": found.team.registered_at, "reason": found.team.reason}
    if found.team.state == "refused":
        button = Button("team.button_correct", "team.correct", found.unit.id, found.team.version)
        return Message("team.refused", values, ((button,), MENU), notice=notice)
    return Message("team.waiting", values, (MENU,), notice=notice)


def list_rows(items: list[Unit]) -> Rows:
    """One button a unit."""
    return [(Button("unit.button_unit", "unit.show", item.id, values={"unit": item.name}),) for item in items]


def turning(action: str, object_id: int, number: int, more: bool) -> Rows:
    """The buttons to the page before and after; nothing when there is but one."""
    before = Button("unit.button_before", action, object_id, arg=str(number - 1))
    after = Button("unit.button_after", action, object_id, arg=str(number + 1))
    row = ((before,) if number else ()) + ((after,) if more else ())
    return [row] if row else []


def page_number(turn: Turn) -> int:
    return int(turn.press.arg) if turn.press.arg.isdecimal() else 0


def _invitations(unit: Unit) -> Button:
    return Button("unit.button_invitations", "invite.list", unit.id)


def _members(unit: Unit) -> Button:
    return Button("unit.button_members", "member.list", unit.id, arg="0")
