"""How the Bot API says no."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer with `ok: false`: the HTTP status, Telegram's own sentence, and its `parameters`."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters
