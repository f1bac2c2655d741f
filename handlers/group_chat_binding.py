"""Binding a chat of several people to a unit: begun in that chat, decided in private by who answers for it."""

from __future__ import annotations

from handlers import start
from handlers.access import needs, public, stale
from handlers.menu import go
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import group_chats, units
from models.group_chats import BIND, Bound
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.permissions import OFFICE_ROLES, Held, may, reach_of
from models.tables import Unit

FLOW = "group_chat.unit"
GROUPS_ON = "telegram"  # the channel that has chats of several people
CHOICES = 6  # units on one screen


def begin_button(turn: Turn, bound: Bound) -> Button | None:
    """The link from the chat itself: who follows it was shown it there. None where no link leads to the bot."""
    link = turn.link_to(Button("", "group_chat.choose", bound.chat.id, bound.chat.version))
    label = "group_chat_binding.button_change" if bound.unit else "group_chat_binding.button_begin"
    return Button(label, url=link) if link else None


@public
async def explain(turn: Turn) -> list[Message]:
    """The words typed in private: how it is begun."""
    bot = turn.links(GROUPS_ON, "").rpartition("/")[2]
    return [Message("group_chat_binding.explain", {"bot": bot}, ((go("donvi"), go("menu")),), place="new")]


@needs(BIND)
async def choose(turn: Turn) -> list[Message]:
    """For which unit: the speaker's own at a tap, those below by a part of their name."""
    bound = await group_chats.find(turn.session, turn.press.object)
    if bound is None:
        turn.allow(BIND, None)
    assert bound is not None
    if stale(turn, bound.chat.version):
        raise Refusal("group_chat_binding.old_link")
    held = _binding_roles(turn)
    if not held:
        raise Refusal("group_chat_binding.not_for_you")
    _refuse_taken(turn, bound)
    turn.allow(BIND, bound.holder.path if bound.holder else held[0].path)
    return [await _question(turn, bound)]


@needs(BIND)
async def take_unit(turn: Turn) -> list[Message]:
    """A part of a unit's name."""
    bound = await group_chats.find(turn.session, turn.talk.data["chat"])
    held = _binding_roles(turn)
    if bound is None or not held:
        turn.allow(BIND, None)
    assert bound is not None
    turn.allow(BIND, bound.holder.path if bound.holder else held[0].path)
    found: dict[int, Unit] = {}
    for path in dict.fromkeys(each.path for each in held):
        found |= {unit.id: unit for unit in await units.search(turn.session, path, turn.text, None, CHOICES)}
    reached = [unit for unit in found.values() if may(turn.actor, BIND, unit.path)][:CHOICES]
    return [await _question(turn, bound, reached, turn.text[:40])]


@needs(BIND)
async def bind(turn: Turn) -> list[Message]:
    unit = await reach(turn, BIND, turn.press.object)
    bound = await group_chats.find(turn.session, int(turn.press.arg))
    if bound is None:
        turn.allow(BIND, None)
    assert bound is not None
    _refuse_taken(turn, bound)
    if stale(turn, bound.chat.version):
        return [await _question(turn, bound, notice="access.stale")]
    turn.end()
    await group_chats.bind(turn.session, bound.chat, unit, by=turn.person_id, now=turn.now)
    values = {"title": bound.chat.title, "unit": unit.name}
    rows = ((Button("group_chat_list.button_open", "group_chat.list", unit.id), go("menu")),)
    return [Message("group_chat_binding.done", values, rows)]


def _refuse_taken(turn: Turn, bound: Bound) -> None:
    """Only who may act on the unit that has the chat takes it away; the others are told, without its name."""
    if bound.holder is not None and not may(turn.actor, BIND, bound.holder.path):
        raise Refusal("group_chat_binding.taken")


def _binding_roles(turn: Turn) -> list[Held]:
    return [held for held in turn.actor.roles if reach_of(held, BIND) is not None]


async def _question(
    turn: Turn, bound: Bound, found: list[Unit] | None = None, typed: str = "", notice: str = ""
) -> Message:
    """Which unit; the units `found` by what was typed, else the speaker's own."""
    turn.ask(FLOW, chat=bound.chat.id)
    held = _binding_roles(turn)
    offered = found if found is not None else await _own(turn, held)
    offered = [unit for unit in offered if bound.unit is None or unit.id != bound.unit.id]
    rows = [(_unit_button(unit, bound),) for unit in offered]
    searches = any(each.kind in OFFICE_ROLES for each in held)
    values = {
        "title": bound.chat.title,
        "bound": bound.unit.name if bound.unit else "",
        "offered": len(offered),
        "typed": typed,
        "searches": searches,
    }
    return Message("group_chat_binding.choose", values, (*rows, (start.CANCEL,)), expects="text", notice=notice)


async def _own(turn: Turn, held: list[Held]) -> list[Unit]:
    ids = list(dict.fromkeys(each.unit_id for each in held))[:CHOICES]
    mine = [unit for unit_id in ids if (unit := await units.find(turn.session, unit_id)) is not None]
    return [unit for unit in mine if unit.closed_on is None]


def _unit_button(unit: Unit, bound: Bound) -> Button:
    chat = bound.chat
    return Button(
        "group_chat_binding.button_unit", "group_chat.bind", unit.id, chat.version, str(chat.id), {"unit": unit.name}
    )


COMMANDS: dict[str, Handler] = {"gannhom": explain}
FLOWS: dict[str, Handler] = {FLOW: take_unit}
ACTIONS: dict[str, Handler] = {"group_chat.choose": choose, "group_chat.bind": bind}
