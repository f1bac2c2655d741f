"""Buttons that carry what they do, and a tripwire against forged ones.

The lock is the permission check when the action runs.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from handlers.turn import Press
from models.messages import Button
from models.rules.openings import data_in, payload_behind, payload_of

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LIMIT = 64  # bytes of callback_data, Bot API InlineKeyboardButton
ANYBODY = -1  # in place of the account: a link is for whoever follows it


class Signer:
    """Seals `(action, object, version, arg)` for one account."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, account_id: int, button: Button) -> str:
        """The button's data with its signature, at most 64 bytes; a longer one is a mistake in the code and raises
        ValueError.
        """
        body = f"{button.action}:{_short(button.object)}:{_short(button.version)}:{button.arg}"
        data = f"{body}~{self._mac(account_id, body)}"
        if len(data.encode()) > LIMIT:
            raise ValueError(f"button data over {LIMIT} bytes: {button.action}")
        return data

    def open(self, account_id: int, data: str) -> Press | None:
        """What the button says, or None when it was not drawn by us for this account."""
        body, _, mac = data.rpartition("~")
        if not hmac.compare_digest(mac.encode(), self._mac(account_id, body).encode()):
            return None
        action, number, version, arg = body.split(":", 3)
        return Press(action, int(number, 36), int(version, 36), arg)

    def payload(self, button: Button) -> str:
        """What stands behind `/start` in a link that does what the button does, for whoever follows it."""
        return payload_of(self.seal(ANYBODY, button))

    def followed(self, text: str) -> Press | None:
        """What the link says that somebody followed; None when the text is no such link.

        One that we did not draw is a forged press.
        """
        data = data_in(payload_behind(text))
        return None if data is None else self.open(ANYBODY, data) or Press("forged")

    def _mac(self, account_id: int, body: str) -> str:
        digest = hmac.digest(self._key, f"{account_id}|{body}".encode(), sha256)
        return urlsafe_b64encode(digest[:8]).decode().rstrip("=")


def _short(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


def signing_key(data_dir: Path) -> bytes:
    """The key of this installation, made on first use and readable by its owner alone.

    It is not in the database, so not in a backup.
    """
    path = data_dir / "signing.key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(token_bytes(32))
        fresh.chmod(0o600)
        fresh.replace(path)
    return path.read_bytes()
