"""Somebody's deadlines as an .ics: a phone's calendar takes it, and taking a newer one again moves what has moved."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path

from icalendar import Alarm, Calendar, Event

from bot.files import EXPORTS
from bot.whole_files import appearing
from bot.words import Words
from models import due_dates
from models.database import Database
from models.due_dates import DueDate
from models.messages import Document
from models.programmes import Library
from models.rules.periods import ONE_DAY, local_day, local_time, moment_of

ICS = "text/calendar"
SHOWN_FOR = timedelta(minutes=30)  # ending with the deadline: calendars draw what has no length as nothing, or a day
WAKES_AT = time(8)
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)  # changes are counted in minutes from here: SEQUENCE only ever grows


async def document(
    db: Database, library: Library, words: Words, data_dir: Path, person_id: int, now: datetime
) -> Document:
    """The deadlines of the year ahead of one person."""
    async with db.read() as session:
        days = await due_dates.year_ahead(session, library, person_id, now)
    path = await asyncio.to_thread(_write, data_dir, days, words, db.zone, now)
    return Document(path, "lich-han.ics", ICS)


def _write(data_dir: Path, days: Sequence[DueDate], words: Words, zone: tzinfo, now: datetime) -> str:
    """The file appears whole or not at all."""
    content = drawn(days, words, zone, now)
    path = f"{EXPORTS}/calendar-{hashlib.sha256(content).hexdigest()[:40]}.ics"
    target = data_dir / path
    with appearing(target) as half:
        half.write_bytes(content)
    return path


def drawn(days: Sequence[DueDate], words: Words, zone: tzinfo, now: datetime) -> bytes:
    """The calendar with its time zone in it (RFC 5545)."""
    made = Calendar()
    made.add("prodid", "-//So Tay So//VI")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", words.label("calendar_file.name"))
    for day in days:
        made.add_component(_event(day, words, zone, now))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _event(day: DueDate, words: Words, zone: tzinfo, now: datetime) -> Event:
    ends = local_time(day.due, zone).replace(second=0)
    values = {"due": day.due, "key": day.key, "title": day.title, "unit": day.unit, "filed": day.filed}
    event = Event()
    event.add("uid", day.uid)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", _changes(day.changed_at))
    event.add("dtstart", ends - SHOWN_FOR)
    event.add("dtend", ends)
    summary = words.label("calendar_file.summary", values)
    event.add("summary", summary)
    event.add("description", words.label("calendar_file.description", values))
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    if not day.filed:
        for wakes in _wakes(ends, zone):
            event.add_component(_alarm(wakes - (ends - SHOWN_FOR), summary))
    return event


def _changes(changed_at: datetime | None) -> int:
    return 0 if changed_at is None else max(1, int((changed_at - BEGINNING).total_seconds() // 60))


def _wakes(ends: datetime, zone: tzinfo) -> list[datetime]:
    """At eight the day before, and at eight on the day when that is early enough."""
    today = local_day(ends, zone)
    mornings = [moment_of(each, WAKES_AT, zone) for each in (today - ONE_DAY, today)]
    return [each for each in mornings if each < ends - SHOWN_FOR]


def _alarm(before: timedelta, words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", before)
    alarm.add("description", words)
    return alarm
