"""The setting TIMEZONE rules over days and deadlines, not only over how they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models import deadlines
from models import programmes as library
from models.database import Database
from models.programmes import Library
from models.tables import PeriodRow
from tests.databases import Databases
from tests.shipped import plans

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)


async def test_a_deadline_is_the_end_of_the_day_in_the_zone_of_the_office(all_databases: Databases) -> None:
    for name, due in (("Asia/Ho_Chi_Minh", 16), ("UTC", 23), ("Asia/Tokyo", 14)):
        async with all_databases.fresh("sqlite") as fresh:
            db = Database(fresh.url, ZoneInfo(name))
            async with db.write() as session:
                for programme in plans():
                    await library.store(session, programme.as_dict(), NOW)
                await deadlines.open_periods(session, Library(), NOW)
            async with db.read() as session:
                moment = await session.scalar(select(PeriodRow.due_at).where(PeriodRow.key == "2026-11"))
            await db.close()
        assert moment == datetime(2026, 11, 25, due, 59, 59, tzinfo=UTC), name
