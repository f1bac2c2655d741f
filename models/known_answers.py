"""Answers worth giving again (câu hỏi thường gặp): kept by an office for itself and everybody below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules.known_answers import Answerable, fitting
from models.rules.trees import ids_of
from models.tables import KnownAnswer, Question, Unit


@dataclass(frozen=True, slots=True)
class Known:
    """A known answer with the unit that keeps it."""

    row: KnownAnswer
    unit: Unit


def _above(paths: Iterable[str]) -> ColumnElement[bool]:
    """That it is kept by one of the units at these paths, or by one above them."""
    ids = {unit_id for path in paths for unit_id in ids_of(path)}
    return KnownAnswer.unit_id.in_(ids)


async def find(session: AsyncSession, known_id: int) -> Known | None:
    """One that was not taken out again."""
    statement = select(KnownAnswer, Unit).join(Unit, Unit.id == KnownAnswer.unit_id).where(KnownAnswer.id == known_id)
    row = (await session.execute(statement.where(KnownAnswer.removed_at.is_(None)))).one_or_none()
    return None if row is None else Known(*row)


async def of_guide(session: AsyncSession, guide: str, paths: Iterable[str]) -> Sequence[KnownAnswer]:
    """Those about that guide that hold for the units at these paths, the most helpful first."""
    statement = select(KnownAnswer).where(_above(paths), KnownAnswer.guide == guide, KnownAnswer.removed_at.is_(None))
    return (await session.scalars(statement.order_by(KnownAnswer.helped.desc(), KnownAnswer.id.desc()))).all()


async def likely(session: AsyncSession, question: str, guide: str, paths: Iterable[str]) -> list[KnownAnswer]:
    """Those that may answer the question, the best first."""
    statement = select(KnownAnswer).where(_above(paths), KnownAnswer.removed_at.is_(None))
    rows = {row.id: row for row in await session.scalars(statement)}
    found = fitting(question, guide, [Answerable(row.id, row.guide, row.text, row.helped) for row in rows.values()])
    return [rows[known_id] for known_id in found]


async def from_question(session: AsyncSession, question_id: int) -> KnownAnswer | None:
    """What was made of that question, unless it was taken out again."""
    made = (KnownAnswer.question_id == question_id, KnownAnswer.removed_at.is_(None))
    return await session.scalar(select(KnownAnswer).where(*made).limit(1))


async def keep(
    session: AsyncSession, question: Question, text: str, answer: str, *, by: int, now: datetime
) -> KnownAnswer:
    """Keep an answer, in the words that are to be shown, for the office that gave it and everybody below."""
    await session.execute(select(Question.id).where(Question.id == question.id).with_for_update())
    there = await from_question(session, question.id)
    if there is not None:
        return there
    known = KnownAnswer(
        unit_id=question.holder_id,
        guide=question.guide,
        question_id=question.id,
        text=text,
        answer=answer,
        person_id=by,
        at=now,
        helped=0,
        version=1,
    )
    session.add(known)
    await session.flush()
    _note(session, known, "known_answer.keep", by, now)
    return known


async def remove(session: AsyncSession, known: KnownAnswer, *, by: int, now: datetime) -> None:
    known.removed_at = now
    known.version += 1
    _note(session, known, "known_answer.remove", by, now)
    await session.flush()


async def found_helpful(session: AsyncSession, known_id: int) -> None:
    """One more whom it spared a question."""
    row = await session.get(KnownAnswer, known_id, with_for_update=True, populate_existing=True)
    if row is not None:
        row.helped += 1
        await session.flush()


async def of_person(session: AsyncSession, person_id: int) -> Sequence[KnownAnswer]:
    """Those that somebody put there."""
    return (await session.scalars(select(KnownAnswer).where(KnownAnswer.person_id == person_id))).all()


def _note(session: AsyncSession, known: KnownAnswer, action: str, by: int, now: datetime) -> None:
    about = f"known_answer:{known.id}"
    audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=known.unit_id)
