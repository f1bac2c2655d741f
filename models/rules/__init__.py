"""The rules of the office: pure functions on plain values. The clock is an argument, a value or Refusal the answer."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A rule says no, and the person can mend it: `key` names the sentence that says what was wrong and what to do."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
