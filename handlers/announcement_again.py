"""Sending an announcement again to those whom it failed to reach, and to nobody else."""

from __future__ import annotations

from collections import Counter

from handlers.access import needs, stale
from handlers.announcement_ledger_pages import back_rows, reach, whole
from handlers.guide_pages import place_of
from handlers.turn import Handler, Turn
from models import announcement_ledger, announcement_runs, announcements
from models.announcements import SENDING, SENT, Announced
from models.messages import Button, Message
from models.rules.announcement_endings import FAILED


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    """Whom it can reach now, and why not the others."""
    announced = await reach(turn, turn.press.object)
    return [await _page(turn, announced)]


@needs("announcement.send")
async def carry_out(turn: Turn) -> list[Message]:
    announced = await reach(turn, turn.press.object)
    announcement = announced.announcement
    await announcements.lock(turn.session, announcement.id)
    if stale(turn, announcement.version):
        return [await _page(turn, announced, notice="access.stale")]
    count = await announcement_runs.send_again(turn.session, announcement, turn.person_id, turn.now)
    if not count:
        return [await _page(turn, announced)]
    show_it = (Button("announcement_ledger.button_show", "announcement.show", announcement.id),)
    values = {"number": announcement.id, "count": count}
    return [Message("announcement_again.done", values, (show_it, *back_rows(announced)), place=place_of(turn))]


async def _page(turn: Turn, announced: Announced, notice: str = "") -> Message:
    announcement = announced.announcement
    chats = await announcement_runs.reachable_again(turn.session, announcement.id)
    why = Counter(await announcement_ledger.reasons(turn.session, announcement.id, FAILED))
    left = why - Counter(await announcement_ledger.reasons_of(turn.session, list(chats)))
    can = announcement.state in (SENDING, SENT)
    values = {
        "number": announcement.id,
        "state": announcement.state,
        "failed": why.total(),
        "reachable": len(chats) if can else 0,
        "can": can,
        "reasons": [{"reason": reason, "count": count} for reason, count in left.most_common()],
    }
    version, count = announcement.version, {"count": len(chats)}
    again = Button("announcement_again.button_go", "announcement.again_go", announcement.id, version, values=count)
    rows = ((again,),) if chats and can else ()
    names = ((whole(announced, FAILED).button("announcement_again.button_names"),),) if why else ()
    place = place_of(turn)
    return Message(
        "announcement_again.show", values, (*rows, *names, *back_rows(announced)), notice=notice, place=place
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.again": show, "announcement.again_go": carry_out}
