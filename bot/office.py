"""What a command works in: settings read, logs set up, the database open; every way this can fail has a sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot import opening
from bot.clock import Clock, kept_clock
from bot.logs import set_up_logs
from bot.settings import Settings, WrongSetting, read_settings
from bot.words import Words
from models.database import Database, UnsafeDatabase
from models.rules import Refusal
from models.schema import UnknownSchema

USAGE = 2  # exit status for something asked for wrongly
CONFIGURATION = 78  # exit status for settings or a database that cannot be used (sysexits.h, EX_CONFIG)


class Failed(Exception):
    """The command did not do what was asked; the sentence says why and what to do."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Office:
    """What most commands need: the settings, an open database, the clock and the words."""

    settings: Settings
    db: Database
    clock: Clock
    words: Words


def read_office(*, is_demo: bool) -> tuple[Settings, Words]:
    """The settings, those of the demo when it is meant, and the words. Raises Failed."""
    try:
        settings = read_settings()
    except WrongSetting as wrong:
        raise Failed(f"Settings: {wrong}", CONFIGURATION) from None
    settings = opening.apart(settings) if is_demo else settings
    set_up_logs(settings.log_level, opening.secrets_of(settings))
    return settings, Words(settings.zone)


@contextmanager
def plainly(words: Words) -> Iterator[None]:
    """What a rule refuses becomes its sentence, never a traceback."""
    try:
        yield
    except Refusal as no:
        raise Failed(words.label(no.key, no.values), USAGE) from None


@asynccontextmanager
async def open_office(*, is_demo: bool) -> AsyncIterator[Office]:
    """An office with its database open. Raises Failed with the sentence to print."""
    settings, words = read_office(is_demo=is_demo)
    try:
        db = await opening.open_database(settings)
    except UnsafeDatabase:
        raise Failed("The database confirms before data is on disk (synchronous_commit=off).", CONFIGURATION) from None
    except UnknownSchema as newer:
        raise Failed(f"The database is of a newer version ({newer}); update the program.", CONFIGURATION) from None
    except (OSError, SQLAlchemyError) as error:
        raise Failed(
            f"The database cannot be opened ({type(error).__name__}): see DATABASE_URL.", CONFIGURATION
        ) from None
    try:
        with plainly(words):
            yield Office(settings, db, await kept_clock(db) if is_demo else Clock(), words)
    finally:
        await db.close()
