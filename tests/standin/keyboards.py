"""Buttons under a message, and what Telegram refuses about them."""

from __future__ import annotations

from typing import Any

from tests.standin.refused import Refused

_ACTIONS = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "copy_text",
        "pay",
    }
)
_KINDS = frozenset({"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"})


def check_markup(markup: Any) -> dict[str, Any] | None:
    """The markup as it will be shown, None for an empty one. Raises Refused (400) as Telegram would."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict) or not _KINDS & markup.keys():
        raise Refused(400, "Bad Request: object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return markup
    if sum(len(row) for row in rows) > 100:
        raise Refused(400, "Bad Request: reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button)
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not button.get("text"):
        raise Refused(400, "Bad Request: can't parse inline keyboard button: Text button must have a text")
    actions = _ACTIONS & button.keys()
    if not actions:
        raise Refused(
            400,
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        )
    if "callback_data" in actions and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    if "url" in actions and not str(button["url"]).startswith(("https://", "http://", "tg://")):
        raise Refused(400, f"Bad Request: inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
