"""Telegram's usual updates are read without python-telegram-bot's objects, and mean the same as with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram import reading
from tests.spine import presses, says

NAMES: list[dict[str, Any]] = [
    {},
    {"last_name": "Nguyễn"},
    {"last_name": ""},
    {"username": "lan", "language_code": "vi"},
]


def named(update: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    carrier = update.get("message") or update["callback_query"]
    carrier["from"] |= more
    return update


@pytest.mark.parametrize("more", NAMES)
@pytest.mark.parametrize("update", [says(7, 5, "120"), says(7, 5, "/start ABC"), presses(8, 5, "go:0:0:menu~x")])
def test_the_short_way_reads_what_the_long_way_reads(update: dict[str, Any], more: dict[str, Any]) -> None:
    payload = named(update, more)
    short = reading._usual(payload)
    long = reading._any(Update.de_json(payload, None))
    assert short is not None
    assert long is not None
    if long.kind == "button":  # a press carries no date of its own
        short = replace(short, at=long.at)
    assert short == long


@pytest.mark.parametrize(
    "change",
    [
        {"chat": {"id": -5, "type": "group", "title": "Nhóm"}},
        {"from": {"id": 5, "is_bot": True, "first_name": "bot"}},
        {"text": None},
        {"date": "yesterday"},
    ],
)
def test_anything_unusual_goes_the_long_way(change: dict[str, Any]) -> None:
    payload = says(7, 5, "120")
    payload["message"] |= change
    assert reading._usual(payload) is None
    assert reading._usual({"update_id": 7, "edited_message": says(7, 5, "12")["message"]}) is None
