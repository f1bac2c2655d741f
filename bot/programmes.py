"""Reads the plans in content/programmes: YAML, plain data, Programme; what is wrong is told by its line."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

from bot.words import LOADER
from models.rules import Refusal
from models.rules.programmes import Programme, parse_programme

FOLDER = Path(__file__).parent / "content" / "programmes"

Place = tuple[str | int, ...]
TAG = "tag:yaml.org,2002:"


# Only what JSON knows. Dates and hours stay text: YAML would read 21:00 as 1260, and "no" as false.
PlainLoader: Any = type("PlainLoader", (LOADER,), {"yaml_implicit_resolvers": {}})
PlainLoader.add_implicit_resolver(f"{TAG}int", re.compile(r"-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
PlainLoader.add_implicit_resolver(f"{TAG}float", re.compile(r"-?[0-9]+\.[0-9]+$"), list("-0123456789"))
PlainLoader.add_implicit_resolver(f"{TAG}bool", re.compile(r"(?:true|false)$"), list("tf"))
PlainLoader.add_implicit_resolver(f"{TAG}null", re.compile(r"(?:~|null|)$"), ["~", "n", ""])


def read_all(folder: Path = FOLDER) -> tuple[Programme, ...]:
    """Every plan of the folder, in the order of the file names. Raises Refusal programme.* as `read` does."""
    found: dict[str, Path] = {}
    programmes = []
    for path in sorted(folder.glob("*.yaml")):
        programme = read(path)
        if programme.code in found:
            names = {"file": path.name, "other": found[programme.code].name}
            raise Refusal("programme.two_files", line=1, where="code", code=programme.code, **names)
        found[programme.code] = path
        programmes.append(programme)
    return tuple(programmes)


def read(path: Path) -> Programme:
    """The plan in one file.

    Raises Refusal programme.* with `file`, `line` (from 1) and `where` for the first thing wrong in it.
    """
    document = read_plain(path)
    try:
        return parse_programme(document.value)
    except Refusal as no:
        line = document.line(no.values.get("path", ()))
        raise Refusal(no.key, **{**no.values, "file": path.name, "line": line}) from None


def read_plain(path: Path) -> Document:
    """One YAML file as plain data that still knows its lines. Raises Refusal programme.* for broken YAML."""
    document = Document(path.name)
    node = _compose(path)
    document.value = document.take(node, ()) if node is not None else None
    return document


class Document:
    """The plain `value` of a YAML file, and the line on which each part of it stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.value: Any = None
        self._lines: dict[Place, int] = {}
        self._taken: set[int] = set()

    def line(self, place: Place) -> int:
        """The line (from 1) of that place, or of the nearest part around it that is there."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def take(self, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        # An alias may stand inside what it names, so that reading it would never end.
        if id(node) in self._taken:
            raise self._refusal("programme.alias", node, place)
        self._taken.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.take(each, (*place, index)) for index, each in enumerate(node.value)]
        return self._mapping(node, place)

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            below = (*place, name)
            if not name:
                raise self._refusal("programme.bad_key", key, place)
            if name in found:
                raise self._refusal("programme.repeated_key", key, below, name=name, first=self._lines[below])
            self._lines[below] = key.start_mark.line + 1
            found[name] = self.take(value, below)
        return found

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        text = node.value
        match node.tag.removeprefix(TAG):
            case "str":
                return unicodedata.normalize("NFC", text)
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return text == "true"
            case "null":
                return None
        raise self._refusal("programme.tag", node, place, tag=node.tag)

    def _refusal(self, moment: str, node: yaml.Node, place: Place, **values: Any) -> Refusal:
        at = {"file": self.file, "line": node.start_mark.line + 1, "where": "/".join(map(str, place))}
        return Refusal(moment, path=place, **at, **values)


def _compose(path: Path) -> yaml.Node | None:
    """The nodes of the file, None for an empty one."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        raise Refusal("programme.no_file", file=str(path), line=0, where="") from None
    except UnicodeDecodeError:
        raise Refusal("programme.not_utf8", file=path.name, line=0, where="") from None
    try:
        return yaml.compose(text, Loader=PlainLoader)
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    except yaml.reader.ReaderError as trouble:
        line, column = text.count("\n", 0, trouble.position) + 1, 1
    raise Refusal("programme.broken_yaml", file=path.name, line=line, column=column, where="")
