"""A whole report pasted as one text: which indicators it gives, with which numbers, and how certain each is.

A wrong value is worse than none. What is `sure` was named in full, by its own name or one the form knows, with nothing
beside it that nobody understands, in a unit that agrees, and said once. All else is asked about or left out. No number
comes out that does not stand in the text; nothing is added up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from models.rules.folding import clean, shorten
from models.rules.forms import Form, Indicator, Value
from models.rules.pasting_doubts import is_doubtful, is_of_others, is_partial, is_sum, mends_itself, names_several_parts
from models.rules.pasting_identities import hide_identities
from models.rules.pasting_labels import Certainty, Match, Names, Window, names_of
from models.rules.pasting_lines import Piece, pieces
from models.rules.pasting_numbers import Amount, Part, months_named, parts, spoken
from models.rules.pasting_units import KNOWN
from models.rules.pasting_windows import read_windows
from models.rules.pasting_words import COURTESY, FILLER, PART, flat, words

LONGEST = 4000  # characters that are read
SHOWN = 60  # characters of a piece that are shown
MOST_OPTIONS = 3
MOST_UNKNOWN = 12
MOST_AMOUNTS = 24  # numbers of one piece

_NONE_AFTER = re.compile(r"(?:[:=\-\u2013]|\b(?:la|so))\s*(?:khong|ko|k)(?: co| phat sinh| ai| nao)*(?: a)?[ .!]*$")
_NONE_SOMEWHERE = re.compile(r"\b(?:khong|ko|k|chua) (?:co|phat sinh|thuc hien|lam)\b(?: phat sinh)?|[:=] ?chua[ .!]*$")
_CODE = re.compile(r"([A-Za-z\u0110\u0111]{2,6}\d{2})(?:\s*[:=\-\u2013]\s*|\s+)(.+)")
_LATER = re.compile(
    r"chua (?:thong ke|tong hop|cap nhat|co so lieu|co so|dem|nhan duoc so)|dang (?:cap nhat|tong hop|thong ke)"
    r"|(?:se )?bo sung sau|gui sau|cap nhat sau"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a text says of one indicator: the values it may mean, likeliest first, and the piece it stands in.

    `sure`: to be filed with one tap for all. `none`: zero was said in words.
    """

    code: str
    options: tuple[Value, ...]
    sure: bool
    piece: str
    none: bool = False


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was read: by indicator in the order of the form, then pieces with numbers that nobody understood.

    `later`: indicators whose number is said to come later. `months`: those the text names.
    """

    found: tuple[Found, ...]
    unknown: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    months: tuple[int, ...] = ()

    @property
    def sure(self) -> tuple[Found, ...]:
        return tuple(each for each in self.found if each.sure)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One number for one indicator, in one place."""

    indicator: Indicator
    values: tuple[Value, ...]
    certainty: Certainty
    piece: str
    none: bool = False
    is_total: bool = False


def looks_pasted(text: str) -> bool:
    """Whether a text may be a whole report, judged in passing: long enough, and with several numbers in it."""
    return len(text) >= 40 and len(re.findall(r"\d+", text[:LONGEST])) >= 3


def read_paste(text: str, form: Form, asked: Sequence[Indicator], months: Collection[int] = frozenset()) -> Pasted:
    """What a pasted text says of the numbers that are `asked`, which are some of the form's.

    `months`: those of the report's period. A text that names one month only is about that one, right or wrong.
    """
    names, asked = names_of(form), [each for each in asked if each.is_typed_number]
    codes = {each.code for each in asked}
    kept = hide_identities(unicodedata.normalize("NFC", text[:LONGEST]))[0]
    readings: list[_Reading] = []
    unknown: list[str] = []
    later: list[str] = []
    named = dict.fromkeys(months_named(kept))
    own = named if len(named) == 1 else months
    of_team = all(each.short for each in asked)
    several, mended = names_several_parts(kept), mends_itself(kept)
    for piece in pieces(kept, months):
        piece = _weighed(replace(piece, doubtful=piece.doubtful or mended), of_team, several)
        found, not_read = _read(piece, names, form, frozenset(f"<m{month}>" for month in own))
        readings += found
        unknown += not_read
        later += _later(piece, names)
    parts.cache_clear()  # what people wrote stays nowhere
    merged = [_merged([each for each in readings if each.indicator.code == one.code]) for one in asked]
    given = tuple(each for each in merged if each is not None)
    others = [each.piece for each in readings if each.indicator.code not in codes]
    waiting = dict.fromkeys(each for each in later if each in codes and each not in {one.code for one in given})
    lost = tuple(map(_shown, list(dict.fromkeys((*unknown, *others)))[:MOST_UNKNOWN]))
    return Pasted(given, lost, tuple(waiting), tuple(named))


def _weighed(piece: Piece, of_team: bool, several: bool) -> Piece:
    """A piece, doubtful when something in it speaks against taking its numbers without asking."""
    said = piece.shown or piece.text
    others = is_of_others(said, of_team=of_team) or (several and not (piece.is_total or is_sum(said)))
    return replace(piece, doubtful=piece.doubtful or others or is_doubtful(piece.text) or is_partial(said))


def _read(piece: Piece, names: Names, form: Form, months: frozenset[str]) -> tuple[list[_Reading], list[str]]:
    """The readings of one piece, and what of it holds numbers that came to nothing."""
    piece = replace(piece, above=tuple(each for each in piece.above if each not in months))
    shown = piece.shown or piece.text
    none = _none_said(piece, names, shown)
    if none is not None:
        return [none], []
    coded = _by_code(piece, form, shown)
    read = (coded, []) if coded else _by_words(piece, names, months)
    if read is None:
        return [], []
    found, rest = read
    return found, rest if found else [shown]


def _by_words(piece: Piece, names: Names, months: frozenset[str]) -> tuple[list[_Reading], list[str]] | None:
    """What the words around each number make of it, and the numbers with their words that came to nothing.

    None for a piece without numbers.
    """
    stream = tuple(each for each in _numbers(piece.text) if each not in months)
    count = sum(isinstance(each, Amount) for each in stream)
    if not count:
        return None
    if count > MOST_AMOUNTS:
        return [], []
    stream = _without_shares(stream)
    named = read_windows(stream, lambda window: _match(window, names, piece))
    amounts = [each for each in stream if isinstance(each, Amount)]
    read = [(_reading(match, amount, _said(piece, amount, amounts)), amount) for match, amount in named]
    taken = {amount.at for reading, amount in read if reading is not None}
    rest = [_said(piece, each, amounts).strip(" ,:") for each in amounts if any(each.at) and each.at not in taken]
    is_total = is_sum(piece.shown or piece.text)
    return [replace(reading, is_total=is_total) for reading, _ in read if reading is not None], rest


def _said(piece: Piece, amount: Amount, amounts: Sequence[Amount]) -> str:
    """The part of a piece that a number stands in: from comma to comma, or from number to number."""
    if len(amounts) == 1 or not any(amount.at):
        return piece.shown or piece.text
    start, end = amount.at
    earlier = max((each.at[1] for each in amounts if each.at[1] <= start), default=0)
    later = min((each.at[0] for each in amounts if each.at[0] >= end), default=len(piece.text))
    before, behind = piece.text[earlier:start], piece.text[end:later]
    if earlier:
        before = before.rpartition(",")[2]
    if later < len(piece.text):
        behind = behind.partition(",")[0]
    return before + piece.text[start:end] + behind


def _numbers(text: str) -> tuple[Part, ...]:
    """The words and numbers of a piece; a number written in words counts when it stands behind a colon."""
    stream = parts(text)
    label, colon, rest = text.partition(":")
    if not colon or any(isinstance(each, Amount) for each in stream):
        return stream
    said = spoken(rest)
    return (*parts(label), said[0], *parts(said[1])) if said else stream


def _without_shares(stream: Sequence[Part]) -> tuple[Part, ...]:
    """Without the percents; where they contradict the two numbers of a rate, those are not sure."""
    shares = [each.options[0] for each in stream if isinstance(each, Amount) and each.is_percent and each.options]
    kept = [each for each in stream if not (isinstance(each, Amount) and each.is_percent)]
    return tuple(
        replace(each, sure=False) if isinstance(each, Amount) and each.of and not _agree(each, shares) else each
        for each in kept
    )


def _agree(amount: Amount, shares: Sequence[Decimal]) -> bool:
    if not shares or not amount.of or not amount.options:
        return True
    return any(abs(amount.options[0] * 100 / amount.of - share) <= 1 for share in shares)


def _match(window: Window, names: Names, piece: Piece) -> Match | None:
    """The indicator that a number's own words name, or if they do not, those of the heading together with them."""
    if names.is_elsewhen(piece.above):
        return None
    match = names.match(window)
    if piece.above and (match is None or match.certainty is Certainty.GUESSED):
        heading = tuple(each for each in piece.above if each not in PART)
        joined = names.match(replace(window, inherited=(*heading, *window.inherited)))
        match = joined if joined and (match is None or joined.certainty > match.certainty) else match
    if match is None:
        return None
    if "trong_do" in piece.above:
        return replace(match, certainty=Certainty.GUESSED)
    if piece.doubtful or not names.fits(piece.above, match.indicator):
        return replace(match, certainty=min(match.certainty, Certainty.NAMED))
    return match


def _reading(match: Match, amount: Amount, shown: str) -> _Reading | None:
    """What a number makes of the indicator its words name; None when it cannot be its value."""
    indicator = match.indicator
    fitting = [each for each in amount.options if not indicator.max or each <= indicator.max]
    if not fitting or (indicator.is_rate and not amount.of):
        return None
    values = tuple(Value(each, amount.of if indicator.is_rate else None) for each in fitting)
    whole = indicator.is_rate or amount.of is None
    sure = amount.sure and whole and len(values) == 1
    if indicator.is_rate and values[0].number is not None and amount.of is not None:
        sure = sure and values[0].number <= amount.of
    return _Reading(indicator, values, match.certainty if sure else min(match.certainty, Certainty.NAMED), shown)


def _by_code(piece: Piece, form: Form, shown: str) -> list[_Reading]:
    """A piece that begins with the code of an indicator: "LL02: 15"."""
    found = _CODE.fullmatch(piece.text.strip())
    code = found[1].upper() if found else ""
    if found is None or not form.has(code):
        return []
    said = parts(found[2])
    amounts = [each for each in said if isinstance(each, Amount) and not each.is_percent]
    if len(amounts) != 1:
        return []
    others = {each for each in said if isinstance(each, str)} - FILLER - COURTESY - KNOWN
    certainty = Certainty.NAMED if others or piece.doubtful else Certainty.SURE
    reading = _reading(Match(form.indicator(code), certainty), amounts[0], shown)
    return [reading] if reading else []


def _none_said(piece: Piece, names: Names, shown: str) -> _Reading | None:
    """Zero said in words beside an indicator: "Mobile Money: không có"."""
    low = flat(piece.text)
    if any(letter.isdigit() for letter in low) or _LATER.search(low):
        return None
    plain, somewhere = _NONE_AFTER.search(low), _NONE_SOMEWHERE.search(low)
    said = plain or somewhere
    if said is None:
        return None
    label = words(low[: said.start()] + " " + low[said.end() :])
    match = _match(Window(tuple(each for each in label if each != "khong"), ()), names, piece)
    if match is None or match.indicator.is_rate:
        return None
    certainty = match.certainty if plain else min(match.certainty, Certainty.NAMED)
    return _Reading(match.indicator, (Value(Decimal(0)),), certainty, shown, none=True)


def _later(piece: Piece, names: Names) -> Iterator[str]:
    """The indicator whose number is said to come later."""
    low = flat(piece.text)
    said = _LATER.search(low)
    if said and not any(letter.isdigit() for letter in low):
        match = names.match(Window(words(low[: said.start()]), ()))
        if match:
            yield match.indicator.code


def _merged(readings: Sequence[_Reading]) -> Found | None:
    """What all places together say of one indicator: sure only while no place says anything else."""
    if not readings:
        return None
    best = max(each.certainty for each in readings)
    leading = [each for each in readings if each.certainty is best]
    against = [each for each in readings if each.certainty >= Certainty.NAMED] or leading
    options = tuple(dict.fromkeys(value for each in (*leading, *against) for value in each.values))
    sure = best is Certainty.SURE and len(options) == 1
    first = leading[0]
    total = next((each for each in readings if each.is_total), None)
    if total and len(options) > 1:
        first, options = total, tuple(dict.fromkeys((*total.values, *options)))
    return Found(first.indicator.code, options[:MOST_OPTIONS], sure, _shown(first.piece), first.none)


def _shown(piece: str) -> str:
    return shorten(clean(piece), SHOWN)
