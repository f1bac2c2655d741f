"""Links that open the private chat at something: what stands behind `/start` carries a sealed button.

A chat of several people shows no button that acts, so its way on is such a link; whoever follows it acts in their own
name, and what they may do is asked then.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from models.rules.guide_links import ROOM

PREFIX = "p-"


def payload_of(data: str) -> str:
    """What stands behind `/start`. A button that finds no room is a mistake in the code and raises ValueError."""
    payload = PREFIX + urlsafe_b64encode(data.encode()).decode().rstrip("=")
    if len(payload) > ROOM:
        raise ValueError(f"a link holds {ROOM} characters: {data}")
    return payload


def data_in(payload: str) -> str | None:
    """The sealed button that `payload_of` wrote; "" when it cannot be read, None when it is something else."""
    if not payload.startswith(PREFIX):
        return None
    written = payload.removeprefix(PREFIX)
    try:
        return urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    except (Error, ValueError):
        return ""


def payload_behind(text: str) -> str:
    """What stands behind `/start` in what a chat sends when somebody follows a link."""
    first, _, rest = text.partition(" ")
    return rest.strip() if first.lower() == "/start" else ""
