"""python -m tests.bench.launch [--forward SECONDS] [--unpaced] run: the real bot, its clock forward or its pace off.

Forward, so that a day of reminders is measured on any day and at any hour. Unpaced, because fifty people who answer at
once stand for thousands: Telegram's one message a second to each chat would be measured instead of the bot.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from datetime import timedelta
from pathlib import Path

import bot.clock
import bot.opening

UNPACED = Path(__file__).parent / "unpaced.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.launch", description=__doc__)
    parser.add_argument("--forward", type=float, default=0.0)
    parser.add_argument("--unpaced", action="store_true")
    options, rest = parser.parse_known_args()
    if options.forward:
        bot.clock.Clock.__init__.__defaults__ = (timedelta(seconds=options.forward),)
    if options.unpaced:
        bot.opening.LIMITS = UNPACED
    sys.argv[1:] = rest
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
