"""What stood behind a report made of reports when it was sent, and what has changed below since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, ScalarSelect, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.consolidation import Consolidated, answers, source_of, sources
from models.consolidation_periods import Source, chunks
from models.rules.forms import Form, Value
from models.rules.reports import read_value
from models.rules.totals import Total
from models.tables import Part, PeriodRow, Report, Revision, Unit


@dataclass(frozen=True, slots=True)
class Moved:
    """What became different below since a report was sent: the parts `changed`, filed since (`new`), or no longer
    counted (`gone`); and by indicator the total sent and the total now."""

    changed: tuple[Source, ...]
    new: tuple[Source, ...]
    gone: tuple[Source, ...]
    totals: Mapping[str, tuple[Total, Total]]
    sent: Consolidated

    @property
    def count(self) -> int:
        return len(self.changed) + len(self.new) + len(self.gone)


async def freeze(session: AsyncSession, report_id: int, revision: int, parts: Consolidated | None) -> None:
    """Write down which revision of which part stands behind a revision of a report that is being sent."""
    ids = [each.report_id for each in parts.parts if each.report_id is not None] if parts else []
    columns = ["report_id", "revision", "from_report_id", "from_revision"]
    for some in chunks(ids):
        rows = select(literal(report_id, BigInteger), literal(revision, BigInteger), Report.id, _latest(Report.id))
        await session.execute(insert(Part).from_select(columns, rows.where(Report.id.in_(some)).order_by(Report.id)))


def _latest(report_id: object) -> ScalarSelect[int]:
    """The number of the last revision of a report that was sent."""
    statement = select(func.coalesce(func.max(Revision.number), 1))
    return statement.where(Revision.report_id == report_id, Revision.number > 0).scalar_subquery()


async def moved_since(session: AsyncSession, report: Report, form: Form, parts: Consolidated) -> Moved:
    """How the parts of a sent report differ from those behind its last revision."""
    frozen, differing = await _frozen(session, report.id)
    now = {each.report_id: each for each in parts.parts if each.report_id is not None}
    changed = [each for each in now if each in differing]
    new = [each for each in now if each not in frozen]
    lost = frozen - now.keys()
    if not (changed or new or lost):
        return Moved((), (), (), {}, parts)
    gone = await _sources(session, lost, parts)
    then = await _snapshots(session, report.id, [*changed, *lost])
    values = await answers(session, [*changed, *new])
    before = (*(now[each] for each in changed), *gone)
    sent = Consolidated(
        parts.level,
        parts.blocks,
        (),
        parts.ground,
        without={each: values.get(each, {}) for each in (*changed, *new)},
        besides=tuple((each, then.get(each.report_id or 0, {})) for each in before),
    )
    pairs = {each.code: (sent.total(each), parts.total(each)) for each in form.indicators if each.is_number}
    totals = {
        code: pair for code, pair in pairs.items() if (pair[0].number, pair[0].of) != (pair[1].number, pair[1].of)
    }
    return Moved(tuple(now[each] for each in changed), tuple(now[each] for each in new), tuple(gone), totals, sent)


async def _frozen(session: AsyncSession, report_id: int) -> tuple[set[int], set[int]]:
    """The parts behind the last revision of a report, and those of them that were sent anew since."""
    mine = (Part.report_id == report_id, Part.revision == _last(report_id))
    parts = set((await session.scalars(select(Part.from_report_id).where(*mine))).all())
    differ = select(Part.from_report_id).where(*mine, Part.from_revision != _latest(Part.from_report_id))
    return parts, set((await session.scalars(differ)).all())


def _last(report_id: int) -> ScalarSelect[int | None]:
    return select(func.max(Revision.number)).where(Revision.report_id == report_id).scalar_subquery()


async def _sources(session: AsyncSession, report_ids: Collection[int], parts: Consolidated) -> list[Source]:
    """Reports that were parts when it was sent, as they stand now."""
    statement = sources().join(PeriodRow, PeriodRow.id == Report.period_id).join(Unit, Unit.id == Report.unit_id)
    found: list[Source] = []
    for some in chunks(sorted(report_ids)):
        rows = await session.execute(statement.where(Report.id.in_(some)).order_by(Unit.path))
        found += [source_of(row, parts.ground) for row in rows]
    return found


async def _snapshots(session: AsyncSession, report_id: int, ids: Collection[int]) -> dict[int, dict[str, Value]]:
    """What these parts said in the revision that stands behind the report."""
    mine = (Part.report_id == report_id, Part.revision == _last(report_id))
    statement = (
        select(Part.from_report_id, Revision.snapshot)
        .join(Revision, (Revision.report_id == Part.from_report_id) & (Revision.number == Part.from_revision))
        .where(*mine)
    )
    found: dict[int, dict[str, Value]] = {}
    for some in chunks(sorted(ids)):
        for each, snapshot in await session.execute(statement.where(Part.from_report_id.in_(some))):
            said = snapshot["answers"].items()
            found[each] = {code: read_value(text) for code, text in said if isinstance(text, str)}
    return found
