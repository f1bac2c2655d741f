"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio


async def wait_any(seconds: float | None, *events: asyncio.Event) -> None:
    """Until one of the events is set, or for so many seconds."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
