"""Questions to an office (hỏi đáp): asked, added to, withdrawn, moved to another office, answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.question_desks import Desk, desks_above, desks_from, top_desk
from models.rules.questions import ANSWERED_WITHIN
from models.rules.working_hours import WorkingTime
from models.tables import Account, Person, Question, Unit
from models.units import below

OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"
SEARCHED = 500  # answered questions looked through, the latest first


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose questions are meant: those of this chat, and those of the person behind it from any chat."""

    account_id: int
    person_id: int | None

    @property
    def owns(self) -> ColumnElement[bool]:
        mine = Question.account_id == self.account_id
        return mine if self.person_id is None else or_(mine, Question.person_id == self.person_id)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and about which step of which guide (each may be empty), from which unit.

    `announcement_id`: of the announcement that it answers; `office`: the one meant, else the nearest that can answer.
    """

    text: str
    unit: Unit
    guide: str = ""
    step: str = ""
    announcement_id: int | None = None
    office: Unit | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A question with the name of who asked (empty: a guest), of the unit they asked from, of the office that has it,
    and of who answered."""

    question: Question
    by: str
    unit: str
    holder: str
    answerer: str = ""


def _listed() -> Select[Any]:
    place, office = Unit.__table__.alias("place"), Unit.__table__.alias("office")
    asker, answerer = Person.__table__.alias("asker"), Person.__table__.alias("answerer")
    return (
        select(Question, asker.c.name, place.c.name, office.c.name, answerer.c.name)
        .join(place, place.c.id == Question.unit_id)
        .join(office, office.c.id == Question.holder_id)
        .outerjoin(asker, asker.c.id == Question.person_id)
        .outerjoin(answerer, answerer.c.id == Question.answered_by)
    )


async def _rows(session: AsyncSession, statement: Select[Any]) -> list[Listed]:
    found = (await session.execute(statement)).all()
    return [Listed(one, by or "", unit, holder, answerer or "") for one, by, unit, holder, answerer in found]


async def find(session: AsyncSession, question_id: int, *, lock: bool = False) -> Listed | None:
    """One question; with `lock` nobody else changes it until this transaction ends."""
    if lock:
        held = select(Question).where(Question.id == question_id).with_for_update()
        await session.execute(held.execution_options(populate_existing=True))
    found = await _rows(session, _listed().where(Question.id == question_id))
    return found[0] if found else None


async def find_own(session: AsyncSession, question_id: int, asker: Asker) -> Listed | None:
    """The same for one of the asker's own, locked."""
    mine = await session.scalar(select(Question.id).where(Question.id == question_id, asker.owns))
    return None if mine is None else await find(session, question_id, lock=True)


async def own(session: AsyncSession, asker: Asker, offset: int = 0, limit: int = 100) -> list[Listed]:
    """The asker's questions, the latest first."""
    order = (Question.asked_at.desc(), Question.id.desc())
    return await _rows(session, _listed().where(asker.owns).order_by(*order).offset(offset).limit(limit))


async def count_own(session: AsyncSession, asker: Asker, *, still_open: bool = False) -> int:
    statement = select(func.count()).select_from(Question).where(asker.owns)
    return await session.scalar(statement.where(Question.state == OPEN) if still_open else statement) or 0


async def same_open(session: AsyncSession, asker: Asker, asked: Asked) -> Question | None:
    """The very question that waits already: a second tap asks nothing anew."""
    same = (Question.text == asked.text, Question.guide == asked.guide, Question.state == OPEN)
    about = Question.announcement_id == asked.announcement_id  # None: is null
    return await session.scalar(select(Question).where(asker.owns, *same, about).limit(1))


async def last_place(session: AsyncSession, account_id: int) -> Unit | None:
    """From which unit this chat asked last."""
    mine = select(Question.unit_id).where(Question.account_id == account_id).order_by(Question.id.desc()).limit(1)
    unit_id = await session.scalar(mine)
    return await session.get(Unit, unit_id) if unit_id is not None else None


# --- a question's life ----------------------------------------------------------------------------------------------


async def ask(
    session: AsyncSession, asker: Asker, asked: Asked, working: WorkingTime, now: datetime
) -> tuple[Question, Desk]:
    """Give the question to the nearest office that can answer. Returns it and that office."""
    office = asked.office or asked.unit
    desks = await desks_from(session, office, now, asker.person_id)
    desk = desks[0] if desks else await top_desk(session, office)
    question = Question(
        account_id=asker.account_id,
        person_id=asker.person_id,
        unit_id=asked.unit.id,
        holder_id=desk.unit.id,
        guide=asked.guide,
        step=asked.step,
        announcement_id=asked.announcement_id,
        text=asked.text,
        state=OPEN,
        asked_at=now,
        moves_at=working.add(now, ANSWERED_WITHIN) if len(desks) > 1 else None,
        version=1,
    )
    session.add(question)
    await session.flush()
    _note(session, question, "question.ask", asker.person_id, now)
    return question, desk


async def add_line(session: AsyncSession, question: Question, text: str, *, by: int | None, now: datetime) -> None:
    """The whole text, with what the asker added."""
    question.text = text
    question.version += 1
    _note(session, question, "question.add", by, now)
    await session.flush()


async def withdraw(session: AsyncSession, question: Question, *, by: int | None, now: datetime) -> None:
    question.state, question.moves_at = WITHDRAWN, None
    question.version += 1
    _note(session, question, "question.withdraw", by, now)
    await session.flush()


async def answer(session: AsyncSession, question: Question, text: str, *, by: int, now: datetime) -> None:
    question.state, question.answer, question.moves_at = ANSWERED, text, None
    question.answered_by, question.answered_at = by, now
    question.version += 1
    _note(session, question, "question.answer", by, now)
    await session.flush()


async def move(
    session: AsyncSession, question: Question, desk: Desk, working: WorkingTime, *, by: int | None, now: datetime
) -> None:
    """Another office has it from now on, with all its time before the next one up is asked. `by` None: the clock."""
    question.holder_id = desk.unit.id
    is_last = not await desks_above(session, question, now)
    question.moves_at = None if is_last else working.add(now, ANSWERED_WITHIN)
    question.version += 1
    _note(session, question, "question.move", by, now)
    await session.flush()


async def keep_time(session: AsyncSession, before: WorkingTime, after: WorkingTime, now: datetime) -> int:
    """The days off are others than before: an office keeps the working time it still had for each question. Returns
    for how many questions that is another moment."""
    waits = (Question.state == OPEN, Question.moves_at > now)
    moved = 0
    for question in await session.scalars(select(Question).where(*waits).with_for_update()):
        assert question.moves_at is not None
        moves_at = after.add(now, before.between(now, question.moves_at))
        if moves_at != question.moves_at:
            question.moves_at = moves_at
            moved += 1
    await session.flush()
    return moved


async def overdue(session: AsyncSession, now: datetime) -> Sequence[Question]:
    """Open questions whose office has had its time, the longest waiting first."""
    late = (Question.state == OPEN, Question.moves_at <= now)
    return (await session.scalars(select(Question).where(*late).order_by(Question.moves_at).with_for_update())).all()


def _note(session: AsyncSession, question: Question, action: str, by: int | None, now: datetime) -> None:
    detail = {"holder": question.holder_id, "guide": question.guide}
    about = f"question:{question.id}"
    audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=question.unit_id, detail=detail)


# --- an office's work -----------------------------------------------------------------------------------------------


def _held(unit: Unit, *, whole: bool) -> ColumnElement[bool]:
    """That this very unit has the question, or with `whole` any unit of its subtree."""
    return Question.holder_id.in_(select(Unit.id).where(below(unit.path))) if whole else Question.holder_id == unit.id


async def waiting(session: AsyncSession, unit: Unit, *, whole: bool, offset: int = 0, limit: int = 100) -> list[Listed]:
    """What waits for an answer there, the oldest first."""
    mine = _listed().where(Question.state == OPEN, _held(unit, whole=whole))
    return await _rows(session, mine.order_by(Question.asked_at, Question.id).offset(offset).limit(limit))


async def count_waiting(session: AsyncSession, unit: Unit, *, whole: bool = False) -> int:
    statement = select(func.count()).select_from(Question).where(Question.state == OPEN, _held(unit, whole=whole))
    return await session.scalar(statement) or 0


async def count_answered(session: AsyncSession, unit: Unit) -> int:
    statement = select(func.count()).select_from(Question).where(Question.state == ANSWERED, _held(unit, whole=True))
    return await session.scalar(statement) or 0


async def answered(session: AsyncSession, unit: Unit, offset: int = 0, limit: int = SEARCHED) -> list[Listed]:
    """What was answered in the subtree, the latest first."""
    mine = _listed().where(Question.state == ANSWERED, _held(unit, whole=True))
    order = (Question.answered_at.desc(), Question.id.desc())
    return await _rows(session, mine.order_by(*order).offset(offset).limit(limit))


# --- what is kept about people --------------------------------------------------------------------------------------


async def of_person(session: AsyncSession, person_id: int) -> list[Listed]:
    """The questions that somebody asked, and those that they answered."""
    mine = or_(Question.person_id == person_id, Question.answered_by == person_id)
    return await _rows(session, _listed().where(mine).order_by(Question.id))


async def forget(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Somebody is erased: what they asked has no asker any more, and what still waits is withdrawn."""
    accounts = select(Account.id).where(Account.person_id == person_id)
    mine = or_(Question.person_id == person_id, Question.account_id.in_(accounts))
    quiet = {"synchronize_session": False}
    unanswered = update(Question).where(mine, Question.state == OPEN).values(state=WITHDRAWN, moves_at=None)
    await session.execute(unanswered.execution_options(**quiet))
    bare = update(Question).where(mine).values(person_id=None, account_id=None, version=Question.version + 1)
    await session.execute(bare.execution_options(**quiet))
