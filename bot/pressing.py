"""What an event presses: a button, the label of one typed, or the label of one that came with a message in between."""

from __future__ import annotations

from bot.signing import Signer
from bot.words import Words
from handlers import router
from handlers.turn import Press, Turn
from models.pushed import PushedButton, buttons_sent
from models.rules.choices import choice_meant, may_name_pushed
from models.rules.reports import way_meant

NOTHING, FORGED = Press(""), Press("forged")


async def press(turn: Turn, signer: Signer, words: Words) -> None:
    """Put into the turn what is pressed; or, where that is not clear, the pushed buttons that may be meant."""
    turn.press = _on_screen(turn, signer)
    if _is_stray(turn):
        turn.pushed = await _pushed(turn, words)
    if len(turn.pushed) == 1:
        button = turn.pushed[0].button
        turn.press = Press(button.action, button.object, button.version, button.arg)


def _on_screen(turn: Turn, signer: Signer) -> Press:
    incoming, choices = turn.incoming, turn.talk.choices
    if incoming.kind == "button":
        return signer.open(turn.account.id, incoming.text) or FORGED
    if incoming.kind == "text" and incoming.private and incoming.text.startswith("/"):
        return signer.followed(incoming.text) or NOTHING
    if incoming.kind == "text" and choices:
        expects = "command" if router.is_command(incoming.text) else turn.talk.expects
        index = choice_meant(incoming.text, [label for label, _ in choices], expects)
        if index is not None:
            return signer.open(turn.account.id, choices[index][1]) or FORGED
    return NOTHING


def _is_stray(turn: Turn) -> bool:
    """Whether neither the screen nor a command explains what was typed; asked of the text alone, for most is typed
    where it belongs."""
    talk = turn.talk
    return (
        turn.incoming.kind == "text"
        and turn.incoming.private
        and not turn.press.action
        and may_name_pushed(turn.text, talk.expects, bool(talk.flow))
        and way_meant(turn.text) is None
        and router.command_typed(turn) is None
    )


async def _pushed(turn: Turn, words: Words) -> tuple[PushedButton, ...]:
    """The pushed buttons of that very label, the newest first; the same deed on the same thing stands there once."""
    found: dict[tuple[str, int, str], PushedButton] = {}
    for each in await buttons_sent(turn.session, turn.incoming.channel, turn.incoming.address, turn.now):
        button = each.button
        if choice_meant(turn.text, [words.label(button.label, button.values)], "text") is not None:
            found.setdefault((button.action, button.object, button.arg), each)
    return tuple(found.values())
