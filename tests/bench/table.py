"""What was measured, in words and Markdown tables; each part returns the same as plain data for --json."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.bench import announcements, contenders, reminders, search, start, turns
from tests.guide_queries import Quality

WIDE = 150  # characters of a line of text


def show_turns(measured: Sequence[turns.Measured], size: turns.Size) -> list[dict[str, Any]]:
    """Each bot's rate, and its rate by processor time, as ratios to the echo."""
    if contenders.AIOGRAM not in contenders.present():
        print("\naiogram is not installed here, so its FSM is not measured (`pip install aiogram` adds it).")
    echo = next(each for each in measured if each.name == "echo")
    head = (
        "bot", "keeps", "turns/s", "of echo", "from–to", "p50 ms", "p99 ms", "turns/CPU s", "of echo", "MB after",
        "turns", "reports",
    )  # fmt: skip
    rows, plain = [], []
    for each in measured:
        ratio = round(each.rate / echo.rate, 2)
        by_processor = round(each.per_processor_second / echo.per_processor_second, 2)
        spread = f"{each.lowest:.0f}–{each.highest:.0f}"
        rows.append(
            (
                each.title, each.keeps, each.rate, ratio, spread, each.p50, each.p99, each.per_processor_second,
                by_processor, each.memory, each.turns, each.reports,
            )
        )  # fmt: skip
        plain.append(asdict(each) | {"of_echo": ratio, "of_echo_by_processor": by_processor})
    show("Turns per second", _how_turns(size), head, rows)
    return plain


def _how_turns(size: turns.Size) -> str:
    return (
        f"{turns.PLACES} people at once by long polling, each going on as soon as the answer is there. Median of "
        f"{size.rounds} × {size.seconds:g} s after {turns.WARM:g} s of warming up, the bots in turn. A report is 15 "
        f"turns: open, begin, twelve numbers, send; each of {size.teams:,} leaders files one (to the echo people say a "
        "number). Our SQLite is on disk with synchronous=FULL; every report whose receipt was seen is looked up in the "
        "database afterwards. No bot holds itself to Telegram's one message a second in a chat here. “turns/CPU s”: "
        "turns by each second of the bot's own processor time, which other work on the machine hardly moves."
    )


def show_reminders(found: reminders.Measured, teams: int) -> dict[str, Any]:
    """One line: the share of the limit, the refusals, and how long replies took meanwhile."""
    how = (
        f"{teams:,} teams owe the monthly report three days before its deadline (the bot's clock is put forward to "
        "that morning). The stand-in keeps Telegram's limits (30 messages a second over all chats, replies among them, "
        f"and 1 a second in a chat) and answers 429 beyond. Meanwhile {reminders.REPORTERS} leaders file reports, "
        f"{reminders.AT_ONCE} at a time, {reminders.PAUSE:g} s between answer and next number; “messages/s” "
        "counts these replies too."
    )
    head = (
        "reminders sent", "of", "seconds", "messages/s", "limit", "share %", "429s", "replies", "p50 ms", "p95 ms",
        "max ms", "MB",
    )  # fmt: skip
    row = (
        found.sent, found.due, found.seconds, found.rate, found.limit, round(found.share * 100, 1), found.too_many,
        found.reply_turns, found.reply_p50, found.reply_p95, found.reply_max, found.memory,
    )  # fmt: skip
    show("Reminders", how, head, [row])
    return asdict(found)


def show_announcements(found: announcements.Measured, size: announcements.Size) -> dict[str, Any]:
    """How fast an announcement reaches everybody, through kills, and how long those wait who write meanwhile."""
    how = (
        f"One announcement to {size.recipients:,} people; the stand-in keeps Telegram's limits and answers 429 above "
        f"them. The bot is killed {size.kills} time(s) on the way and started again; messages a second are those of "
        f"its lives, from the first to the last of each. Meanwhile {announcements.AT_ONCE} leaders at a time file "
        f"reports, a turn every {announcements.PAUSE:g} s each; their waits include the kills. “unclear”: nobody "
        "can know whether these arrived, and they are not sent again."
    )
    head = (
        "in the ledger", "arrived", "unclear", "twice", "kills", "seconds", "messages/s", "share %", "429s", "replies",
        "p50 ms", "p95 ms", "max ms", "MB",
    )  # fmt: skip
    row = (
        found.recipients, found.arrived, found.unclear, found.twice, found.kills, found.seconds, found.rate,
        round(found.share * 100, 1), found.too_many, found.reply_turns, found.reply_p50, found.reply_p95,
        found.reply_max, found.memory,
    )  # fmt: skip
    show("An announcement", how, head, [row])
    return asdict(found)


def show_start(measured: Sequence[start.Measured], times: int, teams: int) -> list[dict[str, Any]]:
    """Seconds to the first answer, and memory at rest."""
    how = (
        f"Seconds from spawning the process to the first answer on somebody's screen, {times} time(s); memory "
        f"{start.SETTLED:g} s later. The province has {teams:,} teams. The kill comes {start.LOADED:g} s into the load "
        f"of {turns.PLACES} people; “all answered”: until everybody who had said something before the new process "
        "began has an answer."
    )
    head = ("bot", "median s", "slowest s", "all answered s", "MB at rest")
    rows = [(each.what, each.seconds, each.longest, each.everybody, each.memory) for each in measured]
    show("Start to first answer", how, head, rows)
    return [asdict(each) for each in measured]


def show_search(found: dict[str, Quality], measured: Sequence[search.Measured]) -> dict[str, Any]:
    """How often the right guide comes first, and how long a search takes."""
    how = (
        "Our own queries of tests/guide_queries.yaml against the guides we ship: the part of those with a right guide "
        "where it came first, or among the first three; the part of the others that found nothing. “held_out” was not "
        "looked at while the search was tuned."
    )
    head = ("queries", "with a guide", "recall@1 %", "recall@3 %", "about nothing", "find nothing %")
    rows = [
        (name, each.asked, _percent(each.first), _percent(each.three), each.others, _percent(each.silent))
        for name, each in found.items()
    ]
    show("Guide search: quality", how, head, rows)
    _show_search_times(measured)
    return {
        "quality": {name: asdict(each) for name, each in found.items()}, "times": [asdict(each) for each in measured]
    }  # fmt: skip


def _show_search_times(measured: Sequence[search.Measured]) -> None:
    how = (
        "The guides we ship, then with synthetic ones beside them (seeded, as long as ours). Asked: our own queries, "
        f"and up to {search.TITLES} titles as written, without marks, and with two letters changed about; recall is "
        "that of the titles. Milliseconds of processor time of one core, which other work on the machine hardly moves."
    )
    head = ("guides", "build ms", "MB", "asked", "p50 ms", "p99 ms", "max ms", "recall@1 %", "recall@3 %")
    rows = [
        (
            each.guides, round(each.build), round(each.megabytes), each.asked, round(each.p50, 2), round(each.p99, 2),
            round(each.longest, 2), _percent(each.first), _percent(each.three),
        )
        for each in measured
    ]  # fmt: skip
    show("Guide search: time", how, head, rows)


def _percent(part: float) -> float:
    return round(part * 100, 1)


def show(title: str, how: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A heading, one paragraph on how it was measured, and a table; numbers to the right."""
    cells = [[_cell(each) for each in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *cells]) for column in range(len(head))]
    right = [all(isinstance(row[column], int | float | None) for row in rows) for column in range(len(head))]
    print(f"\n## {title}\n\n{textwrap.fill(how, WIDE)}\n")
    print(_line(list(head), widths, right))
    rules = ["-" * (width + 1) + (":" if r else "-") for width, r in zip(widths, right, strict=True)]
    print(f"|{'|'.join(rules)}|")
    for row in cells:
        print(_line(row, widths, right))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    placed = [
        cell.rjust(width) if r else cell.ljust(width) for cell, width, r in zip(cells, widths, right, strict=True)
    ]
    return f"| {' | '.join(placed)} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
