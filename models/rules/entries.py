"""One mapping of a plan file, read key by key: what is missing, unknown or of the wrong sort is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from models.rules import Refusal

Path = tuple[str | int, ...]
Read = TypeVar("Read")

CODE = re.compile(r"[^\W_]+([-_][^\W_]+)*")


class Entry:
    """A mapping and where it stands. Each reader returns one key's value or raises Refusal.

    Every Refusal carries `where` (for people: "forms/BC/indicators/LL02/unit"), `path` (keys and positions,
    for whoever knows the lines of the file) and empty `file` and `line`, which the file's reader fills in.
    """

    def __init__(self, value: object, path: Path = (), where: str = "") -> None:
        self.path = path
        self.where = where
        self.data: Mapping[str, object] = {}
        if not isinstance(value, Mapping):
            raise self.refusal("programme.not_a_mapping", got=_shown(value))
        self.data = value

    def refusal(self, moment: str, *at: str | int, **values: Any) -> Refusal:
        """The refusal `moment` about what stands at `at` below this mapping (nothing: the mapping itself)."""
        where = "/".join(part for part in (self.where, *map(str, at)) if part)
        return Refusal(moment, where=where, path=(*self.path, *at), file="", line=0, **values)

    def only(self, known: Collection[str]) -> None:
        """Refuses the first key that is not `known`, and names the nearest known one."""
        for key in self.data:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                raise self.refusal("programme.unknown_key", key, near="".join(near), known=sorted(known))

    def text(self, key: str, most: int = 400) -> str:
        """A text that must be there, NFC, without outer blanks, of at most `most` characters."""
        value = self._required(key)
        if not isinstance(value, str):
            raise self.refusal("programme.not_text", key, got=_shown(value))
        value = unicodedata.normalize("NFC", value).strip()
        if not value:
            raise self.refusal("programme.missing", key)
        if len(value) > most:
            raise self.refusal("programme.too_long", key, got=value, length=len(value), most=most)
        return value

    def text_or_empty(self, key: str, most: int = 400) -> str:
        return self.text(key, most) if self._has(key) else ""

    def code(self, key: str = "code", most: int = 40) -> str:
        """A short name without blanks: letters and digits with hyphens or low lines between them."""
        value = self.text(key, most)
        if not CODE.fullmatch(value):
            raise self.refusal("programme.bad_code", key, got=value)
        return value

    def texts(self, key: str, most: int = 400) -> tuple[str, ...]:
        """A list of texts, empty when the key is not there."""
        found = []
        for index, value in enumerate(self._list(key)):
            if not isinstance(value, str) or not 0 < len(value.strip()) <= most:
                raise self.refusal("programme.not_text", key, index, got=_shown(value))
            found.append(unicodedata.normalize("NFC", value).strip())
        return tuple(found)

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self.refusal("programme.not_one_of", key, got=value, allowed=list(allowed))
        return value

    def some_of(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        """At least one of the `allowed` words, none twice."""
        found = self.texts(key)
        if not found:
            raise self.refusal("programme.missing", key)
        for index, value in enumerate(found):
            if value not in allowed:
                raise self.refusal("programme.not_one_of", key, index, got=value, allowed=list(allowed))
            if value in found[:index]:
                raise self.refusal("programme.repeated_code", key, index, code=value)
        return found

    def whole(self, key: str, least: int = 0, most: int = 10**12) -> int:
        value = self._required(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refusal("programme.not_whole", key, got=_shown(value), least=least, most=most)
        return value

    def number(self, key: str) -> Decimal:
        """A number of at least 0, which may have a fraction."""
        value = self._required(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 10**12:
            raise self.refusal("programme.not_a_number", key, got=_shown(value))
        return Decimal(str(value))

    def yes(self, key: str) -> bool:
        """true or false; a key that is not there is false."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.refusal("programme.not_yes_or_no", key, got=_shown(value))
        return bool(value)

    def day(self, key: str) -> date:
        """A date written 2026-11-25."""
        try:
            return date.fromisoformat(str(self._required(key)))
        except ValueError:
            raise self.refusal("programme.not_a_date", key, got=_shown(self.data[key])) from None

    def day_or_none(self, key: str) -> date | None:
        return self.day(key) if self._has(key) else None

    def clock(self, key: str) -> time:
        """A time of day written "07:30"."""
        value = self._required(key)
        if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            raise self.refusal("programme.not_a_time", key, got=_shown(value))
        return time.fromisoformat(value)

    def entry(self, key: str) -> Entry:
        return Entry(self._required(key), (*self.path, key), self._below(key))

    def entries(self, key: str, *, required: bool = True) -> tuple[Entry, ...]:
        """The mappings of a list; people find each by its code, or else by its position from 1."""
        values = self._list(key)
        if required and not values:
            raise self.refusal("programme.missing", key)
        return tuple(
            Entry(value, (*self.path, key, index), self._below(f"{key}/{_name(value, index)}"))
            for index, value in enumerate(values)
        )

    def unique(self, codes: Iterable[str], *at: str) -> None:
        """Refuses the first code that comes twice in the list that stands at `at`."""
        seen: set[str] = set()
        for index, code in enumerate(codes):
            if code in seen:
                raise self.refusal("programme.repeated_code", *at, index, code=code)
            seen.add(code)

    def read_by(self, *at: str | int, read: Callable[[object], Read], value: object) -> Read:
        """What another rule reads from `value`; its Refusal gets the place, down to the `field` it names."""
        try:
            return read(value)
        except Refusal as no:
            inner = no.values.get("field", "")
            deeper = (inner,) if isinstance(value, Mapping) and inner in value else ()
            raise self.refusal(no.key, *at, *deeper, **no.values) from None

    def _has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def _required(self, key: str) -> object:
        value = self.data.get(key)
        if value is None:
            raise self.refusal("programme.missing", key)
        return value

    def _list(self, key: str) -> list[object]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refusal("programme.not_a_list", key, got=_shown(value))
        return value

    def _below(self, part: str) -> str:
        return f"{self.where}/{part}" if self.where else part


def keys_of(kind: type[Any]) -> tuple[str, ...]:
    """The keys a mapping may have: the names of the dataclass it becomes."""
    return tuple(each.name for each in fields(kind))


def plain(value: object) -> Any:
    """A dataclass as plain JSON with the same names, without what is optional and empty; read back, equal."""
    if is_dataclass(value) and not isinstance(value, type):
        given = [(each, getattr(value, each.name)) for each in fields(value)]
        return {each.name: plain(now) for each, now in given if now or each.default is MISSING}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value


def _name(value: object, index: int) -> str:
    code = value.get("code") if isinstance(value, Mapping) else None
    return code if isinstance(code, str) else str(index + 1)


def _shown(value: object) -> str:
    """What was found, short enough for one line of a sentence."""
    text = "" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
