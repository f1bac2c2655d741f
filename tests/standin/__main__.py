"""python -m tests.standin --port N: the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys

from tests.standin.bot_api import TOKEN, BotApi
from tests.standin.control import Control
from tests.standin.faults import Faults
from tests.standin.limits import Limits


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port; it is printed")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--seed", type=int, default=1, help="of the faults")
    parser.add_argument("--no-check", action="store_true", help="do not hold calls against the published API")
    parser.add_argument("--limits", action="store_true", help="Telegram's sending limits")
    parser.add_argument("--light", action="store_true", help="keep little, for long measurements")
    parser.add_argument("--open", action="store_true", help="the bot may write to people who never wrote")
    return parser.parse_args()


async def _serve(options: argparse.Namespace) -> None:
    api = BotApi(
        token=options.token,
        check=not options.no_check,
        limits=Limits() if options.limits else None,
        faults=Faults(options.seed),
        light=options.light,
    )
    api.chats.open_doors = options.open
    Control(api)
    await api.start(options.host, options.port)
    sys.stdout.write(json.dumps({"url": api.url, "token": api.token}) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await api.stop()


if __name__ == "__main__":
    asyncio.run(_serve(_options()))
