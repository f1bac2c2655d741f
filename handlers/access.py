"""What a handler asks of the speaker, said beside its name; and the one way to meet a button that has gone stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from handlers.turn import Handler, Turn
from models.rules.permissions import GRANTS

PUBLIC = "public"
_asked: dict[Handler, str] = {}
_looking: set[Handler] = set()
H = TypeVar("H", bound=Handler)


def needs(action: str) -> Callable[[H], H]:
    """Declare which permission a handler checks; an action that the table of grants does not know fails at import."""
    if action not in GRANTS:
        raise KeyError(action)

    def mark(handler: H) -> H:
        _asked[handler] = action
        return handler

    return mark


def public(handler: H) -> H:
    """Declare that anybody may come here, strangers too."""
    _asked[handler] = PUBLIC
    return handler


def asked_of(handler: Handler) -> str | None:
    """The declared permission of a handler; None when its author forgot to say."""
    return _asked.get(handler)


def takes_files(handler: H) -> H:
    """Declare that a flow's handler looks at what is sent; where none does, nothing is fetched."""
    _looking.add(handler)
    return handler


def is_looking(handler: Handler) -> bool:
    """Whether the handler of a flow looks at photos and files."""
    return handler in _looking


def stale(turn: Turn, version: int) -> bool:
    """Whether the pressed button was drawn for an earlier version of the thing it acts on."""
    return turn.press.version not in (0, version)
