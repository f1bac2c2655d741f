"""Answers to an announcement: they lie at the desk of the office that sent it, as a question like every other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import question_news, questions
from models.announcement_proof import arrived
from models.questions import Asked, Asker
from models.received_announcements import Received
from models.rules.working_hours import WorkingTime
from models.tables import Question, Unit


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply on its way: the office that has it now, and how many there were told."""

    question: Question
    office: Unit
    told: int


async def asked_by(session: AsyncSession, received: Received, text: str) -> Asked:
    """The reply as a question to the office that sent the announcement, from the unit for which it was received."""
    office = received.announced.unit
    unit = await session.get(Unit, received.recipient.unit_id or office.id)
    return Asked(text, unit or office, announcement_id=received.number, office=office)


async def reply(
    session: AsyncSession, asker: Asker, received: Received, asked: Asked, working: WorkingTime, now: datetime
) -> Replied:
    """Put it on the office's desk. The author is told while they still sit there; else everybody at the desk.

    Whoever answers it has it, whatever the channel could say about that.
    """
    question, desk = await questions.ask(session, asker, asked, working, now)
    author = received.announced.announcement.author_id
    people = [author] if author is not None and author in desk.people else list(desk.people)
    told = await question_news.tell_desk(session, question, people, "question.arrived", now)
    arrived(received.recipient)
    await session.flush()
    return Replied(question, desk.unit, told)
