"""python -m tests.bench [--quick] [--json FILE] [--only PART]: how fast and how large, side by side with others."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import inspect
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import psutil

from tests.bench import announcements, reminders, search, start, turns, world
from tests.bench.table import WIDE, show_announcements, show_reminders, show_search, show_start, show_turns

PARTS = ("turns", "reminders", "announce", "start", "search", "deadlines")
FULL = turns.Size(seconds=6.0, rounds=3, teams=2000)
QUICK = turns.Size(seconds=2.5, rounds=1, teams=2000)
FULL_REMINDERS, QUICK_REMINDERS = 2000, 150
FULL_ANNOUNCEMENT, QUICK_ANNOUNCEMENT = announcements.Size(20_000, 3, 150), announcements.Size(600, 1, 12)
VERSIONS = ("python-telegram-bot", "SQLAlchemy", "aiohttp", "httpx")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="in a minute, with smaller numbers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to a file")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be given several times")
    return parser.parse_args()


async def main() -> None:
    asked, began = options(), time.monotonic()
    found: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    print(f"# Sổ Tay Số, measured {found['at']}\n\n{textwrap.fill(found['machine']['sentence'], WIDE)}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="so-tay-so-bench-"))
    try:
        await _measure(asked.only or PARTS, asked.quick, folder, found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found["seconds"] = round(time.monotonic() - began, 1)
    print(f"\nAll of it took {found['seconds']:.0f} s.")
    if asked.json:
        asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


async def _measure(parts: tuple[str, ...], quick: bool, folder: Path, found: dict[str, Any]) -> None:
    size, template = QUICK if quick else FULL, folder / "template.db"
    if "turns" in parts or "start" in parts:
        await world.make(template, size.teams, datetime.now(UTC))
    if "turns" in parts:
        found["turns"] = show_turns(await turns.measure(size, template, folder / "turns"), size)
    if "reminders" in parts:
        teams = QUICK_REMINDERS if quick else FULL_REMINDERS
        found["reminders"] = show_reminders(await reminders.measure(teams, folder / "reminders"), teams)
    if "announce" in parts:
        large = QUICK_ANNOUNCEMENT if quick else FULL_ANNOUNCEMENT
        found["announce"] = show_announcements(await announcements.measure(large, folder / "announce"), large)
    if "start" in parts:
        times = 1 if quick else 3
        found["start"] = show_start(await start.measure(times, template, folder / "start"), times, size.teams)
    if "search" in parts:
        found["search"] = show_search(*search.measure(quick))
    if "deadlines" in parts:
        found["deadlines"] = await the_rest(quick)


def machine() -> dict[str, Any]:
    """What it was measured on."""
    cores, memory, load = os.cpu_count() or 1, psutil.virtual_memory().total / 1e9, os.getloadavg()[0]
    versions = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    versions |= {name: metadata.version(name) for name in VERSIONS}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    sentence = (
        f"{cores} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, {listed}; load before the run "
        f"{load:.1f}. Each bot and the stand-in for the Bot API are separate processes, on loopback, on those cores."
    )
    return {
        "cores": cores, "memory_gb": round(memory, 1), "load": load, "versions": versions, "sentence": sentence
    }  # fmt: skip


async def the_rest(quick: bool) -> Any:
    """What tests/bench/deadlines.py reports, where it is there."""
    if importlib.util.find_spec("tests.bench.deadlines") is None:
        return None
    report: Callable[..., Any] = import_module("tests.bench.deadlines").report
    found = report(quick=quick) if "quick" in inspect.signature(report).parameters else report()
    found = await found if inspect.isawaitable(found) else found
    return json.loads(json.dumps(found, default=str))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
