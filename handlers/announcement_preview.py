"""A draft seen as its recipients will see it: here at once, or sent to the author like a real one."""

from __future__ import annotations

from dataclasses import replace

from handlers.access import needs, public, stale
from handlers.announcement_pages import back, card, reach_draft
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import outbox
from models.announcement_messages import message_of
from models.messages import Message

KIND = "announcement_test"


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    """With its files and its buttons, marked as a test; below it the way back."""
    announced = await reach_draft(turn, turn.press.object)
    if not announced.announcement.text:
        return [await card(turn, announced, notice="access.stale")]
    at_card = await card(turn, announced)
    below = replace(at_card, key="announcement_draft.below_preview", buttons=((back(announced),),), place="new")
    return [message_of(announced, is_test=True, replaces=announced.announcement.replaces_id or 0), below]


@needs("announcement.send")
async def send_test(turn: Turn) -> list[Message]:
    """To the author alone, by the way all of them go, once for each press; it alone carries the way back."""
    announced = await reach_draft(turn, turn.press.object)
    announcement = announced.announcement
    if not announcement.text or stale(turn, announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    once = f"ann-test:{announcement.id}:{turn.incoming.channel}:{turn.incoming.event_id}"
    shown = message_of(announced, is_test=True, replaces=announced.announcement.replaces_id or 0)
    message = replace(shown, buttons=(*shown.buttons, (back(announced),)))
    await outbox.promise(
        turn.session, message, account=turn.account, once=once, kind=KIND, lane=outbox.ALERT, at=turn.now
    )
    return [await card(turn, announced, notice="announcement_draft.test_sent")]


@public
async def sample(turn: Turn) -> list[Message]:
    """A button on a test was pressed: say what it will do for whoever gets it."""
    arg = turn.press.arg if turn.press.arg in ("confirm", "reply") else "confirm"
    return [Message(f"announcement_draft.sample_{arg}", {}, ((go("thongbao"), go("menu")),), place="new")]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "announcement.preview": show,
    "announcement.test": send_test,
    "announcement.sample": sample,
}
