"""python -m tests.kill.process FOLDER: starts the real bot as often as it is asked to, as `python -m bot run` does.

Each line on standard input starts one: "0" just so, "3 inside effect" one that kills itself with SIGKILL at the third
passing of that point. Answered with {"started": pid}, {"reached": point} right before it kills itself, and
{"ended": status} (negative: by that signal). Everything is imported once and each bot is a fork, so that a start costs
what the start itself costs. No hook of this stands in the bot: `reach` is a parameter of App.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bot import commands
from bot.__main__ import main
from bot.app import App
from bot.channels import RawEvent

AROUND_RECEIVE = ("after fetch", "before next poll")


class WatchedApp(App):
    """The App with two more points: what was fetched is not stored yet; what was stored is not confirmed yet."""

    def __init__(self, *parts: Any, reach: Callable[[str], None]) -> None:
        settings, db, clock, words, channels, limits = parts
        super().__init__(settings, db, clock, words, channels, limits, reach)
        self._passed = reach

    async def receive(self, channel: str, events: Sequence[RawEvent]) -> None:
        self._passed(AROUND_RECEIVE[0])
        await super().receive(channel, events)
        self._passed(AROUND_RECEIVE[1])


class Trap:
    """Kills this process at the n-th passing of a point; other points are passed unharmed."""

    def __init__(self, point: str, nth: int, tell: Callable[..., None]) -> None:
        self._point, self._left, self._tell = point, nth, tell

    def __call__(self, point: str) -> None:
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._tell(reached=point)
            os.kill(os.getpid(), signal.SIGKILL)


def serve(folder: Path) -> None:
    """Start a bot for each line, one at a time, until there are no more lines."""
    for line in sys.stdin:
        nth, _, point = line.strip().partition(" ")
        child = os.fork()
        if child == 0:
            _become_bot(Trap(point, int(nth), _teller(os.dup(1))), folder)
        tell = _teller(1)
        tell(started=child)
        tell(ended=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _become_bot(trap: Trap, folder: Path) -> None:
    for file, name in ((1, "out.txt"), (2, "log.txt")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), file)
    vars(commands)["App"] = partial(WatchedApp, reach=trap)
    status = 1
    try:
        status = main(["run"])
    finally:
        sys.stdout.flush()
        os._exit(status)


def _teller(file: int) -> Callable[..., None]:
    def tell(**what: Any) -> None:
        os.write(file, json.dumps(what).encode() + b"\n")

    return tell


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
