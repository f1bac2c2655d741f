"""The command line: `python -m bot COMMAND`. Exit status 0 only when the thing asked for is done."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bot.commands import COMMANDS
from bot.office import Failed


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m bot", description="So Tay So: monthly reports by chat.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, help=command.about, description=command.about)
        for flags, options in command.arguments:
            one.add_argument(*flags, **options)
        one.add_argument("--demo", action="store_true", help="work on the demo's data instead of the real ones")
        one.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
    return top


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    try:
        asyncio.run(COMMANDS[asked.command].run(asked))
    except Failed as failure:
        print(failure, file=sys.stderr)
        return failure.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
