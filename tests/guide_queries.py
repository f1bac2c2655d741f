"""python -m tests.guide_queries [--misses SET]: how often a search finds the right guide."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.guides import read_all, read_words
from models.rules.guide_search import GuideIndex
from models.rules.search_index import SearchIndex

QUERIES = Path(__file__).parent / "guide_queries.yaml"
SETS = ("written_first", "held_out")


@dataclass(frozen=True, slots=True)
class Asked:
    """`right`: the guides of which any is a right first answer; empty: nothing may be found."""

    set: str
    kind: str
    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quality:
    """Recall at 1 and at 3 of those that ask for a guide; `silent`: the part of the others that found nothing."""

    asked: int
    first: float
    three: float
    others: int
    silent: float


def queries() -> tuple[Asked, ...]:
    data = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    return tuple(_asked(name, kind, line) for name in SETS for kind, lines in data[name].items() for line in lines)


def misses(index: SearchIndex, asked: Iterable[Asked], within: int = 1) -> Iterator[tuple[Asked, list[str]]]:
    """What was not found among the first, with what was found instead."""
    for each in asked:
        found = [hit.code for hit in index.find(each.text)]
        if (each.right and not each.right & set(found[:within])) or (not each.right and found):
            yield each, found


def quality(index: GuideIndex, asked: Iterable[Asked]) -> Quality:
    every = tuple(asked)
    wanted, others = [each for each in every if each.right], [each for each in every if not each.right]
    missed = {within: len(list(misses(index, wanted, within))) for within in (1, 3)}
    wrong = len(list(misses(index, others)))
    return Quality(
        len(wanted), 1 - missed[1] / len(wanted), 1 - missed[3] / len(wanted), len(others), 1 - wrong / len(others)
    )


def lines(index: GuideIndex, asked: Iterable[Asked]) -> Iterator[str]:
    """The figures of each set, a line each."""
    asked = tuple(asked)
    for name in SETS:
        found = quality(index, (each for each in asked if each.set == name))
        yield (
            f"{name:14} {found.asked:4} queries: recall@1 {found.first:.3f}, recall@3 {found.three:.3f}; "
            f"{found.others} about nothing: {found.silent:.3f} find nothing"
        )


def _asked(name: str, kind: str, line: str) -> Asked:
    text, _, right = line.rpartition(" → ") if kind != "nothing" else (line, "", "")
    return Asked(name, kind, text, frozenset(right.split()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.guide_queries", description=__doc__)
    parser.add_argument("--misses", choices=SETS, help="show what was not found first, in that set")
    shown = parser.parse_args().misses
    index = GuideIndex(read_all(), read_words())
    print("\n".join(lines(index, queries())))
    for each, found in misses(index, (each for each in queries() if each.set == shown)):
        print(f"  {each.kind}: {each.text} → {' '.join(sorted(each.right)) or 'nothing'}; found {' '.join(found[:4])}")


if __name__ == "__main__":
    main()
