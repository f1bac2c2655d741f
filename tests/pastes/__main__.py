"""python -m tests.pastes [--held-out]: how well pasted reports are read, and every miss.

The misses of the texts kept apart are listed only when asked for, so that nobody tunes the rules on them by accident.
"""

from __future__ import annotations

import sys

from tests.pastes import Score, corpus, score


def main() -> None:
    texts = list(corpus())
    _show("texts the rules were tuned on", score(each for each in texts if not each.held_out), with_misses=True)
    held_out = score(each for each in texts if each.held_out)
    _show("texts kept apart", held_out, with_misses="--held-out" in sys.argv)


def _show(title: str, got: Score, *, with_misses: bool) -> None:
    lines = [
        f"{title}: {got.texts} texts, {got.expected} values",
        f"  taken without asking: {got.accepted}, precision {got.precision:.1f} %, recall {got.recall:.1f} %",
        f"  with those asked about: {got.shown}, recall {got.recall_shown:.1f} %, wrong ones shown {got.shown_wrong}",
        *(f"    {miss}" for miss in got.misses if with_misses),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


main()
