"""Coming in: the first hello, joining by a code, saying one's name."""

from __future__ import annotations

from typing import Any

from handlers import guide_link, linking, menu
from handlers.access import public
from handlers.turn import Handler, Turn
from models import invitations, outbox, people, rosters, scopes
from models.invitations import Joined, Received
from models.link_codes import Offered
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.names import is_person_name, read_person_name
from models.rules.openings import data_in, payload_behind
from models.rules.permissions import FOUNDER

CANCEL = Button("start.button_cancel", "go", arg="huy")


@public
async def begin(turn: Turn) -> list[Message]:
    """`/start`, with a code behind it or without."""
    if code := _code_behind(turn):
        if guide_link.is_link(code):
            return await guide_link.opened(turn, code)
        return await _join(turn, code)
    turn.end()
    if turn.actor.roles:
        return await menu.show(turn)
    rows = ((Button("start.button_code", "start.code"),), (menu.go("huongdan"), menu.go("trogiup")))
    empty = await scopes.groups_held(turn.session, turn.actor.person_id or 0, turn.now)
    if empty:
        return [Message("start.empty_group", {"groups": empty}, rows, place="new")]
    return [Message("start.stranger", {}, rows, place="new")]


@public
async def ask_code(turn: Turn) -> list[Message]:
    turn.ask("start.code")
    return [Message("start.ask_code", {}, ((CANCEL,),), expects="text")]


@public
async def take_code(turn: Turn) -> list[Message]:
    """A code typed, after being asked for it or out of the blue."""
    return await _join(turn, turn.text)


@public
async def ask_name(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return await begin(turn)
    turn.ask("start.name")
    return [_name_question(turn)]


@public
async def take_name(turn: Turn) -> list[Message]:
    person = await people.find(turn.session, turn.person_id)
    if person is None or turn.incoming.kind != "text":
        return [_name_question(turn)]
    try:
        name = read_person_name(turn.text)
    except Refusal as no:
        return [_name_question(turn, no)]
    await people.rename(turn.session, person, name, turn.now)
    await rosters.link_everywhere(turn.session, person, turn.now)
    turn.name = name
    turn.end()
    return [Message("start.named", {"name": name}, _next_buttons(turn), place="new")]


def _code_behind(turn: Turn) -> str:
    payload = payload_behind(turn.text) if turn.incoming.kind == "text" else ""
    return payload if data_in(payload) is None else ""  # a link for those who have joined invites nobody


async def _join(turn: Turn, code: str) -> list[Message]:
    outcome = await invitations.redeem(turn.session, code, turn.account, policy=turn.policy, now=turn.now)
    if isinstance(outcome, Refusal):
        return [_try_again(turn, outcome)]
    if isinstance(outcome, Offered):
        return await linking.offer(turn, outcome)
    turn.end()
    turn.actor = await people.actor_of(turn.session, outcome.person.id, turn.now)
    turn.name = outcome.person.name
    await rosters.link_everywhere(turn.session, outcome.person, turn.now)
    if isinstance(outcome, Received):
        return [_taken_over(turn, outcome)]
    if not outcome.is_new:
        return [Message("start.already", _values(outcome), _next_buttons(turn), place="new")]
    await _tell_heads(turn, outcome)
    if not is_person_name(outcome.person.name):
        turn.ask("start.name")
        return [Message("start.joined_nameless", _values(outcome), ((CANCEL,),), expects="text", place="new")]
    rename = (Button("start.button_rename", "start.rename"),)
    return [Message("start.joined", _values(outcome), (*_next_buttons(turn), rename), place="new")]


def _taken_over(turn: Turn, received: Received) -> Message:
    """The code of a hand-over: the unit is theirs now, or will be on its day."""
    nameless = not is_person_name(received.person.name)
    values = received.transfer.facts | {"nameless": nameless}
    if nameless:
        turn.ask("start.name")
        return Message("handover.taken", values, ((CANCEL,),), expects="text", place="new")
    return Message("handover.taken", values, _next_buttons(turn), place="new")


def _try_again(turn: Turn, no: Refusal) -> Message:
    values = {"problem": no.key, "details": no.values}
    if no.key == "invitation.locked":
        turn.end()
        return Message("start.code_refused", values, ((menu.go("trogiup"),),), place="new")
    turn.ask("start.code")
    return Message("start.code_refused", values, ((CANCEL,),), expects="text", place="new")


def _name_question(turn: Turn, no: Refusal | None = None) -> Message:
    values = {"current": turn.name, "problem": no.key if no else "", "details": no.values if no else {}}
    return Message("start.ask_name", values, ((CANCEL,),), expects="text", place="new")


def _next_buttons(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    founding = [held.unit_id for held in turn.actor.roles if held.kind == FOUNDER]
    first = tuple((Button("team.button_begin", "team.begin", unit_id),) for unit_id in founding[:2])
    return (*first, *menu.buttons_for(turn))


def _values(joined: Joined) -> dict[str, Any]:
    return {"name": joined.person.name, "role": joined.role.kind, "unit": joined.unit.name}


async def _tell_heads(turn: Turn, joined: Joined) -> None:
    """Whoever answers for the unit hears of everybody who comes in, and can take a wrong one out (reliability S3)."""
    not_ours = Button("start.button_not_ours", "member.ask", joined.role.id)
    message = Message("start.somebody_joined", _values(joined), ((not_ours,),))
    for head in await people.heads_above(turn.session, joined.unit, turn.now, but=joined.person.id):
        account = await people.account_of(turn.session, head.id)
        if account is not None:
            once = f"join:{joined.role.id}:{account.id}"
            await outbox.promise(
                turn.session, message, account=account, once=once, kind="alert", lane=outbox.ALERT, at=turn.now
            )


COMMANDS: dict[str, Handler] = {"start": begin}
FLOWS: dict[str, Handler] = {"start.code": take_code, "start.name": take_name}
ACTIONS: dict[str, Handler] = {"start.code": ask_code, "start.rename": ask_name}
