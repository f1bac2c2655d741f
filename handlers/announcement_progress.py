"""An announcement that was sent off: how it goes, undoing it while it can be, stopping it at any time."""

from __future__ import annotations

from dataclasses import replace

from handlers import announcement_pages
from handlers.access import needs, stale
from handlers.announcement_doors import announcement_ways
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import (
    announcement_consent,
    announcement_pauses,
    announcement_progress,
    announcement_runs,
    announcements,
    outbox,
    people,
)
from models.announcements import ASKED, DRAFT, PLANNED, REFUSED, SENDING, STOPPED, Announced
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.permissions import GRANTS

PERMISSION = "announcement.send"
ROWS = 8


async def reached(turn: Turn, announcement_id: int, *, lock: bool = False) -> Announced:
    """An announcement in whose unit's name the speaker may speak; somebody else's draft is not there."""
    if lock:
        await announcements.lock(turn.session, announcement_id)
    return await announcement_pages.reach(turn, announcement_id)


async def card(turn: Turn, announced: Announced, *before: Line) -> Message:
    """How it stands; the speaker's own card goes on by itself while it is being sent."""
    if announced.announcement.state == DRAFT:
        return await announcement_pages.card(turn, announced, *before)
    turn.end()
    reader = turn.actor.person_id
    message = await announcement_progress.card_of(
        turn.session, announced, turn.now, announcement_ways, reader_id=reader
    )
    return replace(message, values={**message.values, "before": list(before)})


def watch(turn: Turn, announced: Announced, *, is_soon: bool = True) -> None:
    """The card that is being answered is the one that shows how it goes, if the speaker is its author.

    Whatever begins another day gets a card of its own then.
    """
    announcement = announced.announcement
    if announcement.author_id == turn.actor.person_id and announcement.ended_at is None:
        on_card = is_soon and turn.incoming.kind == "button"
        ref = turn.incoming.message_ref if on_card else ""
        announcement_progress.watch(announcement, turn.account.id, turn.now, card=ref)


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    announced = await reached(turn, turn.press.object)
    announcement = announced.announcement
    send_at = announcement.send_at or turn.now
    is_soon = announcement.state == PLANNED and send_at - turn.now <= announcement_progress.SOON
    if (is_soon or announcement.state == SENDING) and turn.incoming.kind == "button":
        watch(turn, announced)
    return [await card(turn, announced)]


@needs("announcement.send")
async def undo(turn: Turn) -> list[Message]:
    announced = await reached(turn, turn.press.object, lock=True)
    announcement = announced.announcement
    if announcement.state == PLANNED:
        await announcement_runs.undo(turn.session, announcement, turn.person_id, turn.now)
        announcement.progress = {}
        await tell_author(turn, announced, "announcement_progress.undone_by")
        return [await undone(turn, announced)]
    begun = line("announcement_progress.begun") if announcement.state == SENDING else line("access.stale")
    return [await card(turn, announced, begun)]


async def undone(turn: Turn, announced: Announced) -> Message:
    """It is a draft again; a colleague's draft is not shown to whoever called it off."""
    done = line("announcement_progress.undone", number=announced.announcement.id)
    if announced.announcement.author_id == turn.actor.person_id:
        return await announcement_pages.card(turn, announced, done)
    turn.end()
    return Message("announcement_progress.called_off", _about(announced), ((_home(), go("menu")),))


@needs("announcement.send")
async def stop(turn: Turn) -> list[Message]:
    """The brake holds at the first touch: whoever may send in this name may pull it, no button is too old for it."""
    announced = await reached(turn, turn.press.object, lock=True)
    announcement = announced.announcement
    if announcement.state != SENDING:
        return [await card(turn, announced, line("announcement_progress.over"))]
    kept_back = await announcement_runs.stop(turn.session, announcement, turn.person_id, "", turn.now)
    await turn.session.flush()
    await tell_author(turn, announced, "announcement_progress.stopped_by")
    watch(turn, announced)
    return [await card(turn, announced, line("announcement_progress.stopped_now", kept_back=kept_back))]


@needs("announcement.send")
async def go_on(turn: Turn) -> list[Message]:
    """After a stop: whoever was kept back gets it after all."""
    announced = await reached(turn, turn.press.object, lock=True)
    announcement = announced.announcement
    if announcement.state != STOPPED or stale(turn, announcement.version):
        return [await card(turn, announced, line("access.stale"))]
    try:
        count = await announcement_pauses.go_on(turn.session, announcement, turn.person_id, turn.now)
    except Refusal as no:
        return [await card(turn, announced, refusal_line(no))]
    await tell_author(turn, announced, "announcement_progress.gone_on_by")
    watch(turn, announced)
    return [await card(turn, announced, line("announcement_progress.goes_on", count=count))]


@needs("announcement.send")
async def give_up(turn: Turn) -> list[Message]:
    """After a stop: it stays stopped."""
    announced = await reached(turn, turn.press.object, lock=True)
    announcement = announced.announcement
    if announcement.state != STOPPED or stale(turn, announcement.version):
        return [await card(turn, announced, line("access.stale"))]
    count = await announcement_pauses.give_up(turn.session, announcement, turn.person_id, turn.now)
    return [await card(turn, announced, line("announcement_progress.given_up", count=count))]


@needs("announcement.send")
async def mend(turn: Turn) -> list[Message]:
    """Taken back while a second person is asked, or after they refused: a draft again."""
    announced = await reached(turn, turn.press.object, lock=True)
    announcement = announced.announcement
    is_others = announcement.state == REFUSED and announcement.author_id != turn.person_id
    if announcement.state not in (ASKED, REFUSED) or is_others or stale(turn, announcement.version):
        return [await card(turn, announced, line("access.stale"))]
    await announcement_consent.take_back(turn.session, announcement, turn.person_id, turn.now)
    return [await undone(turn, announced)]


@needs("announcement.send")
async def brake(turn: Turn) -> list[Message]:
    """Typed: what is being sent in the speaker's charge, to be stopped."""
    paths = [held.path for held in turn.actor.roles if held.kind in GRANTS[PERMISSION]]
    if not paths:
        turn.allow(PERMISSION, None)
    turn.end()
    running = await announcements.of_office(turn.session, paths, turn.person_id, "sending", limit=ROWS)
    rows = [
        (
            Button(
                "announcement_progress.button_stop_one", "announcement.stop", each.announcement.id, values=_about(each)
            ),
        )
        for each in running
    ]
    return [
        Message("announcement_progress.running", {"count": len(running)}, (*rows, (_home(), go("menu"))), place="new")
    ]


async def tell_author(turn: Turn, announced: Announced, key: str) -> None:
    """Whoever wrote it learns that somebody else held it up."""
    announcement = announced.announcement
    author = announcement.author_id
    account = await people.account_of(turn.session, author) if author and author != turn.person_id else None
    if account is None:
        return
    show_it = Button("announcement_progress.button_card", "announcement.show", announcement.id)
    told = Message(key, {"number": announcement.id, "by": turn.name}, ((show_it,),))
    once = f"announcement:{announcement.id}:{announcement.version}:held"
    await outbox.promise(turn.session, told, account=account, once=once, kind="alert", lane=outbox.ALERT, at=turn.now)


def _home() -> Button:
    return Button("announcement_progress.button_home", "go", arg="thongbao")


def _about(announced: Announced, *before: Line) -> dict[str, object]:
    return {"number": announced.announcement.id, "unit": announced.unit.name, "before": list(before)}


COMMANDS: dict[str, Handler] = {"dunggui": brake, "dung_gui": brake}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "announcement.show": show,
    "announcement.undo": undo,
    "announcement.stop": stop,
    "announcement.go_on": go_on,
    "announcement.give_up": give_up,
    "announcement.mend": mend,
}
