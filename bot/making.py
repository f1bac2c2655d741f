"""Files that a message promises and that are made once its transaction is over: a QR picture, the month's sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot import export
from bot.qr import make_qr
from models.messages import Document

if TYPE_CHECKING:
    from bot.app import App


async def make(app: App, wanted: Mapping[str, Any]) -> tuple[Document, ...]:
    """The documents a message's values ask for: `qr` is a link, `sheet` a period and a unit with its subtree."""
    made: list[Document] = []
    if link := wanted.get("qr"):
        made.append(make_qr(app.settings.data_dir, link))
    if sheet := wanted.get("sheet"):
        made.append(
            await export.sheet(
                app.db, app.library, app.words, app.settings.data_dir, sheet["period"], sheet["path"], app.clock.now()
            )
        )
    return tuple(made)
