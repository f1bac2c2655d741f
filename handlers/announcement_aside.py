"""What is said between two steps of something else: a word about an announcement, while a report is being written."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from handlers import menu
from handlers.turn import Turn
from models.messages import Button, Expects, Message


def beside(turn: Turn, message: Message) -> Message:
    """The message with what the chat is being asked left as it is.

    While a number is awaited "1" stays a number, not the first button; the way back stands below.
    """
    if not turn.talk.flow:
        return message
    there = {(button.action, button.arg) for row in message.buttons for button in row}
    ways = tuple(way for way in menu.ways_on(turn.talk.flow) if (way.action, way.arg) not in there)
    rows: tuple[tuple[Button, ...], ...] = (*message.buttons, ways) if ways else message.buttons
    return replace(message, buttons=rows, expects=cast(Expects, turn.talk.expects))
