"""An announcement as its recipients get it: one message, the same words for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.announcements import Announced
from models.messages import Button, Message
from models.rules.announcement_text import runs

Rows = tuple[tuple[Button, ...], ...]


def message_of(
    announced: Announced,
    *,
    recipient_id: int = 0,
    is_test: bool = False,
    replaces: int = 0,
    is_edit: bool = False,
    confirmed_at: datetime | None = None,
) -> Message:
    """What one recipient sees. `is_test`: marked so, and its buttons do nothing. `replaces`: the number of the
    announcement it takes the place of, 0 for none; with `is_edit` it stands where that one stood. `confirmed_at`: when
    this recipient confirmed it.
    """
    announcement = announced.announcement
    asks = announcement.asks_proof and confirmed_at is None
    values = _values(announced, replaces, is_edit) | {"is_test": is_test}
    values |= {"asks_proof": asks, "confirmed_at": confirmed_at}
    confirm = (_button(announced, "confirm", recipient_id, is_test),) if asks else ()
    reply = _button(announced, "reply", recipient_id, is_test)
    rows = (*_link_row(announced), (*confirm, reply))
    return Message("announcement.body", values, rows, place="card" if is_edit else "new")


def group_message_of(announced: Announced, link: str, *, replaces: int = 0, is_edit: bool = False) -> Message:
    """What a chat of several people sees: nothing to press but links. `link` leads to the private chat."""
    values = _values(announced, replaces, is_edit) | {"is_test": False, "asks_proof": False, "confirmed_at": None}
    private = ((Button("menu.button_private", url=link),),) if link else ()
    return Message("announcement.body", values, (*_link_row(announced), *private), place="card" if is_edit else "new")


def _values(announced: Announced, replaces: int, is_edit: bool) -> dict[str, Any]:
    announcement = announced.announcement
    files = [{"sha256": each["sha256"], "name": each["name"]} for each in announcement.files]
    return {
        "number": announcement.id,
        "unit": announced.unit.name,
        "runs": [list(run) for run in runs(announcement.text)],
        "is_urgent": announcement.is_urgent,
        "replaces": replaces,
        "is_edit": is_edit,
        **({"announcement_files": files} if files else {}),
    }


def _link_row(announced: Announced) -> Rows:
    link = announced.announcement.link
    return ((Button("announcement.button_link", url=link["url"], values={"label": link["label"]}),),) if link else ()


def _button(announced: Announced, deed: str, recipient_id: int, is_test: bool) -> Button:
    """A button of the recipient's; on a test it only says what it will do."""
    label = f"announcement.button_{deed}"
    if is_test:
        return Button(label, "announcement.sample", announced.announcement.id, arg=deed)
    return Button(label, f"announcement.{deed}", recipient_id)
