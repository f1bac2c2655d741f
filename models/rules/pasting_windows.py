"""Which words belong to which number, where a piece of text has several of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from models.rules.pasting_labels import Certainty, Match, Window
from models.rules.pasting_numbers import COMMA, Amount, Part
from models.rules.pasting_units import KNOWN, agreement, unit_of
from models.rules.pasting_words import ELSEWHEN, FILLER, PART, SOFT, TITLES

_SHORTEST_NAMED = 4  # words and numbers: in a longer part the words name something
WITH_EARLIER = (1, 3)  # of the windows tried around one number: those that hold the words before the comma
Named = tuple[Match, Amount]
Judge = Callable[[Window], Match | None]


def read_windows(stream: Sequence[Part], judge: Judge) -> list[Named]:
    """The numbers of a piece with the indicators that `judge` finds in the words around them.

    Commas part what belongs together; without them a label stands before all its numbers, or behind all of them, and
    where both could be, none is sure.
    """
    segments = _segments(stream)
    several = sum(isinstance(each, Amount) for each in stream) > 1
    head = tuple(each for each in segments[0] if isinstance(each, str)) if several else ()
    read: list[list[Named]] = []
    for place, segment in enumerate(segments):
        count = sum(isinstance(each, Amount) for each in segment)
        here = list(_single(segments, place, head, judge)) if count == 1 else _several(segment, judge)
        read.append(_doubted(here) if place and ELSEWHEN & set(_opening(segments[0])) else here)
    for place, segment in enumerate(segments):
        if not read[place] and len(segment) <= _SHORTEST_NAMED:
            for beside in range(max(place - 1, 0), min(place + 2, len(read))):
                read[beside] = _beside_stray(read[beside], segment)
    return [each for here in read for each in here]


def _doubted(found: Iterable[Named]) -> list[Named]:
    return [(replace(match, certainty=min(match.certainty, Certainty.NAMED)), amount) for match, amount in found]


def _beside_stray(found: list[Named], stray: Sequence[Part]) -> list[Named]:
    """Doubted where a part beside holds a number that nobody names and that may count the same: "4 hộ và 1 HTX"."""
    amounts, said = [each for each in stray if isinstance(each, Amount)], _words(stray)
    unit = said[0] if _unit_size(said) else ""
    if len(amounts) != 1 or not _says_nothing(said[_unit_size(said) :]):
        return found
    same = [each for each in found if not unit or agreement(unit, unit_of(each[0].indicator.unit)) != "other"]
    return _doubted(found) if same else found


def _opening(segment: Sequence[Part]) -> tuple[Part, ...]:
    """The words before the first number: "kỳ trước ra quân 40, tin bài 3" is all about the period before."""
    return tuple(takewhile(lambda each: isinstance(each, str), segment))


def _segments(stream: Sequence[Part]) -> list[list[Part]]:
    found: list[list[Part]] = [[]]
    for part in stream:
        if part == COMMA:
            found.append([])
        else:
            found[-1].append(part)
    return found


def _single(segments: list[list[Part]], place: int, head: tuple[str, ...], judge: Judge) -> Iterator[Named]:
    """One number: its own part first, then with the parts beside it that have none, then with the piece's beginning."""
    before, amount, after = _around(segments[place])
    earlier, later = _bare(segments, place, -1), _bare(segments, place, 1)
    if ELSEWHEN & set(earlier):
        return
    occasion = tuple(each for each in (head if place else ()) if each in PART)
    context = (*occasion, *(each for each in earlier if each in PART))
    doubtful = bool(set(earlier) - FILLER - SOFT) and not TITLES & set(earlier)  # "khai sinh, hướng dẫn 20 lượt"
    tried = [
        Window((*context, *before), after),
        Window((*occasion, *earlier, *before), after),
        Window((*context, *before), (*after, *later)),
        Window((*occasion, *earlier, *before), (*after, *later)),
    ]
    if place and head and not ELSEWHEN & set(head):
        tried.append(Window((*context, *before), after, inherited=head))
    best: Match | None = None
    for number, window in enumerate(tried):
        match = judge(window) if window not in tried[:number] else None
        if match and doubtful and number not in WITH_EARLIER:
            match = Match(match.indicator, min(match.certainty, Certainty.NAMED))
        if match and (best is None or match.certainty > best.certainty):
            best = match
    if best:
        yield best, amount


def _around(segment: Sequence[Part]) -> tuple[tuple[str, ...], Amount, tuple[str, ...]]:
    at = next(place for place, each in enumerate(segment) if isinstance(each, Amount))
    amount = segment[at]
    assert isinstance(amount, Amount)
    return _words(segment[:at]), amount, _words(segment[at + 1 :])


def _bare(segments: list[list[Part]], place: int, step: int) -> tuple[str, ...]:
    """The words of the parts without numbers right before (`step` -1) or behind (1) the one at `place`."""
    found: list[str] = []
    place += step
    while 0 <= place < len(segments) and not any(isinstance(each, Amount) for each in segments[place]):
        here = list(_words(segments[place]))
        found = here + found if step < 0 else found + here
        place += step
    return tuple(found)


def _several(segment: Sequence[Part], judge: Judge) -> list[Named]:
    """Several numbers without a comma between them: a label stands before each, or behind each.

    Which of the two it is shows at the ends: words before the first number and none behind the last, or the other way
    round. Where neither shows, nothing is sure.
    """
    gaps, amounts = _gaps(segment)
    opened = bool(set(gaps[0]) - FILLER)
    closed = bool(set(gaps[-1][_unit_size(gaps[-1]) :]) - FILLER)
    clear = opened != closed
    if not amounts:
        return []
    read = _labels_first(gaps, judge) if opened else _numbers_first(gaps, judge)
    own = gaps[:-1] if opened else gaps[1:]
    bare = [gap[_unit_size(gap) if place or not opened else 0 :] for place, gap in enumerate(own)]
    clear = clear and not any(match is None and _says_nothing(gap) for match, gap in zip(read, bare, strict=True))
    clear = clear and not any(match is not None and match.certainty is Certainty.GUESSED for match in read)
    found = []
    for match, amount in zip(read, amounts, strict=True):
        if match is not None:
            certainty = match.certainty if clear else min(match.certainty, Certainty.NAMED)
            found.append((Match(match.indicator, certainty), amount))
    return found


def _says_nothing(gap: Sequence[str]) -> bool:
    """Whether the words of a number name nothing: it may belong to its neighbour ("42 hay 43")."""
    return not set(gap) - FILLER - SOFT


def _gaps(segment: Sequence[Part]) -> tuple[list[tuple[str, ...]], list[Amount]]:
    """The words before, between and behind the numbers."""
    gaps: list[list[str]] = [[]]
    amounts = []
    for part in segment:
        if isinstance(part, Amount):
            amounts.append(part)
            gaps.append([])
        else:
            gaps[-1].append(part)
    return [tuple(each) for each in gaps], amounts


def _labels_first(gaps: Sequence[tuple[str, ...]], judge: Judge) -> list[Match | None]:
    """A unit behind a number may as well begin the next label ("15 lượt ra quân 42"): both are tried."""
    found = []
    for place in range(len(gaps) - 1):
        label, behind = gaps[place], gaps[place + 1]
        starts = {0, _unit_size(label)} if place else {0}
        ends = {0, _unit_size(behind)} if place + 2 < len(gaps) else {len(behind)}
        found.append(_best(judge(Window(label[start:], behind[:end])) for start in starts for end in ends))
    return found


def _numbers_first(gaps: Sequence[tuple[str, ...]], judge: Judge) -> list[Match | None]:
    return [judge(Window((), behind)) for behind in gaps[1:]]


def _best(matches: Iterable[Match | None]) -> Match | None:
    """The most certain one; None when two are as certain about different indicators."""
    found = [each for each in matches if each is not None]
    top = max((each.certainty for each in found), default=None)
    best = {each.indicator.code: each for each in found if each.certainty is top}
    return next(iter(best.values())) if len(best) == 1 else None


def _unit_size(gap: Sequence[str]) -> int:
    return 1 if gap and gap[0] in KNOWN else 0


def _words(segment: Sequence[Part]) -> tuple[str, ...]:
    return tuple(each for each in segment if isinstance(each, str))
