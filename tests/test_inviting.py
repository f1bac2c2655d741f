"""The command `invite` for officers: for all, for the units of a group, for one field; never for what is not there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.inviting import invite
from bot.office import Failed, Office
from bot.settings import Settings
from models import groups, programmes, units
from models.database import Database
from models.tables import Invitation, Unit
from tests.shipped import plans, words_in

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)


def office(db: Database, data_dir: Path) -> Office:
    settings = Settings(_env_file=None, data_dir=data_dir, database_url=db.url)
    return Office(settings, db, Clock(), words_in(settings.zone))


async def province(session: AsyncSession) -> Unit:
    for programme in plans():
        await programmes.store(session, programme.as_dict(), NOW)
    return await units.add(session, code="82", name="Tỉnh Đoàn Đồng Tháp", kind="province", parent=None)


async def test_the_scope_typed_stands_in_the_invitation(sqlite_db: Database, tmp_path: Path) -> None:
    async with sqlite_db.write() as session:
        unit = await province(session)
        group = await groups.make(session, unit, "cluster", "Cụm thi đua số 1", by=None, now=NOW)
        made: list[Invitation] = []
        for typed in ({}, {"group": "cum thi dua so 1"}, {"field": "y-te"}):
            scope = {"group": "", "field": ""} | typed
            made.append((await invite(office(sqlite_db, tmp_path), session, unit, "officer", **scope)).invitation)
    assert [(each.group_id, each.field) for each in made] == [(None, ""), (group.id, ""), (None, "y-te")]


@pytest.mark.parametrize(
    "role, group, field, words",
    [
        ("officer", "Cụm 9", "", "không có cụm, khối nào tên «Cụm 9»"),
        ("officer", "", "yte", "Không có lĩnh vực nào mang mã «yte»"),
        ("officer", "Cụm 9", "y-te", "chỉ dùng cho vai trò officer"),
        ("secretary", "", "y-te", "chỉ dùng cho vai trò officer"),
        ("leader", "", "", "không dùng cho Tỉnh Đoàn Đồng Tháp"),
    ],
)
async def test_what_is_not_there_is_said_and_nothing_is_made(
    sqlite_db: Database, tmp_path: Path, role: str, group: str, field: str, words: str
) -> None:
    async with sqlite_db.write() as session:
        unit = await province(session)
        with pytest.raises(Failed, match=words):
            await invite(office(sqlite_db, tmp_path), session, unit, role, group=group, field=field)
        assert await session.scalar(select(func.count()).select_from(Invitation)) == 0
