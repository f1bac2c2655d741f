"""A coordinator's word on a team that waits: confirm it, or return it with a reason."""

from __future__ import annotations

from handlers import menu
from handlers.access import needs, stale
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from handlers.unit_pages import back_to, page
from models import deadlines, outbox, people, teams
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.teams import read_reason
from models.tables import Person
from models.teams import Registered


@needs("team.confirm")
async def confirm(turn: Turn) -> list[Message]:
    found = await _reach(turn, turn.press.object)
    if found.team.state != "waiting" or stale(turn, found.team.version):
        return [await page(turn, found.unit, notice="access.stale")]
    leader = await teams.confirm(turn.session, found, by=turn.person_id, now=turn.now)
    await turn.session.flush()
    await deadlines.open_periods(
        turn.session, turn.library, turn.now
    )  # the team can report at once, not at the next tick
    told = Message("team.confirmed", {"team": found.unit.name}, ((menu.go("baocao"), menu.go("donvi")),))
    await _tell(turn, found, leader, told)
    values = {"team": found.unit.name, "leader": leader.name if leader else ""}
    return [Message("team.confirmed_now", values, (back_to(found.unit),))]


@needs("team.confirm")
async def ask_reason(turn: Turn) -> list[Message]:
    found = await _reach(turn, turn.press.object)
    if found.team.state != "waiting" or stale(turn, found.team.version):
        return [await page(turn, found.unit, notice="access.stale")]
    turn.ask("team.reason", team=found.unit.id, version=found.team.version)
    return [_question(found)]


@needs("team.confirm")
async def take_reason(turn: Turn) -> list[Message]:
    found = await _reach(turn, turn.talk.data["team"])
    if found.team.state != "waiting" or found.team.version != turn.talk.data["version"]:
        turn.end()
        return [await page(turn, found.unit, notice="access.stale")]
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as no:
        return [_question(found, no)]
    turn.end()
    founder = await teams.refuse(turn.session, found, reason, by=turn.person_id, now=turn.now)
    again = Button("team.button_correct", "team.correct", found.unit.id, found.team.version)
    told = Message("team.returned", {"team": found.unit.name, "reason": reason}, ((again,),))
    await _tell(turn, found, founder, told)
    values = {"team": found.unit.name, "reason": reason}
    return [Message("team.returned_now", values, menu.buttons_for(turn), place="new")]


async def _reach(turn: Turn, unit_id: int) -> Registered:
    found = await teams.find(turn.session, unit_id)
    turn.allow("team.confirm", found.unit.path if found else None)
    assert found is not None
    return found


def _question(found: Registered, no: Refusal | None = None) -> Message:
    values = {"team": found.unit.name, "problem": no.key if no else "", "details": no.values if no else {}}
    return Message("team.ask_reason", values, ((*back_to(found.unit), CANCEL),), expects="text", place="new")


async def _tell(turn: Turn, found: Registered, person: Person | None, message: Message) -> None:
    account = await people.account_of(turn.session, person.id) if person else None
    if account is not None:
        once = f"team:{found.unit.id}:{found.team.version}:told:{account.id}"
        await outbox.promise(
            turn.session, message, account=account, once=once, kind="alert", lane=outbox.ALERT, at=turn.now
        )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"team.reason": take_reason}
ACTIONS: dict[str, Handler] = {"team.confirm": confirm, "team.refuse": ask_reason}
