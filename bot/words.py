"""Key + values → Vietnamese. Everything anyone reads is in content/texts/, one file per feature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateSyntaxError
from markupsafe import Markup

from bot.channels import Choice, Rendered
from models.messages import Button, Message
from models.rules.numbers import format_number

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same reading, ten times faster where libyaml is built in
TEXTS = Path(__file__).parent / "content" / "texts"
EMPTY = "—"  # missing is not zero


class BrokenText(Exception):
    """A text file cannot be used; the sentence says which file, which key and what is wrong."""


class Words:
    """All sentences, parsed once at the start: a broken one stops the start, not a chat."""

    def __init__(self, zone: ZoneInfo, folder: Path = TEXTS) -> None:
        self._zone = zone
        self._environment = _environment(self)
        self._plain: dict[str, str] = {}
        texts = read_texts(folder)
        # nearly half of them say the same always; compiling those too would hold up every start
        self._still = {key: text.strip() for key, text in texts.items() if "{" not in text}
        self._templates = {key: self._parse(key, text) for key, text in texts.items() if "{" in text}

    def _parse(self, key: str, text: str) -> Template:
        try:
            return self._environment.from_string(text)
        except TemplateSyntaxError as error:
            raise BrokenText(f"{key}: {error}") from error

    @property
    def keys(self) -> frozenset[str]:
        return frozenset({*self._still, *self._templates})

    def say(self, key: str, values: Mapping[str, Any] | None = None) -> str:
        """The sentence, as safe HTML. An unknown key or a missing value raises: a test walks them all."""
        return self._still[key] if key in self._still else self._templates[key].render(**(values or {})).strip()

    def label(self, key: str, values: Mapping[str, Any] | None = None) -> str:
        """The words of a button: plain text, for buttons know no markup."""
        if values:
            return str(Markup(self.say(key, values)).unescape())
        if key not in self._plain:  # most buttons say the same every time
            self._plain[key] = str(Markup(self.say(key)).unescape())
        return self._plain[key]

    def pages(self, folder: Path) -> Environment:
        """Templates of whole web pages: escaped as the texts are, with their filters, and every sentence by `say`."""
        return self._environment.overlay(loader=FileSystemLoader(folder))

    def render(self, message: Message, seal: Callable[[Button], str]) -> Rendered:
        """A message in words; `seal` signs its buttons for the one who will read it."""
        rows = tuple(tuple(self._choice(button, seal) for button in row) for row in message.buttons)
        return Rendered(
            html=self.say(message.key, message.values),
            rows=rows,
            files=message.documents,
            expects=message.expects,
            notice=self.label(message.notice, message.values) if message.notice else "",
            place=message.place,
            keeps_files=message.keeps_files,
        )

    def _choice(self, button: Button, seal: Callable[[Button], str]) -> Choice:
        label = self.label(button.label, button.values)
        return Choice(label, url=button.url) if button.url else Choice(label, seal(button))

    def local(self, value: date | datetime) -> date | datetime:
        return value.astimezone(self._zone) if isinstance(value, datetime) else value


def read_texts(folder: Path) -> dict[str, str]:
    """Every text of the folder as `file.moment` → template."""
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            entries = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}
        except yaml.YAMLError as error:
            raise BrokenText(f"{path.name}: {error}") from error
        for moment, text in entries.items():
            if not isinstance(text, str):
                raise BrokenText(f"{path.name}: {moment} must be a text in quotes or a |- block")
            texts[f"{path.stem}.{moment}"] = text
    return texts


def _environment(words: Words) -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False
    )
    environment.filters |= {
        "number": lambda value: EMPTY if value is None else format_number(Decimal(value)),
        "date": lambda value: words.local(value).strftime("%d/%m/%Y"),
        "short_date": lambda value: words.local(value).strftime("%d/%m"),
        "clock": lambda value: words.local(value).strftime("%H:%M"),
        "weekday": lambda value: _weekday(words, value),
        "day": lambda value: f"{_weekday(words, value)} {words.local(value).strftime('%d/%m')}",
        "moment": lambda value: (
            f"{words.local(value).strftime('%H:%M')} {_weekday(words, value)} {words.local(value).strftime('%d/%m/%Y')}"
        ),
    }
    # one text may lend another its words: {{ say("role.leader") }}
    environment.globals["say"] = lambda key, /, **values: Markup(words.say(key, values))
    return environment


def _weekday(words: Words, value: date | datetime) -> str:
    return words.say(f"calendar_words.weekday_{words.local(value).weekday()}")
