"""One guide from the plain data of its file: what is missing, unknown, too long or leads nowhere is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import cast, get_args

from models.rules.entries import Entry, keys_of
from models.rules.guide_ways import check_prerequisites, check_ways, in_guide
from models.rules.guides import (
    END,
    Check,
    Confidence,
    Fact,
    Fork,
    Guide,
    GuideField,
    Option,
    Screen,
    Source,
    Step,
    Trouble,
)

# characters; what a phone shows without scrolling, and what a button has room for
MOST: Mapping[str, int] = {
    "title": 70,
    "short_title": 28,
    "summary": 160,
    "fact": 300,
    "keyword": 60,
    "officer_when": 200,
    "open_points": 300,
    "step": 420,
    "step_title": 40,
    "do": 200,
    "see": 140,
    "if_not": 200,
    "question": 120,
    "label": 28,
    "officer": 200,
    "row": 28,
    "when": 160,
    "mend": 300,
}
# the code of a step stands with that of its guide in the data of a button, which holds 64 bytes
CODE_ROOM = 24
ROWS = (2, 6)
CARE = ("secrets", "id_picture", "official_app", "own_hands", "caller", "no_paper")
WITHIN_DAYS = (30, 90)
GUIDE_CODE = re.compile(r"G[0-9]{2,3}")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def parse_guide(data: object) -> Guide:
    """The guide from plain data.

    Raises Refusal guide_file.* or programme.* with `where` and `path` for the first thing that is wrong; what must
    hold between guides is seen by `check_shelf`.
    """
    entry = Entry(data)
    entry.only([*(key for key in keys_of(Guide) if key != "check"), "checked"])
    check = _check(entry.entry("checked"))
    sources = tuple(_source(each) for each in entry.entries("sources"))
    entry.unique((each.code for each in sources), "sources")
    facts = _Facts(check, {each.code for each in sources})
    steps = _steps(entry)
    return Guide(
        code=_written(entry, "code", GUIDE_CODE, "guide_file.bad_code", 4),
        edition=entry.whole("edition", 1, 10_000),
        address=_written(entry, "address", SLUG, "guide_file.bad_address", 60),
        title=entry.text("title", MOST["title"]),
        short_title=entry.text("short_title", MOST["short_title"]),
        field=entry.code("field"),
        keywords=_texts(entry, "keywords", MOST["keyword"]),
        summary=entry.text("summary", MOST["summary"]),
        for_whom=facts.read(entry, "for_whom"),
        prepare=facts.read(entry, "prepare"),
        fees=facts.read(entry, "fees"),
        time_limits=facts.read(entry, "time_limits"),
        steps=steps,
        troubles=_troubles(entry, {each.code for each in steps}),
        officer_when=_texts(entry, "officer_when", MOST["officer_when"]),
        hotlines=facts.read(entry, "hotlines", required=False),
        portal=entry.text("portal", 120) if entry.data.get("portal") else "",
        legal_basis=facts.read(entry, "legal_basis", required=False),
        sources=sources,
        check=check,
        open_points=_texts(entry, "open_points", MOST["open_points"], required=False),
        files="files" not in entry.data or entry.yes("files"),
    )


def parse_fields(data: object) -> tuple[GuideField, ...]:
    """The fields in the order of the menu. Raises Refusal programme.*."""
    entry = Entry({"fields": data})
    fields = tuple(_field(each) for each in entry.entries("fields"))
    entry.unique((each.code for each in fields), "fields")
    return fields


def _field(entry: Entry) -> GuideField:
    entry.only(keys_of(GuideField))
    return GuideField(_written(entry, "code", SLUG, "guide_file.bad_step_code", CODE_ROOM), entry.text("title", 28))


def check_shelf(guides: Sequence[Guide], fields: Sequence[GuideField]) -> None:
    """What must hold between guides.

    Raises Refusal guide_file.* with `guide`, the code of the one that is wrong, `where` and `path` within it: a field
    or a prerequisite that is not there, an address or a name of a button used twice, prerequisites in a circle.
    """
    seen: dict[tuple[str, str], str] = {}
    for guide in guides:
        if guide.field not in {each.code for each in fields}:
            raise in_guide(
                guide, "guide_file.unknown_field", "field", code=guide.field, known=[each.code for each in fields]
            )
        for key in ("address", "short_title"):
            other = seen.setdefault((key, getattr(guide, key)), guide.code)
            if other != guide.code:
                raise in_guide(guide, "guide_file.used_twice", key, got=getattr(guide, key), other=other)
    check_prerequisites(guides)


def _check(entry: Entry) -> Check:
    entry.only(keys_of(Check))
    within = entry.whole("within_days", 1, 366)
    if within not in WITHIN_DAYS:
        raise entry.refusal("guide_file.bad_within", "within_days", got=within, allowed=WITHIN_DAYS)
    return Check(entry.day("on"), within, _confidence(entry), entry.text_or_empty("app", 60))


def _confidence(entry: Entry) -> Confidence:
    return cast(Confidence, entry.one_of("confidence", get_args(Confidence)))


def _source(entry: Entry) -> Source:
    entry.only(keys_of(Source))
    return Source(
        entry.code(most=8), entry.text("title", 200), entry.text_or_empty("url", 300), entry.text_or_empty("on", 60)
    )


class _Facts:
    """Reads lists of statements; what one does not say of itself is as in the guide's `check`."""

    def __init__(self, check: Check, sources: Collection[str]) -> None:
        self._check, self._sources = check, sources

    def read(self, entry: Entry, key: str, *, required: bool = True) -> tuple[Fact, ...]:
        values = entry.data.get(key)
        listed = values if isinstance(values, list) else []
        whole = [{"text": value} if isinstance(value, str) else value for value in listed]
        entries = Entry({key: whole if isinstance(values, list) else values}, entry.path).entries(
            key, required=required
        )
        return tuple(self._fact(each) for each in entries)

    def _fact(self, entry: Entry) -> Fact:
        entry.only(("text", "confidence", "on", "sources", "unconfirmed"))
        sources = entry.texts("sources")
        for index, code in enumerate(sources):
            if code not in self._sources:
                raise entry.refusal("guide_file.unknown_source", "sources", index, code=code)
        return Fact(
            text=entry.text("text", MOST["fact"]),
            checked_on=entry.day_or_none("on") or self._check.on,
            confidence=_confidence(entry) if "confidence" in entry.data else self._check.confidence,
            sources=sources,
            unconfirmed=entry.yes("unconfirmed"),
        )


def _steps(entry: Entry) -> tuple[Step, ...]:
    steps = tuple(_step(each) for each in entry.entries("steps"))
    entry.unique((each.code for each in steps), "steps")
    check_ways(entry, steps)
    return steps


def _step(entry: Entry) -> Step:
    entry.only(keys_of(Step))
    step = Step(
        code=_written(entry, "code", SLUG, "guide_file.bad_step_code", CODE_ROOM),
        title=entry.text("title", MOST["step_title"]),
        do=entry.text("do", MOST["do"]),
        see=entry.text_or_empty("see", MOST["see"]),
        if_not=entry.text_or_empty("if_not", MOST["if_not"]),
        care=entry.some_of("care", CARE) if entry.data.get("care") else (),
        guide=entry.text_or_empty("guide", 4),
        fork=_fork(entry.entry("fork")) if entry.data.get("fork") is not None else None,
        next=entry.text_or_empty("next"),
        screen=_screen(entry.entry("screen")) if entry.data.get("screen") is not None else None,
        unconfirmed=entry.yes("unconfirmed"),
    )
    length = len(step.title) + len(step.do) + len(step.see) + len(step.if_not)
    if length > MOST["step"]:
        raise entry.refusal("guide_file.long_step", length=length, most=MOST["step"])
    if step.code == END:
        raise entry.refusal("guide_file.bad_step_code", "code", got=END, most=CODE_ROOM)
    return step


def _fork(entry: Entry) -> Fork:
    entry.only(keys_of(Fork))
    entries = entry.entries("options")
    if len(entries) < 2:
        raise entry.refusal("guide_file.one_option", "options")
    options = tuple(_option(each) for each in entries)
    entry.unique((each.label for each in options), "options")
    return Fork(entry.text("question", MOST["question"]), options)


def _option(entry: Entry) -> Option:
    entry.only(keys_of(Option))
    option = Option(
        label=entry.text("label", MOST["label"]),
        to=entry.text_or_empty("to"),
        guide=entry.text_or_empty("guide", 4),
        officer=entry.text_or_empty("officer", MOST["officer"]),
    )
    leads_on = bool(option.to or option.guide)
    if leads_on == bool(option.officer):
        raise entry.refusal("guide_file.bad_option")
    return option


def _screen(entry: Entry) -> Screen:
    entry.only(keys_of(Screen))
    rows = _texts(entry, "rows", MOST["row"])
    if not ROWS[0] <= len(rows) <= ROWS[1]:
        raise entry.refusal("guide_file.bad_rows", "rows", count=len(rows), least=ROWS[0], most=ROWS[1])
    tap = entry.text_or_empty("tap", MOST["row"])
    if tap and tap not in rows:
        raise entry.refusal("guide_file.unknown_tap", "tap", got=tap, rows=rows)
    return Screen(entry.text("title", MOST["row"]), rows, tap)


def _troubles(entry: Entry, codes: Collection[str]) -> tuple[Trouble, ...]:
    found = tuple(_trouble(each, codes) for each in entry.entries("troubles", required=False))
    entry.unique((each.code for each in found), "troubles")
    return found


def _trouble(entry: Entry, codes: Collection[str]) -> Trouble:
    entry.only(keys_of(Trouble))
    steps = entry.texts("steps")
    for index, code in enumerate(steps):
        if code not in codes:
            raise entry.refusal("guide_file.unknown_step", "steps", index, code=code)
    return Trouble(
        code=_written(entry, "code", SLUG, "guide_file.bad_step_code", CODE_ROOM),
        when=entry.text("when", MOST["when"]),
        mend=entry.text("mend", MOST["mend"]),
        steps=steps,
        officer=entry.yes("officer"),
    )


def _written(entry: Entry, key: str, pattern: re.Pattern[str], moment: str, most: int) -> str:
    value = entry.text(key)
    if len(value) > most or not pattern.fullmatch(value):
        raise entry.refusal(moment, key, got=value, most=most)
    return value


def _texts(entry: Entry, key: str, most: int, *, required: bool = True) -> tuple[str, ...]:
    found = entry.texts(key)
    if required and not found:
        raise entry.refusal("programme.missing", key)
    for index, text in enumerate(found):
        if len(text) > most:
            raise entry.refusal("programme.too_long", key, index, got=text, length=len(text), most=most)
    return found
