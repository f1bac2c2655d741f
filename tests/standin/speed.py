"""python -m tests.standin.speed: how many calls per second the stand-in answers, so that nobody measures it by mistake.

The stand-in runs as a process of its own. Raw sockets (16 connections, no HTTP library) call sendMessage with a
keyboard; the stand-in's own processor time says what one whole core could do.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from typing import Any
from urllib.parse import urlsplit

from tests.standin.remote import Remote

CALLS, CONNECTIONS = 20_000, 16
_BUTTONS = {
    "inline_keyboard": [
        [{"text": "Nộp báo cáo", "callback_data": "submit:1"}, {"text": "Quay lại", "callback_data": "back"}]
    ]
}


async def measure(*options: str) -> dict[str, float]:
    """Calls per second as seen from outside, and per second of the stand-in's processor time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.standin", "--open", *options, stdout=PIPE
    )
    assert process.stdout
    try:
        where: dict[str, Any] = json.loads(await process.stdout.readline())
        async with Remote(where["url"]) as remote:
            before = (await remote.state())["cpu_seconds"]
            began = time.perf_counter()
            await asyncio.gather(*(_caller(where, number) for number in range(CONNECTIONS)))
            seconds = time.perf_counter() - began
            state = await remote.state()
        assert state["sent"] == CALLS // CONNECTIONS * CONNECTIONS
        return {
            "per_second": state["sent"] / seconds,
            "per_core": state["sent"] / (state["cpu_seconds"] - before),
        }
    finally:
        process.terminate()
        await process.wait()


async def _caller(where: dict[str, Any], number: int) -> None:
    address = urlsplit(where["url"])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for turn in range(CALLS // CONNECTIONS):
        body = json.dumps(
            {"chat_id": number + 1, "text": f"Đã nhận báo cáo {turn}.", "reply_markup": _BUTTONS}
        ).encode()
        head = (
            f"POST /bot{where['token']}/sendMessage HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        )
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:")[1].split(b"\r\n")[0])
        assert (await reader.readexactly(length)).startswith(b'{"ok": true')
    writer.close()


async def _report() -> None:
    for options in (("--no-check", "--light"), ("--no-check",), ()):
        found = await measure(*options)
        rates = f"{found['per_second']:8.0f} calls/s, {found['per_core']:8.0f} per core"
        sys.stdout.write(f"{' '.join(options) or '(checked)':22} {rates}\n")


if __name__ == "__main__":
    asyncio.run(_report())
