"""`python -m bot doctor`: looks at settings, database, channels and clock, and says what to do about what is wrong."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from bot import opening
from bot.channels.telegram import Telegram
from bot.settings import Settings, WrongSetting, read_settings
from bot.units import root_row
from bot.words import Words
from models import people, schema, units
from models.database import Database, UnsafeDatabase
from models.rules.delivery import SendFailed

LITTLE_ROOM = 0.15  # share of the disk; below it SQLite and photos soon have nowhere to go


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    fine: bool
    sentence: str
    to_do: bool = False  # nothing is wrong, but there is a next step

    @property
    def mark(self) -> str:
        return "→" if self.to_do else "✓" if self.fine else "✗"


async def examine(*, is_demo: bool) -> list[Finding]:
    """Every finding, whether fine or not, in the order in which to mend them. Nothing is changed by looking."""
    try:
        settings = opening.apart(read_settings()) if is_demo else read_settings()
    except WrongSetting as wrong:
        return [Finding("settings", False, str(wrong))]
    words = Words(settings.zone)
    findings = [Finding("settings", True, words.label("doctor.settings_fine"))]
    findings += [await _database(settings, words), await _telegram(settings, words), _disk(settings, words)]
    return findings


async def _database(settings: Settings, words: Words) -> Finding:
    if not opening.is_made(settings):
        return Finding("database", True, words.label("doctor.no_database"), to_do=True)
    db = Database(settings.database_url, settings.zone)
    try:
        await db.refuse_unsafe()
        if await schema.revision(db) != schema.head():
            return Finding("database", True, words.label("doctor.old_schema"), to_do=True)
        return await _administrator(db, words)
    except (UnsafeDatabase, SQLAlchemyError, OSError) as error:
        return Finding("database", False, words.label("doctor.database_wrong", {"reason": type(error).__name__}))
    finally:
        await db.close()


async def _administrator(db: Database, words: Words) -> Finding:
    async with db.read() as session:
        fine = await people.has_administrator(session, datetime.now(UTC))
        root = await units.root(session)
    code = root.code if root else root_row().code
    key = "doctor.database_fine" if fine else "doctor.no_administrator"
    return Finding("database", True, words.label(key, {"root": code}), to_do=not fine)


async def _telegram(settings: Settings, words: Words) -> Finding:
    if settings.telegram_bot_token is None:
        return Finding("telegram", True, words.label("doctor.telegram_unused"))
    channel = Telegram(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_base, settings.data_dir)
    try:
        skew = await channel.clock_skew()
        await channel.look_up_name()
    except SendFailed as failure:
        return Finding("telegram", False, words.label("doctor.telegram_wrong", {"reason": failure.reason}))
    finally:
        await channel.close()
    if skew is not None and abs(skew) > MOST_SKEW:
        return Finding("clock", False, words.label("doctor.clock_wrong", {"seconds": round(skew)}))
    return Finding("telegram", True, words.label("doctor.telegram_fine", {"username": channel.username}))


MOST_SKEW = 120  # seconds; whether a report is on time must not hang on a wrong clock


def _disk(settings: Settings, words: Words) -> Finding:
    usage = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".")
    values = {"free": usage.free // 1_000_000_000}
    fine = usage.free / usage.total >= LITTLE_ROOM
    return Finding("disk", fine, words.label("doctor.disk_fine" if fine else "doctor.disk_full", values))
