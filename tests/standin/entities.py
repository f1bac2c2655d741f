"""Telegram's HTML: the few tags it knows, read strictly, with the errors it answers."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.standin.refused import Refused

KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
    "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_PIECE = re.compile(r"[^<&]+|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);|&|<")
_NAME = re.compile(r"[^\s>/]*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?""")


def utf16_length(text: str) -> int:
    """How long Telegram thinks the text is: one for most letters, two for an emoji."""
    return len(text) + sum(1 for letter in text if letter > "\uffff") if not text.isascii() else len(text)


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The visible text and its entities (offsets in UTF-16 units).

    Raises Refused (400 "can't parse entities: …") for a tag Telegram does not know or that is not closed in order.
    """
    if "<" not in source and "&" not in source:
        return source.strip(), []
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.parts: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, dict[str, str]]] = []
        self.entities: list[dict[str, Any]] = []

    def read(self) -> tuple[str, list[dict[str, Any]]]:
        while piece := _PIECE.match(self.source, self.at):
            if piece.group() == "<":
                self._tag()
                continue
            self.at = piece.end()
            text = html.unescape(piece.group()) if len(piece.group()) > 1 else piece.group()
            self.parts.append(text)
            self.length += utf16_length(text)
        if self.open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return self._trimmed("".join(self.parts))

    def _tag(self) -> None:
        begin = self.at
        where = f"at byte offset {len(self.source[:begin].encode())}"
        closing = self.source.startswith("</", begin)
        match = _NAME.match(self.source, begin + 1 + closing)
        assert match
        name, self.at = match.group().lower(), match.end()
        if closing:
            self._close(name, where)
        else:
            self._open(name, where)

    def _open(self, name: str, where: str) -> None:
        if name not in KINDS:
            raise _cannot(f'Unsupported start tag "{name}" {where}')
        attributes: dict[str, str] = {}
        while (match := _ATTRIBUTE.match(self.source, self.at)) and match.group(1):
            attributes[match.group(1).lower()] = html.unescape((match.group(2) or "").strip("\"'"))
            self.at = match.end()
        self._end_of_tag("start", where)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" {where}')
        self.open.append((name, self.length, attributes))

    def _close(self, name: str, where: str) -> None:
        if not self.open:
            raise _cannot(f"Unexpected end tag {where}")
        expected, begin, attributes = self.open.pop()
        if name and name != expected:
            raise _cannot(f'Unmatched end tag {where}, expected "</{expected}>", found "</{name}>"')
        self._end_of_tag("end", where)
        if self.length > begin and not (expected == "a" and not attributes.get("href")):
            self.entities.append(self._entity(expected, begin, attributes))

    def _entity(self, name: str, begin: int, attributes: dict[str, str]) -> dict[str, Any]:
        entity: dict[str, Any] = {"type": KINDS[name], "offset": begin, "length": self.length - begin}
        if name == "a":
            entity["url"] = attributes["href"]
        if name == "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        if name == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        return entity

    def _end_of_tag(self, which: str, where: str) -> None:
        while self.source[self.at : self.at + 1].isspace():
            self.at += 1
        if self.source[self.at : self.at + 1] != ">":
            raise _cannot(f"Unclosed {which} tag {where}")
        self.at += 1

    def _trimmed(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        shorter = text.rstrip()
        end = utf16_length(shorter)
        cut = utf16_length(shorter) - utf16_length(shorter.lstrip())
        kept = []
        for entity in self.entities:
            begin, stop = max(entity["offset"], cut), min(entity["offset"] + entity["length"], end)
            if stop > begin:
                kept.append({**entity, "offset": begin - cut, "length": stop - begin})
        return shorter.strip(), sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def _cannot(why: str) -> Refused:
    return Refused(400, f"Bad Request: can't parse entities: {why}")
