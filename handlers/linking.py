"""The other chats of the speaker: a code to link one, the two people they may have been made one, a chat taken away.

All of it acts on oneself only.
"""

from __future__ import annotations

from typing import Any

from handlers.access import public
from handlers.account import BACK, stranger
from handlers.invitation_card import links_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import chats, link_codes, merging, outbox, people, privacy
from models.link_codes import Offered
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.permissions import Actor
from models.tables import Account

ROLES = 3  # of each of two people, on the screen that asks whether they are one
CHATS = Button("link.button_back", "link.chats")
# the question with its yes and no: two people made one, or a chat that is nobody's joined to somebody
MERGE = ("link.merge", "link.button_merge", "link.button_not")
JOIN = ("link.confirm", "link.button_join", "link.button_not_mine")


@public
async def show(turn: Turn) -> list[Message]:
    """All chats of the speaker, each with the way to take it away."""
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    return [await _list(turn)]


@public
async def make(turn: Turn) -> list[Message]:
    """A code for another chat, shown once."""
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    if len(await chats.of_person(turn.session, turn.person_id)) >= chats.MOST:
        return [await _list(turn, Refusal("link.too_many", most=chats.MOST))]
    made = await link_codes.make(turn.session, turn.account, policy=turn.policy, random=turn.random, now=turn.now)
    minutes = turn.policy.link_lifetime.total_seconds() // 60
    links = links_of(turn, made.code)["links"]
    values = {"code": made.code, "expires": made.expires_at, "minutes": int(minutes), "links": links}
    again = Button("link.button_again", "link.make")
    return [Message("link.code", values, ((again, BACK),), place="new")]


# --- the code typed in the other chat -------------------------------------------------------------------------------


async def offer(turn: Turn, offered: Offered) -> list[Message]:
    """Somebody typed or opened a code for another chat: whose it is, is said and asked before anything is joined.

    A link may have been sent by its maker: a new leader who taps it would work under that person's name.
    """
    if turn.account.person_id == offered.person.id:
        key = "link.same_chat" if turn.account.id == offered.row.account_id else "link.already"
        return [Message(key, {"name": offered.person.name}, (((CHATS, go("menu"))),), place="new")]
    if no := await merging.why_not(turn.session, offered, turn.account):
        return _refused(turn, no)
    turn.ask("link.merge", link=offered.row.id)
    return [await _question(turn, offered)]


@public
async def ask_again(turn: Turn) -> list[Message]:
    """Something else said where only yes or no is meant."""
    found = await _asked(turn)
    return _refused(turn, found) if isinstance(found, Refusal) else [await _question(turn, found)]


@public
async def merge(turn: Turn) -> list[Message]:
    """Yes, that is me: asked in this chat, and about the very code that was typed here."""
    if turn.talk.flow != "link.merge" or turn.press.object != turn.talk.data.get("link"):
        return await show(turn)
    found = await _asked(turn)
    return _refused(turn, found) if isinstance(found, Refusal) else await _join(turn, found)


async def _asked(turn: Turn) -> Offered | Refusal:
    """What the talk is about, as it stands now."""
    found = await link_codes.by_number(turn.session, int(turn.talk.data.get("link", 0)), turn.now)
    return found or Refusal("link.expired")


async def _question(turn: Turn, offered: Offered) -> Message:
    """Whoever has roles of their own sees both sides; anybody else, whose account this chat would be."""
    mine = turn.account.person_id
    own = await _roles(turn, mine) if mine is not None else {"first": []}
    key, yes, no = MERGE if own["first"] else JOIN
    values = {
        "name": offered.person.name,
        "own": turn.name,
        "their_roles": await _roles(turn, offered.person.id),
        "own_roles": own,
    }
    rows = ((Button(yes, "link.merge", offered.row.id),), (Button(no, "go", arg="huy"),))
    return Message(key, values, rows, place="new")


async def _join(turn: Turn, offered: Offered) -> list[Message]:
    merged = turn.account.person_id is not None
    if no := await merging.join(turn.session, offered, turn.account, turn.now):
        return _refused(turn, no)
    turn.end()
    turn.actor = await people.actor_of(turn.session, offered.person.id, turn.now)
    turn.name = offered.person.name
    await _tell_asker(turn, offered, merged)
    values = {"name": turn.name, "roles": await _roles(turn, offered.person.id), "merged": merged}
    return [Message("link.joined", values, ((CHATS, go("menu")),), place="new")]


async def _tell_asker(turn: Turn, offered: Offered, merged: bool) -> None:
    """The chat that asked for the code hears who used it, and can take it away again."""
    asker = await chats.find(turn.session, offered.row.account_id)
    if asker is None or asker.person_id != offered.person.id or asker.unreachable:
        return
    values = _described(turn.account) | {"merged": merged}
    drop = Button("link.button_not_me", "link.ask", turn.account.id)
    message = Message("link.told", values, ((drop,), (CHATS, go("menu"))))
    once = f"link:{offered.row.code_hash[:20]}"  # its number may be given again once it is forgotten
    await outbox.promise(turn.session, message, account=asker, once=once, kind="alert", lane=outbox.ALERT, at=turn.now)


def _refused(turn: Turn, no: Refusal) -> list[Message]:
    turn.end()
    values = {"problem": no.key, "details": no.values}
    return [Message("link.refused", values, ((go("taikhoan"), go("menu")),), place="new")]


# --- a chat taken away ----------------------------------------------------------------------------------------------


@public
async def ask_to_drop(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    mine = await chats.of_person(turn.session, turn.person_id)
    found = next((each for each in mine if each.id == turn.press.object), None)
    if found is None:
        return [await _list(turn, notice="access.stale")]
    values = _described(found) | {"here": found.id == turn.account.id}
    return [Message("link.drop", values, ((Button("link.button_sure", "link.drop", found.id),), (CHATS,)))]


@public
async def drop(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return stranger(turn)
    turn.end()
    try:
        gone = await chats.unlink(turn.session, turn.person_id, turn.press.object, turn.now)
    except Refusal as no:
        return [await _list(turn, no)]
    if gone is None:
        return [await _list(turn, notice="access.stale")]
    if gone.id == turn.account.id:
        turn.actor, turn.name = Actor(None), ""
        return [Message("link.dropped_here", {}, ((go("start"), go("trogiup")),), place="new")]
    return [await _list(turn, dropped=gone)]


async def _list(turn: Turn, no: Refusal | None = None, notice: str = "", dropped: Account | None = None) -> Message:
    mine = await chats.of_person(turn.session, turn.person_id)
    target = await chats.written_to(turn.session, turn.person_id)
    shown = [_described(each) | {"number": number} for number, each in enumerate(mine, 1)]
    for each, chat in zip(mine, shown, strict=True):
        chat |= {"here": each.id == turn.account.id, "target": target is not None and each.id == target.id}
    values = {
        "chats": shown,
        "problem": no.key if no else "",
        "details": no.values if no else {},
        "dropped": _described(dropped) if dropped else {},
    }
    away = [
        (Button("link.button_drop", "link.ask", each.id, values=chat),) for each, chat in zip(mine, shown, strict=True)
    ]
    more = (Button("link.button_begin", "link.make"),) if len(mine) < chats.MOST else ()
    return Message("link.chats", values, (*(away if len(mine) > 1 else ()), (*more, BACK)), notice=notice)


def _described(account: Account) -> dict[str, Any]:
    return {
        "channel": account.channel,
        "called": account.name,
        "seen_at": account.seen_at,
        "unreachable": bool(account.unreachable),
    }


async def _roles(turn: Turn, person_id: int) -> dict[str, Any]:
    held = await privacy.roles_of(turn.session, person_id, turn.now)
    first = [{"role": each.role.kind, "unit": each.unit.name} for each in held[:ROLES]]
    return {"first": first, "more": max(0, len(held) - ROLES)}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"link.merge": ask_again}
ACTIONS: dict[str, Handler] = {
    "link.chats": show,
    "link.make": make,
    "link.merge": merge,
    "link.ask": ask_to_drop,
    "link.drop": drop,
}
