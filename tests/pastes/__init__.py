"""Reports as leaders write them, with what a careful reader makes of them: the proof of models/rules/pasting.py.

How well the rules read texts they had never seen, in the order they were shown (values taken without asking, how many
of them were wrong, recall without and with questions). Each batch was read once, then became a text to work with:

    fresh_*      42 texts, 193 values   130 taken,  7 wrong, precision  94.6 %   recall 63.7 %  81.3 %
    unsealed_1   20 texts, 119 values    78 taken,  1 wrong, precision  98.7 %   recall 64.7 %  94.1 %
    unsealed_2   20 texts,  97 values    64 taken,  5 wrong, precision  92.2 %   recall 60.8 %  93.8 %
    unsealed_3   20 texts, 105 values   101 taken,  6 wrong, precision  94.1 %   recall 90.5 %  94.3 %
    unsealed_4   20 texts,  82 values    85 taken,  5 wrong, precision  94.1 %   recall 97.6 % 100.0 %
    held_out/sealed   20 texts, 126 values   116 taken, 0 wrong, precision 100.0 %   recall 92.1 %  99.2 %

The rules as they were before read the last batch with 110 taken, 1 wrong (99.1 %), and the last five together with
432 taken, 21 wrong (95.1 %). None wrong of the 116 says only that fewer than about 26 in a thousand are (95 %
confidence): that 99.5 % hold for everybody's texts is the aim and not shown yet. No text is a real report; one person
wrote them all, the first three batches before they had read the rules, the other three after.

"wrong" counts as well a value that the text does say but that a careful reader asks about; four such labels in the
batches 2 and 4 were found too strict and mended afterwards, so that the files of today give slightly better figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.rules.forms import Form
from models.rules.pasting import Pasted, read_paste
from models.rules.reports import write_value
from tests.shipped import plans

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Paste:
    """One text. `values`: what a careful reader files without asking; `asks`: what they would ask about first."""

    name: str
    unit: str
    text: str
    values: dict[str, str]
    asks: dict[str, str]
    held_out: bool

    @property
    def read(self) -> Pasted:
        return read_paste(self.text, form(), form().indicators_for(self.unit), {11})


@dataclass
class Score:
    """How well texts were read. `misses` are sentences, one each."""

    texts: int = 0
    expected: int = 0
    accepted: int = 0
    wrong: int = 0
    accepted_right: int = 0
    shown_right: int = 0
    shown: int = 0
    shown_wrong: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of the values taken without asking, how many are right, in percent."""
        return 100 * (1 - self.wrong / self.accepted) if self.accepted else 100.0

    @property
    def recall(self) -> float:
        """Of the values that stand in the texts, how many are taken without asking and right, in percent."""
        return 100 * self.accepted_right / max(1, self.expected)

    @property
    def recall_shown(self) -> float:
        """The same, with those that are shown as a question."""
        return 100 * self.shown_right / max(1, self.expected)


@cache
def form() -> Form:
    return next(each for programme in plans() for each in programme.forms if each.code == "BC-CĐS-TN")


def corpus() -> Iterator[Paste]:
    for path in sorted(HERE.rglob("*.yaml")):
        for each in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield _paste(each, path.parent != HERE)


def score(pastes: Iterable[Paste]) -> Score:
    total = Score()
    for paste in pastes:
        _judge(paste, total)
    return total


def _paste(entry: dict[str, Any], held_out: bool) -> Paste:
    values = {code: str(value) for code, value in (entry["values"] or {}).items()}
    asks = {code: str(value) for code, value in entry.get("asks", {}).items()}
    return Paste(entry["name"], entry["unit"], entry["text"], values, asks, held_out)


def _judge(paste: Paste, total: Score) -> None:
    total.texts += 1
    total.expected += len(paste.values)
    found = {each.code: each for each in paste.read.found}
    for code, each in found.items():
        options = [write_value(value) for value in each.options]
        right = paste.values.get(code)
        total.shown += 1
        if each.sure:
            total.accepted += 1
            total.accepted_right += right == options[0]
        if each.sure and right != options[0]:
            total.wrong += 1
            total.misses.append(
                f"WRONG {paste.name}: {code} {options[0]} taken, {right or 'nothing'} said ({each.piece})"
            )
        elif right in options:
            total.shown_right += 1
            if not each.sure:
                total.misses.append(f"asked {paste.name}: {code} {right} ({each.piece})")
        elif right is not None or paste.asks.get(code) not in options:
            total.shown_wrong += 1
            total.misses.append(f"shown {paste.name}: {code} {options}, {right or 'nothing'} said ({each.piece})")
    for code, right in paste.values.items():
        if code not in found:
            total.misses.append(f"lost  {paste.name}: {code} {right}")
