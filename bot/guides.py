"""Reads the guides in content/guides: YAML, plain data, Guide; what is wrong is told by its file and line."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.programmes import Document, read_plain
from models.rules import Refusal
from models.rules.guide_files import check_shelf, parse_fields, parse_guide
from models.rules.guides import Guide, GuideField
from models.rules.search_words import SearchWords, parse_search_words

CONTENT = Path(__file__).parent / "content"
FOLDER, FIELDS = CONTENT / "guides", CONTENT / "guide_fields.yaml"
WORDS = CONTENT / "guide_words.yaml"


@cache  # the files come with the program and do not change while it runs
def read_all(folder: Path = FOLDER, fields: Path = FIELDS) -> tuple[Guide, ...]:
    """Every guide of the folder, by code.

    Raises Refusal guide_file.* or programme.* with `file`, `line` (from 1) and `where` for the first thing wrong.
    """
    documents: dict[str, Document] = {}
    guides: list[Guide] = []
    for path in sorted(folder.glob("*.yaml")):
        document = read_plain(path)
        guide = _parsed(document)
        if guide.code in documents:
            other = documents[guide.code].file
            line = document.line(("code",))
            raise Refusal("guide_file.two_files", file=document.file, line=line, code=guide.code, other=other)
        documents[guide.code] = document
        guides.append(guide)
    try:
        check_shelf(guides, read_fields(fields))
    except Refusal as no:
        raise _placed(no, documents[no.values["guide"]]) from None
    return tuple(sorted(guides, key=lambda guide: guide.code))


@cache
def read_fields(path: Path = FIELDS) -> tuple[GuideField, ...]:
    """The fields in the order of the menu. Raises Refusal programme.* as `read_all` does."""
    document = read_plain(path)
    try:
        return parse_fields(document.value)
    except Refusal as no:
        raise Refusal(
            no.key, **{**no.values, "file": path.name, "line": document.line(no.values["path"][1:])}
        ) from None


@cache
def read_words(path: Path = WORDS) -> SearchWords:
    """What a search knows of the language. Raises Refusal programme.*, guide_file.words as `read_all` does."""
    document = read_plain(path)
    try:
        return parse_search_words(document.value)
    except Refusal as no:
        raise _placed(no, document) from None


def _parsed(document: Document) -> Guide:
    try:
        return parse_guide(document.value)
    except Refusal as no:
        raise _placed(no, document) from None


def _placed(no: Refusal, document: Document) -> Refusal:
    return Refusal(no.key, **{**no.values, "file": document.file, "line": document.line(no.values.get("path", ()))})
