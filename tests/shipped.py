"""What comes with the program, read once a process: the words in Vietnamese, the plans."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo

from bot import programmes
from bot.words import Words
from models.rules.programmes import Programme

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@cache
def words_in(zone: ZoneInfo = HANOI) -> Words:
    return Words(zone)


@cache
def plans() -> tuple[Programme, ...]:
    return programmes.read_all()
