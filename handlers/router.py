"""Who answers what. Read top to bottom."""

from __future__ import annotations

from handlers import (
    access,
    account,
    board,
    board_nudge,
    calendar,
    consolidation,
    decision,
    evidence,
    extension,
    extension_decision,
    field_board,
    form,
    group,
    group_board,
    group_members,
    handover,
    handover_answer,
    handover_resign,
    invitation,
    invitation_scope,
    member,
    menu,
    register,
    report,
    report_answer,
    report_excel,
    report_extras,
    report_lines,
    report_moves,
    report_paste,
    report_paste_doubts,
    report_paste_offer,
    report_submit,
    report_typed_lines,
    review,
    review_return,
    roster,
    roster_card,
    roster_file,
    roster_links,
    round,
    round_change,
    section_answer,
    section_ending,
    section_request,
    start,
    team,
    team_decision,
    unit,
    unit_change,
    unit_change_planned,
    unit_closed,
    unlock,
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
    report_lines,
    report_excel,
    report_moves,
    report_paste,
    report_paste_doubts,
    report_paste_offer,
    report_submit,
    report_typed_lines,
    evidence,
    section_request,
    section_answer,
    section_ending,
    consolidation,
    board,
    board_nudge,
    review,
    review_return,
    unlock,
    calendar,
    extension,
    extension_decision,
    group_board,
    field_board,
    unit,
    form,
    unit_change,
    unit_change_planned,
    unit_closed,
    group,
    group_members,
    round,
    round_change,
    invitation,
    invitation_scope,
    handover,
    handover_answer,
    handover_resign,
    team,
    team_decision,
    member,
    roster,
    roster_card,
    roster_file,
    roster_links,
    decision,
    register,
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


def is_command(text: str) -> bool:
    """Whether the words, without a slash, are a command: "tiến độ" is, whatever else begins with it."""
    return fold(text).replace(" ", "") in COMMANDS


def _pressed(turn: Turn) -> Handler | None:
    if turn.press.action == "go":
        return COMMANDS.get(turn.press.arg, menu.show)
    return ACTIONS.get(turn.press.action, menu.stale) if turn.press.action else None


def _in_flow(turn: Turn) -> Handler:
    """What answers when the event is neither a button nor a command."""
    if report_excel.may_be_filled(turn):
        return report_excel.take_file
    if turn.talk.flow in FLOWS:
        return FLOWS[turn.talk.flow]
    if turn.incoming.kind == "text" and (
        looks_like_code(turn.text) or (not turn.actor.roles and looks_like_part_of_code(turn.text))
    ):
        return start.take_code
    if report_paste_offer.may_be_report(turn):
        return report_paste_offer.out_of_the_blue
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
