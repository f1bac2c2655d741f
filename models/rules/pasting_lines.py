"""A pasted report cut into pieces, each with what stands above it: lines, bullets, tables, one cell a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, takewhile

from models.rules.folding import clean
from models.rules.pasting_doubts import is_mended, without_terms
from models.rules.pasting_identities import HIDDEN
from models.rules.pasting_numbers import COMMA, Amount, Part, is_month, months_named, parts
from models.rules.pasting_tables import Row, begins_cells, from_cells, from_columns, has_loose_number
from models.rules.pasting_words import ELSEWHEN, PART, TITLES, words

MOST_LINES = 250
MOST_PIECES = 250
MOST_CELLS = 40  # of one line
MOST_BRACKETS = 24  # of one piece
MOST_TITLES = 3  # lines at the beginning

_ENDS = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_CELLS = re.compile(r"\s*\|\s*|\s{3,}|\s*[.\u2026_]{3,}\s*")
_KEYCAP = re.compile(r"^\s*(?:(?:\d\ufe0f?\u20e3)+|[\u2460-\u2473\u2776-\u277f])\s*")
_MARKER = re.compile(
    r"^\s*(?:(?P<roman>[IVX]{1,4}[.)/:])\s+|(?P<number>\d{1,2}(?:\.\d{1,2})*(?:[.)/:]|\s?[-\u2013])\s*(?=[^\W\d_])|\d{1,2}[.)/]\s+(?=\d))"
    r"|(?P<letter>[a-hA-H\u0111\u0110][.)/])\s*|(?P<asked>(?:C\u00e2u|C)\s?\d{1,2}\s?[:.)]))",
)
_BULLET = re.compile(r"^[^\w\s(<~>=]+\s*")
_ORNAMENT = re.compile(r"[*_`\u201c\u201d\"]+")
_SHARE = re.compile(r"\btrong (?:\u0111\u00f3|do)\b:?", re.IGNORECASE)  # "of which"
_ABOUT = re.compile(
    r"(?:v\u1ec1|ve|c\u00f4ng t\u00e1c|cong tac|l\u0129nh v\u1ef1c|linh vuc) [^:\d]{3,40}$", re.IGNORECASE
)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_CUTS = re.compile(r";|\s/\s|(?<=[^\W\d_])/\s|\.\s+(?=[^\W\d_])|(?<=[?!])\s+")
_CHAT = re.compile(r"^\s*\[[^\]]*\d[^\]]*\]\s*[^:\d]{1,40}:\s+")  # "[09:12, 24/11/2026] Lan:"
_INLINE = re.compile(r"(?:(?<=^)|(?<=\s))(\d{1,2})[.)]\s*(?=[^\W\d_])")
_COUNTED = re.compile(r"(\d{1,2})\s(?=[^\W\d_])")
_NO_ROW = Row("", ())
_OF_TITLES = frozenset({"<part>", "ke_hoach", "chi_tieu", "muc_tieu"})  # "kết quả thực hiện kế hoạch", "tổ 5"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing said: its text as typed, the words of the heading above it, and whether something makes it doubtful.

    `shown`: what to show people of it. `is_total`: it stands in the column of a table that adds up the others.
    """

    text: str
    above: tuple[str, ...] = ()
    doubtful: bool = False
    shown: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    cells: tuple[str, ...]
    marker: str = ""
    doubtful: bool = False

    @property
    def text(self) -> str:
        return "; ".join(cell for cell in self.cells if cell)


def pieces(text: str, months: Collection[int] = ()) -> tuple[Piece, ...]:
    """The pieces of a text, in order. Bounded: what lies beyond MOST_LINES or MOST_PIECES is left out.

    `months`: those of the report's period.
    """
    lines = [line for each in _ENDS.split(text)[:MOST_LINES] if (line := _line(each)).text]
    time = _other_time(lines[:MOST_TITLES], months_named(text), months)
    found = islice(_pieces(_uncounted(lines), months), MOST_PIECES)
    return tuple(replace(each, above=(*each.above, *time)) for each in found)


def _other_time(titles: Sequence[_Line], named: Sequence[int], months: Collection[int]) -> tuple[str, ...]:
    """What the titles say of the time when the whole text is about a week, a quarter, a year or another month.

    A text that names one month only is not looked at for that: whoever pasted it is told the month.
    """
    said = [each for each in (parts(line.text) for line in titles) if _is_title(each)]
    own = next((word for each in said for word in each if isinstance(word, str) and is_month(word)), "")
    if own and months and len(set(named)) > 1 and own not in {f"<m{month}>" for month in months}:
        return ("<part>",)
    looked_for = ("<week>",) if own or len(months) > 1 else ("<week>", "<long>")
    return tuple(word for word in looked_for if any(word in each for each in said))


def _is_title(said: Sequence[Part]) -> bool:
    return bool(TITLES & set(said)) and not any(isinstance(each, Amount) for each in said)


def _line(raw: str) -> _Line:
    quoted, raw = raw.lstrip().startswith(">"), _CHAT.sub("", raw)
    raw = raw.lstrip(" ")
    marker, rest = "", _KEYCAP.sub("", raw)
    if rest != raw:
        marker = "number"
    while found := _BULLET.match(rest) if not rest.lstrip().startswith("|") else None:
        marker, rest = marker or "bullet", rest[found.end() :]
    rest = (_ORNAMENT.sub(" ", rest) if "\t" not in rest else rest).lstrip(" ")
    if found := _MARKER.match(rest):
        marker, rest = str(found.lastgroup), rest[found.end() :]
    return _Line(_cells(rest)[:MOST_CELLS], marker, quoted)


def _uncounted(lines: list[_Line]) -> list[_Line]:
    """The lines without numbers that only count them ("1 Tình nguyện viên 15"): those that grow from line to line.

    Where such a line has no other number, its first one may be the value, by chance one more than that above.
    """
    heads = [_COUNTED.match(each.text) if not each.marker and len(each.cells) == 1 else None for each in lines]
    numbers = [int(each[1]) if each else -9 for each in heads]
    found = []
    for place, (line, head) in enumerate(zip(lines, heads, strict=True)):
        near = (numbers[place] - 1 in numbers[max(place - 1, 0) : place]) or (
            numbers[place] + 1 in numbers[place + 1 : place + 2]
        )
        if head is None or not near:
            found.append(line)
            continue
        rest = line.text[head.end() :]
        counted = any(letter.isdigit() for letter in rest)
        found.append(_Line((rest,), "number") if counted else replace(line, doubtful=True))
    return found


def _cells(text: str) -> tuple[str, ...]:
    """The cells of a row; an empty one stays where tabs or bars say where the columns are."""
    if "\t" in text:
        return tuple(clean(each) for each in text.split("\t"))
    if "|" in text:
        return tuple(clean(each) for each in text.strip().strip("|").split("|"))
    return tuple(each for each in (clean(each) for each in _CELLS.split(text)) if each)


def _pieces(lines: list[_Line], months: Collection[int]) -> Iterator[Piece]:
    """Tables and one-cell-a-line runs are told apart from free lines, and headings kept for what stands below."""
    at, above, marker, below = 0, "", "", False
    while at < len(lines):
        line = lines[at]
        below = below or line.marker != marker  # what a heading announces has begun
        if above and _is_over(above, marker, line, below):
            above = ""
        rows, used = _table(lines, at, months)
        if used:
            for each, row in zip(lines[at : at + used], rows, strict=True):
                loose = replace(each, doubtful=each.doubtful or has_loose_number(each.cells))
                yield from _of_row(row, _context(above)) if row is not None else _of_line(loose, _context(above))
            at += used
            continue
        if _is_heading(line.text):
            above, marker, below = line.text, line.marker, False
        yield from _of_line(line, _context(above) if above != line.text else ())
        at += 1


def _table(lines: Sequence[_Line], at: int, months: Collection[int]) -> tuple[list[Row | None], int]:
    """The rows of the table that begins here, and how many lines it takes; no lines when none begins."""
    wide = len(lines[at].cells) > 1
    if not wide and (
        lines[at].marker not in ("", "bullet") or not begins_cells([each.text for each in lines[at : at + 4]])
    ):
        return [], 0
    run = list(takewhile(lambda line: (len(line.cells) > 1) == wide, islice(lines, at, None)))
    if wide:
        return list(from_columns([each.cells for each in run], months)), len(run)
    cells = from_cells([each.text for each in run])
    if cells is None:
        return [], 0
    return [*cells.rows, *([_NO_ROW] * (cells.used - len(cells.rows)))], cells.used


def _of_row(row: Row, above: tuple[str, ...]) -> Iterator[Piece]:
    for value in row.values:
        text = f"{row.label}: {value}"
        yield Piece(text, above, row.doubtful, text, row.is_total)


def _is_heading(text: str) -> bool:
    """Words alone, or a line that announces others; whose telephone number stands in it is no heading."""
    if HIDDEN in text:
        return False
    said = parts(text)
    alone = not any(isinstance(each, Amount) for each in said) and not {"khong", "chua"} & set(said)
    return alone or text.rstrip().endswith(":")


def _is_over(above: str, marker: str, line: _Line, below: bool) -> bool:
    """Whether a heading no longer stands above this line: one of its own kind has come."""
    if line.marker != marker or ELSEWHEN & set(_context(above)):
        return False
    return below or bool(marker) or not above.rstrip().endswith(":")


def _context(heading: str) -> tuple[str, ...]:
    """The words of a heading; a title names the report, its plan and whose it is, and says nothing against a number."""
    said = parts(heading)
    for place, (mark, following) in enumerate(pairwise(said)):
        if mark == COMMA and following in ELSEWHEN and TITLES & set(said[:place]):
            said = said[:place]  # "báo cáo tháng 11, phương hướng tháng 12": the results come first
            break
    found = tuple(each for each in said if isinstance(each, str) and each != COMMA)
    return tuple(each for each in found if each not in _OF_TITLES) if TITLES & set(found) else found


def _of_line(line: _Line, above: tuple[str, ...]) -> Iterator[Piece]:
    """The pieces of a free line; what its beginning says of the time or the occasion holds for all of them."""
    occasion: tuple[str, ...] = ()
    doubtful = line.doubtful or is_mended(line.text)
    for number, text in enumerate(_cut(line.text)):
        head, _, rest = text.partition(":")
        begins = rest and not any(isinstance(each, Amount) for each in parts(head))
        if begins:
            said = tuple(each for each in _context(head) if each in PART | ELSEWHEN or is_month(each))
            occasion = said if not number or said else occasion
        if begins and _ABOUT.match(head):  # "Về truyền thông: 9 tin bài"
            yield from _with_details(Piece(rest, (*above, *occasion, *_context(head)), doubtful))
            continue
        is_title = begins and TITLES & set(words(head)) and re.match(r"\s*[^\W\d_]", rest)
        yield from _with_details(Piece(rest if is_title else text, (*above, *occasion), doubtful))


def _cut(text: str) -> list[str]:
    """The parts of a line: at semicolons, slashes, full stops, and before the numbers of a list in one line."""
    text = _BRACKETS.sub(lambda found: found[0].replace(";", ","), text)
    places, count = [], 0
    for found in _INLINE.finditer(text):
        if int(found[1]) == count + 1:
            count += 1
            places.append(found)
    if count >= 3:
        ends = [*(each.start() for each in places[1:]), len(text)]
        listed = [text[found.end() : end] for found, end in zip(places, ends, strict=True)]
        texts = [text[: places[0].start()], *listed]
    else:
        texts = [text]
    return [part.strip() for each in texts for part in _CUTS.split(each) if part.strip()]


def _with_details(piece: Piece) -> Iterator[Piece]:
    """A piece without its brackets, then what stands in them: a share of the number, or another number."""
    text, details = piece.text, []
    for found in islice(_BRACKETS.finditer(piece.text), MOST_BRACKETS):
        before = piece.text[: found.start()]
        has_digits = any(letter.isdigit() for letter in found[1])
        if has_digits:
            details.append(found[1])
        keep = found[1] if (not any(letter.isdigit() for letter in before) and not has_digits) else ""
        if ("%" in found[1] or "/" in found[1]) and not ELSEWHEN & set(words(found[1])):
            keep = found[1]  # the share, or the two numbers, of a rate
        text = text.replace(found[0], f" {keep} ", 1)
    main, *shares = _SHARE.split(text, maxsplit=1)
    yield replace(piece, text=without_terms(main), shown=piece.text)
    for detail in (*details, *shares):
        if "%" not in detail and "/" not in detail:
            yield replace(piece, text=detail, above=(*piece.above, "trong_do"), doubtful=True, shown=detail)
