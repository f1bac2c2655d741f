"""Word about questions: to the office that has one, to whoever asked; decided once more at the second of sending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox, people, questions
from models.days_off import OfficeCalendar
from models.guides import GuideBook, GuideShelf
from models.messages import Button, Message, unpack
from models.nights import NIGHTFALL
from models.question_desks import desks_above
from models.questions import OPEN, Listed
from models.rules.reminders import Quiet
from models.tables import Account, Outbox, Question
from models.zone import zone_of

KIND = "question"
QUIET = Quiet()
LISTENING = timedelta(hours=1)  # who wrote so lately is awake, and waits for the answer


async def tell_desk(
    session: AsyncSession, question: Question, people_ids: Iterable[int], key: str, now: datetime
) -> int:
    """Tell the people of the office that has it now, at night in the morning. `key`: question.arrived, .more, .passed.

    Returns how many have a chat that takes it.
    """
    listed = await questions.find(session, question.id)
    assert listed is not None
    told = 0
    for person_id in dict.fromkeys(people_ids):
        account = await people.account_of(session, person_id)
        if account is not None:
            once = f"question:{question.id}:{question.version}:desk:{person_id}"
            await _promise(session, question, desk_message(key, listed), account, once, now)
            told += 1
    return told


async def tell_moved(session: AsyncSession, question: Question, now: datetime, *, by_clock: bool) -> None:
    """Tell whoever asked which office has it now, and until when."""
    account = await chat_of_asker(session, question)
    listed = await questions.find(session, question.id)
    if account is None or listed is None:
        return
    values = asker_values(listed) | {"by_clock": by_clock}
    message = Message("question.moved", values, ((Button("question.button_own", "question.own", question.id),),))
    await _promise(session, question, message, account, f"question:{question.id}:{question.version}:asker", now)


async def tell_answer(session: AsyncSession, question: Question, now: datetime) -> datetime | None:
    """Owe the answer to the chat that asked, or to the person's other one. Returns when it goes; None: nobody is left.

    Whoever wrote lately gets it at once, others not at night.
    """
    account = await chat_of_asker(session, question)
    listed = await questions.find(session, question.id)
    if account is None or listed is None:
        return None
    listens = now - account.seen_at < LISTENING
    at, kind = (now, "alert") if listens else (QUIET.quiet_until(now, zone_of(session)), outbox.NEWS)
    again = Button("question.button_again", "question.begin", arg=place_of_question(question))
    message = Message(
        "question.answered", answer_values(listed), ((again, Button("menu.button_menu", "go", arg="menu")),)
    )
    once = f"question:{question.id}:answered"
    await outbox.promise(session, message, account=account, once=once, kind=kind, lane=outbox.ALERT, at=at, now=now)
    return at


async def chat_of_asker(session: AsyncSession, question: Question) -> Account | None:
    """The chat that asked when it still takes messages, else the person's chat used last."""
    account = await session.get(Account, question.account_id) if question.account_id is not None else None
    if account is not None and not account.unreachable:
        return account
    return await people.account_of(session, question.person_id) if question.person_id is not None else None


async def move_overdue(session: AsyncSession, calendar: OfficeCalendar, now: datetime) -> int:
    """What no office answered in its time goes to the next one up, with word to both sides. Returns how many.

    After an outage the next office has its whole time from now on: it could not know before.
    """
    late = await questions.overdue(session, now)
    if not late:
        return 0
    working = await calendar.working_time(session, now)
    for question in late:
        desks = await desks_above(session, question, now)
        if not desks:  # nobody above can be asked any more: who has it keeps it
            question.moves_at = None
            continue
        await questions.move(session, question, desks[0], working, by=None, now=now)
        await tell_desk(session, question, desks[0].people, "question.passed", now)
        await tell_moved(session, question, now, by_clock=True)
    await session.flush()
    return len(late)


async def rest_at_night(session: AsyncSession, now: datetime) -> None:
    """What was owed by day and still waits when the night begins waits for the morning."""
    morning = QUIET.quiet_until(now + NIGHTFALL, zone_of(session))
    if morning > now + NIGHTFALL:
        waiting = (Outbox.kind == KIND, Outbox.state == "ready", Outbox.due_at < morning)
        await session.execute(update(Outbox).where(*waiting).values(due_at=morning))


async def compose(session: AsyncSession, guides: GuideShelf, body: dict[str, Any]) -> Message | None:
    """The message as things stand now; None when the question was answered, withdrawn or moved on meanwhile."""
    listed = await questions.find(session, int(body["question"]))
    if listed is None or listed.question.state != OPEN or listed.question.holder_id != body["holder"]:
        return None
    message = unpack(body)
    if message.key == "question.moved":
        return message
    return replace(desk_message(message.key, listed, await guides.current(session)), place="new")


# --- the words' values ----------------------------------------------------------------------------------------------


def desk_message(key: str, listed: Listed, book: GuideBook | None = None) -> Message:
    """A question as the office gets it, with what can be done."""
    question = listed.question
    answer = Button("question.button_answer", "question.answer", question.id, question.version)
    card = Button("question.button_card", "question.card", question.id)
    return Message(key, desk_values(listed, book), ((answer, card),))


def desk_values(listed: Listed, book: GuideBook | None = None) -> dict[str, Any]:
    """A question as the office sees it: who asked is a name or a guest, never an address."""
    question = listed.question
    guide = book.get(question.guide) if book is not None else None
    return {
        "by": listed.by,
        "unit": listed.unit,
        "holder": listed.holder,
        "text": question.text,
        "announcement": question.announcement_id or 0,
        "guide": guide.short_title if guide else "",
        "step": guide.step(question.step).title if guide and guide.has_step(question.step) else "",
        "at": question.asked_at,
        "until": question.moves_at,
    }


def asker_values(listed: Listed) -> dict[str, Any]:
    question = listed.question
    announcement = question.announcement_id or 0
    return {"text": question.text, "holder": listed.holder, "until": question.moves_at, "announcement": announcement}


def answer_values(listed: Listed) -> dict[str, Any]:
    """An answer as whoever asked gets it, with the question quoted."""
    question = listed.question
    return {
        "text": question.text,
        "answer": question.answer,
        "by": listed.answerer,
        "holder": listed.holder,
        "at": question.answered_at,
    }


def place_of_question(question: Question) -> str:
    """The guide and step as a button carries them: "G01.kich-hoat", "G01" or nothing."""
    return f"{question.guide}.{question.step}" if question.step else question.guide


async def _promise(
    session: AsyncSession, question: Question, message: Message, account: Account, once: str, now: datetime
) -> None:
    at = QUIET.quiet_until(now, zone_of(session))
    extra = {"question": question.id, "holder": question.holder_id}
    await outbox.promise(
        session, message, account=account, once=once, kind=KIND, lane=outbox.ALERT, at=at, now=now, extra=extra
    )
