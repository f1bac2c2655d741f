"""What was read from a pasted text or a filled file, shown line by line before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from handlers.report_photos import taken
from handlers.report_sheet import Line, ask, is_same_talk, line, show
from handlers.turn import Turn
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.forms import Value
from models.rules.pasting import LONGEST, Found, Pasted, read_paste
from models.rules.pasting_identities import hide_identities
from models.rules.pasting_review import Item, items
from models.rules.reports import read_value, shown, write_value

WAITING, REVIEW = "paste.text", "paste.review"
LINES = 12  # on one page
ASKED = 4  # unclear lines with buttons on one page
LONGEST_MONTH = 31  # days between the first and the last of a period that people call a month
FAULTS = 6  # cells named on one page
QUOTE, BEHIND = 30, 6  # characters quoted of a line that is sure; of them behind the number, for its unit
UNKNOWN = 5  # pieces shown that nobody understood


@dataclass(frozen=True)
class Draft:
    """What waits in the talk: the text pasted so far, or the values of a filled file, and what was decided since.

    `faults`: what is wrong in a file, cell by cell. `hidden`: how many telephone or identity numbers were taken out of
    the text before it came to rest here.
    """

    text: str = ""
    given: tuple[tuple[str, str, str], ...] = ()
    picked: Mapping[str, str] = field(default_factory=dict)
    hidden: int = 0
    faults: tuple[Line, ...] = ()

    @property
    def is_file(self) -> bool:
        return bool(self.given or self.faults)

    @property
    def is_empty(self) -> bool:
        return not self.text and not self.is_file

    def joined(self, more: str) -> Draft:
        """With another message behind it; what goes beyond the longest text is left out."""
        kept, hidden = hide_identities(more)
        text = f"{self.text}\n{kept}".strip()[:LONGEST]
        return replace(self, text=text, hidden=self.hidden + hidden)

    def with_picked(self, code: str, value: Value) -> Draft:
        """With one line decided; an empty value leaves it out."""
        return replace(self, picked={**self.picked, code: write_value(value)})

    def read(self, sheet: Sheet) -> Pasted:
        if self.is_file:
            filled = [Found(code, (read_value(value),), True, cell) for code, value, cell in self.given]
            return Pasted(tuple(filled))
        return read_paste(self.text, sheet.form, sheet.asked, months_of(sheet))

    def items(self, sheet: Sheet, found: Sequence[Found]) -> tuple[Item, ...]:
        picked = {code: read_value(value) for code, value in self.picked.items()}
        return items(found, sheet.asked, picked, sheet.values)


def draft_of(turn: Turn, sheet: Sheet) -> Draft:
    """What waits in the talk for this report; an empty draft when nothing does."""
    data = turn.talk.data
    if not is_same_talk(turn, sheet) or not turn.talk.flow.startswith("paste."):
        return Draft()
    given = tuple((str(code), str(value), str(cell)) for code, value, cell in data.get("given", []))
    picked, faults = dict(data.get("picked", {})), tuple(data.get("faults", []))
    return Draft(str(data.get("text", "")), given, picked, int(data.get("hidden", 0)), faults)


def keep_draft(turn: Turn, sheet: Sheet, flow: str, draft: Draft, **data: Any) -> None:
    given = [list(each) for each in draft.given]
    kept = {"given": given, "picked": dict(draft.picked), "hidden": draft.hidden, "faults": list(draft.faults)}
    ask(turn, sheet, flow, text=draft.text, **kept, **data)


async def beside(turn: Turn, sheet: Sheet) -> Line:
    """What becomes of anything but a text that comes while lines wait: photos are kept, the lines go on waiting."""
    if turn.incoming.kind == "edit":
        return line("paste.edited")
    return await taken(turn, sheet) if turn.incoming.kind in ("photo", "file") else line("menu.unsupported")


def button(sheet: Sheet, label: str, action: str, arg: str | int = "", *, acts: bool = False, **values: Any) -> Button:
    """A button about this report; with `acts` it is stale once anything in the report has changed."""
    version = sheet.report.version if acts else 0
    return Button(f"paste.{label}", f"paste.{action}", sheet.report.id, version, str(arg), values)


def invitation(turn: Turn, sheet: Sheet, draft: Draft, *before: Line) -> list[Message]:
    """Where the text is pasted: one message or several."""
    keep_draft(turn, sheet, WAITING, draft)
    values = {
        "before": list(before),
        "team": sheet.unit.name,
        "starts": sheet.period.starts_on,
        "ends": sheet.period.ends_on,
        "has_text": bool(draft.text),
        "most": LONGEST,
    }
    back = button(sheet, "button_read", "review") if draft.text else show(sheet, "button_back", "start")
    return [Message("paste.ask", values, ((back,),), expects="text")]


def review_page(
    turn: Turn, sheet: Sheet, draft: Draft, *before: Line, page: int = 0, pasted: Pasted | None = None
) -> list[Message]:
    """Every line that was understood, what was not, and what each would change; nothing is written yet.

    `pasted`: what the draft reads as, where the caller has read it already.
    """
    pasted = pasted or draft.read(sheet)
    lines = draft.items(sheet, pasted.found)
    pages = max(1, (len(lines) + LINES - 1) // LINES)
    page = max(0, min(page, pages - 1))
    keep_draft(turn, sheet, REVIEW, draft, page=page)
    here = lines[page * LINES : (page + 1) * LINES]
    new = sum(each.is_new for each in lines)
    values = _facts(sheet, draft, pasted) | {
        "before": list(before),
        "rows": [_row(each) for each in here],
        "count": len(lines),
        "new": new,
        "asked": sum(each.chosen is None and bool(each.options) for each in lines),
        "page": page + 1,
        "pages": pages,
    }
    buttons = _buttons(sheet, draft, here, new, mark_of(lines), (page, pages))
    return [Message("paste.review", values, buttons, expects="text")]


def months_of(sheet: Sheet) -> frozenset[int]:
    """The months that people mean by the period: of one of about a month, the one it ends in."""
    first, last = sheet.period.starts_on, sheet.period.ends_on
    count = 1 if (last - first).days <= LONGEST_MONTH else (last.year - first.year) * 12 + last.month - first.month + 1
    return frozenset((last.month - back - 1) % 12 + 1 for back in range(min(count, 12)))


def mark_of(lines: Sequence[Item]) -> str:
    """What a button to file these lines carries: pressed when others are shown by now, it does nothing."""
    chosen = [f"{each.indicator.code}={write_value(each.chosen)}" for each in lines if each.chosen and each.is_new]
    return sha256("\n".join(chosen).encode()).hexdigest()[:8]


def _pick(sheet: Sheet, each: Item, option: Value) -> Button:
    unit = "" if each.indicator.is_rate else each.indicator.unit
    arg = f"{each.position}:{write_value(option)}"
    return button(sheet, "button_pick", "pick", arg, n=each.position, amount=shown(option), unit=unit)


def _facts(sheet: Sheet, draft: Draft, pasted: Pasted) -> dict[str, Any]:
    own = months_of(sheet)
    others = [month for month in pasted.months if month not in own]
    labels = {each.code: each.short_label for each in sheet.asked}
    return {
        "code": sheet.code,
        "starts": sheet.period.starts_on,
        "ends": sheet.period.ends_on,
        "from_file": draft.is_file,
        "faults": list(draft.faults[:FAULTS]),
        "more_faults": max(0, len(draft.faults) - FAULTS),
        "other_month": others[0] if others and len(pasted.months) == 1 else 0,
        "unknown": list(pasted.unknown[:UNKNOWN]),
        "more_unknown": max(0, len(pasted.unknown) - UNKNOWN),
        "later": [labels[code] for code in pasted.later],
        "hidden": draft.hidden,
        "is_full": len(draft.text) >= LONGEST,
    }


def _row(each: Item) -> dict[str, Any]:
    best = each.chosen or (each.options[0] if each.options else None)
    return {
        "n": each.position,
        "label": each.indicator.short_label,
        "unit": "" if each.indicator.is_rate else each.indicator.unit,
        "amount": shown(best),
        "options": [shown(option) for option in each.options],
        "piece": each.piece if each.chosen is None or not each.options else _quoted(each.piece, shown(best)),
        "chosen": each.chosen is not None,
        "none": each.none,
        "left_out": not each.options,
        "was": shown(each.old) if each.old is not None and each.is_new else "",
        "same": each.chosen is not None and each.chosen == each.old,
    }


def _quoted(piece: str, amount: str) -> str:
    """Of a long piece what stands around the number; all of it where the number is written in another way."""
    written = re.search(rf"(?<![\d.,]){re.escape(amount)}(?!\d)", piece)
    if len(piece) <= QUOTE or written is None:
        return piece
    end = min(len(piece), written.end() + BEHIND)
    start = max(0, end - QUOTE)
    return ("…" if start else "") + piece[start:end].strip() + ("…" if end < len(piece) else "")


def _buttons(
    sheet: Sheet, draft: Draft, here: Sequence[Item], new: int, mark: str, place: tuple[int, int]
) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    if new:
        rows.append((button(sheet, "button_file", "file", mark, acts=True, count=new),))
    unclear = [each for each in here if each.chosen is None and each.options]
    rows += [tuple(_pick(sheet, each, option) for option in each.options) for each in unclear[:ASKED]]
    page, pages = place
    turns = [(page - 1, "button_earlier")] if page > 0 else []
    turns += [(page + 1, "button_later")] if page + 1 < pages else []
    if turns:
        rows.append(tuple(button(sheet, label, "page", number) for number, label in turns))
    more = () if draft.is_file else (button(sheet, "button_more", "more"),)
    return (*rows, (*more, button(sheet, "button_drop", "drop")))
