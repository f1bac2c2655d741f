"""«Đã nắm»: whoever got an announcement says that they know it, by the button or in words, once."""

from __future__ import annotations

from dataclasses import replace

from handlers.access import public
from handlers.announcement_aside import beside
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import announcement_corrections, announcement_proof
from models.announcement_messages import message_of
from models.messages import Button, Message
from models.received_announcements import Received
from models.rules import Refusal
from models.rules.announcement_words import confirmed_number

FILES = "announcement_files"  # the value of an announcement that brings its files along


async def own(turn: Turn, recipient_id: int) -> Received:
    """What the speaker got themselves; for anything else the answer is that there is none."""
    found = await announcement_proof.own(turn.session, recipient_id, turn.actor.person_id)
    if found is None:
        raise Refusal("permission.not_found")
    return found


@public
async def confirm(turn: Turn) -> list[Message]:
    """The button: its card stays the announcement with its files, and says from now on that it was confirmed."""
    received = await own(turn, turn.press.object)
    if not received.holds:
        return [await over(turn, received)]
    if not received.announced.announcement.asks_proof:
        return [beside(turn, _body(received))]
    if turn.incoming.kind != "button":
        return [await _said(turn, received)]
    is_new = await announcement_proof.confirm(turn.session, received, turn.now)
    shown = _body(received)
    values = {name: value for name, value in shown.values.items() if name != FILES}  # they stand with it already
    notice = "announcement_proof.noted" if is_new else "announcement_proof.noted_before"
    rows = (*shown.buttons, *_again(received))
    noted = replace(shown, values=values, buttons=rows, notice=notice, place="card", keeps_files=True)
    return [beside(turn, noted)]


@public
async def typed(turn: Turn) -> list[Message]:
    """ "đã nắm", alone or with the number of the announcement; which one is meant is asked, never guessed."""
    person_id = turn.actor.person_id
    if person_id is None:
        return [_nothing(turn)]
    number = confirmed_number(turn.text) or 0
    waiting = await announcement_proof.unconfirmed_of(turn.session, person_id)
    if number:
        meant = next((each for each in waiting if each.number == number), None)
        meant = meant or await announcement_proof.own_of(turn.session, number, person_id)
        if meant is not None and meant.announced.announcement.asks_proof:
            return [await _said(turn, await own(turn, meant.recipient.id))]
    if not waiting:
        return [_nothing(turn)]
    if len(waiting) == 1 and not number:
        return [await _said(turn, await own(turn, waiting[0].recipient.id))]
    return [_which(turn, waiting)]


@public
async def typed_one(turn: Turn) -> list[Message]:
    """ "1" or "dạ rõ", right below an announcement that asks for it."""
    shown = await announcement_proof.shown_last(
        turn.session, turn.incoming.channel, turn.incoming.address, turn.talk, turn.now
    )
    return [await _said(turn, await own(turn, shown))]


async def is_one_meant(turn: Turn) -> bool:
    """Whether the last thing this chat was shown is an announcement that waits for the speaker's word."""
    where = (turn.incoming.channel, turn.incoming.address)
    shown = await announcement_proof.shown_last(turn.session, *where, turn.talk, turn.now)
    found = await announcement_proof.own(turn.session, shown, turn.actor.person_id) if shown else None
    if found is None or not found.holds:
        return False
    return found.announced.announcement.asks_proof and found.recipient.confirmed_at is None


async def _said(turn: Turn, received: Received) -> Message:
    """Confirmed in words: a line below them, for the announcement stands further up."""
    if not received.holds:
        return await over(turn, received)
    is_new = await announcement_proof.confirm(turn.session, received, turn.now)
    assert turn.actor.person_id is not None
    left = await announcement_proof.unconfirmed_of(turn.session, turn.actor.person_id)
    values = {
        "number": received.number,
        "unit": received.announced.unit.name,
        "at": received.recipient.confirmed_at,
        "is_new": is_new,
        "left": len(left),
    }
    more = tuple((_known(each),) for each in left[:3])
    reply = Button("announcement.button_reply", "announcement.reply", received.recipient.id)
    return beside(turn, Message("announcement_proof.said", values, (*more, *_again(received), (reply, go("menu")))))


def _which(turn: Turn, waiting: list[Received]) -> Message:
    rows = tuple((_known(each),) for each in waiting[:6])
    values = {"count": len(waiting)}
    return beside(turn, Message("announcement_proof.which", values, (*rows, (go("menu"),))))


def _known(received: Received) -> Button:
    values = {"number": received.number}
    return Button("announcement_proof.button_known", "announcement.confirm", received.recipient.id, values=values)


def _nothing(turn: Turn) -> Message:
    return beside(turn, Message("announcement_proof.nothing", {}, ((go("menu"),),)))


async def over(turn: Turn, received: Received) -> Message:
    """It was taken back, or another one took its place, which the person may have too."""
    announcement = received.announced.announcement
    values = {"number": received.number, "state": announcement.state, "reason": announcement.reason, "newer": 0}
    newer = await announcement_corrections.newest(turn.session, announcement.id)
    rows: list[tuple[Button, ...]] = [(go("menu"),)]
    if newer is not None:
        values |= {"newer": newer.id}
        mine = await announcement_proof.own_of(turn.session, newer.id, turn.person_id)
        if mine is not None:
            at_it = {"number": newer.id}
            rows.insert(
                0, (Button("announcement_proof.button_newer", "announcement.read", mine.recipient.id, values=at_it),)
            )
    return beside(turn, Message("announcement_proof.over", values, tuple(rows), place="new"))


def _again(received: Received) -> tuple[tuple[Button, ...], ...]:
    """The way to its files, for whoever pressed the button of a message that came without them."""
    if not received.announced.announcement.files:
        return ()
    return ((Button("announcement_proof.button_files", "announcement.read", received.recipient.id),),)


def _body(received: Received) -> Message:
    recipient, announcement = received.recipient, received.announced.announcement
    return message_of(
        received.announced,
        recipient_id=recipient.id,
        replaces=announcement.replaces_id or 0,
        confirmed_at=recipient.confirmed_at,
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.confirm": confirm}
