"""Free text about a citizen: what looks like a number, a code or a password of theirs is refused and not kept."""

from __future__ import annotations

from handlers.turn import Turn
from models import private_words
from models.rules import Refusal
from models.rules.private_words import holds_private


async def refused(turn: Turn, *, office: bool = False) -> str:
    """What the speaker's text should not have held (id_number, phone, otp, password); empty when nothing.

    The words are then already taken out of what we keep: say so, and ask again. `office`: an office answers, and may
    name its own fixed line.
    """
    found = holds_private(turn.text, office=office)
    if found:
        heard = turn.incoming
        await private_words.forget_event(turn.session, heard.channel, heard.address, heard.event_id)
    return found


async def written(turn: Turn, *, office: bool = False) -> str:
    """The words that somebody typed, free of a citizen's data.

    Raises Refusal question.private(kind) when they are not, question.only_text when something else was sent.
    """
    if private := await refused(turn, office=office):
        raise Refusal("question.private", kind=private)
    if turn.incoming.kind != "text":
        raise Refusal("question.only_text")
    return turn.text
