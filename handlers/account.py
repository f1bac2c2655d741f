"""/taikhoan: what the bot knows about the speaker, and what they can do about it. All of it acts on oneself only."""

from __future__ import annotations

from typing import Any

from handlers.access import public
from handlers.menu import buttons_for, go
from handlers.turn import Handler, Turn
from models import outbox, own_data, people, privacy, rosters, tidying
from models.messages import Button, Message
from models.people import Membership
from models.rules import Refusal
from models.rules.folding import clean, fold
from models.rules.handovers import handed_role
from models.rules.names import MOST_GRAPHEMES, read_person_name
from models.rules.permissions import Actor, may
from models.tables import Unit

ROLES, FACTS = 5, 8  # lines on a screen
ERASE_WORD = "xoa"  # folded: typed with or without diacritics
BACK = go("taikhoan", "account.button_back")


@public
async def show(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    return [await _overview(turn)]


@public
async def ask_name(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.ask("account.rename")
    return [_name_question(turn)]


@public
async def take_name(turn: Turn) -> list[Message]:
    person = await people.find(turn.session, turn.actor.person_id or 0)
    if person is None:
        return stranger(turn)
    typed = turn.text if turn.incoming.kind == "text" else ""
    if len(" ".join(clean(typed).split())) > MOST_GRAPHEMES:
        return [_name_question(turn, "account.name_long")]
    try:
        name = read_person_name(typed)
    except Refusal:
        return [_name_question(turn, "account.name_unclear")]
    if name != person.name:
        await people.rename(turn.session, person, name, turn.now)
        await rosters.link_everywhere(turn.session, person, turn.now)
    turn.name = name
    turn.end()
    return [await _overview(turn, "account.renamed")]


@public
async def show_data(turn: Turn) -> list[Message]:
    """Everything about the speaker, as text, a page at a time."""
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    facts = await own_data.facts(turn.session, turn.person_id)
    pages = -(-len(facts) // FACTS)
    page = min(int(turn.press.arg or 0), pages - 1)
    turning = []
    if page > 0:
        turning.append(_button("earlier", "data", arg=str(page - 1)))
    if page + 1 < pages:
        turning.append(_button("later", "data", arg=str(page + 1)))
    values = {"facts": facts[page * FACTS : (page + 1) * FACTS], "page": page + 1, "pages": pages}
    return [Message("account.data", values, (*((tuple(turning),) if turning else ()), (BACK,)))]


@public
async def choose_role(turn: Turn) -> list[Message]:
    """Which role to give up; asked only of somebody who holds several."""
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    roles = await privacy.roles_of(turn.session, turn.person_id, turn.now)
    if not roles:
        return [await _overview(turn, "account.no_roles")]
    if len(roles) == 1:
        return [await _leave_question(turn, roles[0])]
    rows = [(_button("role", "confirm", each.role.id, values=_described(each)),) for each in roles]
    return [Message("account.choose_role", {}, (*rows, (BACK,)))]


@public
async def confirm_leaving(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    held = await privacy.role_of(turn.session, turn.person_id, turn.press.object, turn.now)
    return [await _overview(turn, notice="access.stale") if held is None else await _leave_question(turn, held)]


@public
async def leave(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    held = await privacy.role_of(turn.session, turn.person_id, turn.press.object, turn.now)
    if held is None:
        return [await _overview(turn, notice="access.stale")]
    try:
        await privacy.leave(turn.session, turn.person_id, held.role.id, turn.now)
    except Refusal:
        return [await _last_head(turn, held)]
    turn.actor = await people.actor_of(turn.session, turn.person_id, turn.now)
    return [Message("account.left", _described(held), ((BACK, go("menu")),))]


@public
async def ask_erasure(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.ask("account.erase")
    return [await _erasure_question(turn)]


@public
async def erase(turn: Turn) -> list[Message]:
    """The last word typed: forget the speaker. The chat is a stranger's again.

    This very reply is owed after the erasure, so it is sent.
    """
    if turn.actor.person_id is None:
        return stranger(turn)
    if turn.incoming.kind != "text" or fold(turn.text).strip(" \"'.!\u00ab\u00bb\u201c\u201d") != ERASE_WORD:
        return [await _erasure_question(turn, "account.not_erased")]
    number = turn.person_id
    alone = await privacy.units_left_alone(turn.session, number, turn.now)
    event = (turn.incoming.channel, turn.incoming.event_id)
    await privacy.erase(turn.session, number, event=event, now=turn.now)
    for unit in alone:
        await _tell_above(turn, unit, number)
    turn.actor, turn.name = Actor(None), ""
    return [Message("account.erased", {"number": number}, buttons_for(turn), place="new")]


async def _overview(turn: Turn, before: str = "", notice: str = "") -> Message:
    me = await privacy.known(turn.session, turn.person_id, turn.now)
    values = {
        "before": before,
        "name": me.person.name,
        "joined": me.person.created_at,
        "roles": [_described(each) for each in me.roles[:ROLES]],
        "more": max(0, len(me.roles) - ROLES),
        "channels": list(dict.fromkeys(account.channel for account in me.accounts)),
        "received_days": tidying.EVENTS_FOR.days,
        "sent_days": tidying.MESSAGES_FOR.days,
    }
    leaving = (_button("leave", "leave"),) if me.roles else ()
    rows = (
        (_button("rename", "rename"), _button("data", "data")),
        (*leaving, _button("erase", "erase")),
        (Button("mine.button_open", "mine.show"), _chats_button(len(me.accounts))),
        (Button("mute.button_open", "mute.show"), go("menu")),
    )
    return Message("account.show", values, rows, notice=notice)


def _chats_button(number: int) -> Button:
    """The way to one's chats; with a single one, to a second."""
    if number == 1:
        return Button("link.button_begin", "link.make")
    return Button("link.button_chats", "link.chats", values={"number": number})


def _name_question(turn: Turn, problem: str = "") -> Message:
    return Message("account.rename", {"name": turn.name, "problem": problem}, ((BACK,),), expects="text")


async def _leave_question(turn: Turn, held: Membership) -> Message:
    if await privacy.is_last_head(turn.session, held, turn.now):
        return await _last_head(turn, held)
    yes = _button("yes_leave", "left", held.role.id)
    return Message("account.confirm", _described(held), ((yes,), (BACK,)))


async def _last_head(turn: Turn, held: Membership) -> Message:
    """A unit is not left to nobody: who can bring in a successor, and where."""
    above = await people.heads_above(turn.session, held.unit, turn.now, but=turn.person_id)
    values = _described(held) | {"above": [person.name for person in above[:3]]}
    handed = may(turn.actor, "unit.hand_over", held.unit.path) and held.role.kind == handed_role(held.unit.kind)
    way = Button("handover.button_begin", "handover.begin", held.unit.id) if handed else go("donvi")
    return Message("account.last_head", values | {"handed": handed}, ((way,), (BACK,)))


async def _erasure_question(turn: Turn, problem: str = "") -> Message:
    alone = await privacy.units_left_alone(turn.session, turn.person_id, turn.now)
    values = {"problem": problem, "number": turn.person_id, "alone": [unit.name for unit in alone]}
    return Message("account.erase", values, ((BACK,),), expects="text")


async def _tell_above(turn: Turn, unit: Unit, number: int) -> None:
    """A unit without anybody who answers for it would be noticed only when its report is missing."""
    for person in await people.heads_above(turn.session, unit, turn.now, but=number):
        account = await people.account_of(turn.session, person.id)
        if account is not None:
            message = Message("account.unit_alone", {"unit": unit.name}, ((go("donvi"),),))
            once = f"alone:{unit.id}:{number}:{account.id}"
            await outbox.promise(
                turn.session, message, account=account, once=once, kind="alert", lane=outbox.ALERT, at=turn.now
            )


def _described(held: Membership) -> dict[str, Any]:
    return {"role": held.role.kind, "unit": held.unit.name, "since": held.role.since}


def _button(label: str, action: str, object: int = 0, arg: str = "", values: dict[str, Any] | None = None) -> Button:
    return Button(f"account.button_{label}", f"account.{action}", object, arg=arg, values=values or {})


def stranger(turn: Turn) -> list[Message]:
    """To somebody of whom nothing is known yet."""
    turn.end()
    return [Message("menu.stranger", {}, buttons_for(turn), place="new")]


COMMANDS: dict[str, Handler] = {"taikhoan": show}
FLOWS: dict[str, Handler] = {"account.rename": take_name, "account.erase": erase}
ACTIONS: dict[str, Handler] = {
    "account.rename": ask_name,
    "account.data": show_data,
    "account.leave": choose_role,
    "account.confirm": confirm_leaving,
    "account.left": leave,
    "account.erase": ask_erasure,
}
