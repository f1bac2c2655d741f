"""Who answers what. Read top to bottom."""

from __future__ import annotations

from handlers import (
    access,
    account,
    board,
    calendar,
    invitation,
    member,
    menu,
    report,
    report_answer,
    report_extras,
    report_submit,
    start,
    team,
    team_decision,
    unit,
)
from handlers.turn import Handler, Turn
from models.messages import Message
from models.rules.folding import fold
from models.rules.invitations import looks_like_code, looks_like_part_of_code

FEATURES = (
    start,
    menu,
    report,
    report_answer,
    report_extras,
    report_submit,
    board,
    calendar,
    unit,
    invitation,
    team,
    team_decision,
    member,
    account,
)

COMMANDS: dict[str, Handler] = {word: handler for feature in FEATURES for word, handler in feature.COMMANDS.items()}
FLOWS: dict[str, Handler] = {flow: handler for feature in FEATURES for flow, handler in feature.FLOWS.items()}
ACTIONS: dict[str, Handler] = {name: handler for feature in FEATURES for name, handler in feature.ACTIONS.items()}


async def route(turn: Turn) -> list[Message]:
    """The answer to one event. Never empty for a person in a private chat: silence is the one wrong answer."""
    if not turn.incoming.private:
        return await menu.in_group(turn) if _command(turn) else []
    if turn.incoming.kind == "left":
        return []
    handler = _pressed(turn) or _command(turn) or _in_flow(turn)
    if access.asked_of(handler) != access.PUBLIC and not turn.actor.roles:
        return await start.begin(turn)
    return await handler(turn)


def _pressed(turn: Turn) -> Handler | None:
    if turn.press.action == "go":
        return COMMANDS.get(turn.press.arg, menu.show)
    return ACTIONS.get(turn.press.action, menu.stale) if turn.press.action else None


def _in_flow(turn: Turn) -> Handler:
    """What answers when the event is neither a button nor a command."""
    if turn.talk.flow in FLOWS:
        return FLOWS[turn.talk.flow]
    if turn.incoming.kind == "text" and (
        looks_like_code(turn.text) or (not turn.actor.roles and looks_like_part_of_code(turn.text))
    ):
        return start.take_code
    return menu.lost if turn.actor.roles else start.begin


def _command(turn: Turn) -> Handler | None:
    """The command somebody typed: with or without slash, capitals, diacritics ("/baocao", "Báo cáo", "BAO CAO")."""
    if turn.incoming.kind != "text":
        return None
    typed = turn.text.strip()
    slash = typed.startswith("/")
    word = fold(typed).removeprefix("/").split("@")[0] if slash else fold(typed)
    if slash:
        first, _, _rest = word.partition(" ")
        return COMMANDS.get(first, menu.unknown_command)
    return COMMANDS.get(word.replace(" ", ""))


def routed() -> dict[str, Handler]:
    """Every way in, for the test that each handler says what permission it checks."""
    return {
        **{f"/{word}": handler for word, handler in COMMANDS.items()},
        **{f"flow {name}": handler for name, handler in FLOWS.items()},
        **{f"button {name}": handler for name, handler in ACTIONS.items()},
    }
