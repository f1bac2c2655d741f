"""The stand-in's own addresses under /control/: another process moves people, orders faults and reads what happened."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.standin.crowd import Crowd, Step
from tests.standin.limits import Limits
from tests.standin.people import Person, Shown

if TYPE_CHECKING:
    from tests.standin.bot_api import BotApi

Fields = dict[str, Any]


class Control:
    """Answers GET and POST /control/<verb>, fields as query or JSON. Each answer has `ok`, a failed one `error`."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.people: dict[tuple[int, int | None], Person] = {}
        self.crowd: Crowd | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._verbs: dict[str, Callable[[Fields], Any]] = {
            "state": self.state,
            "calls": self.calls,
            "clear": self.clear,
            "screen": self.screen,
            "sees": self.sees,
            "say": lambda f: self._who(f).say(f["text"]),
            "tap": lambda f: self._who(f).tap(f["label"]),
            "press": lambda f: self._who(f).press(int(f["message_id"]), f["data"]),
            "edit": lambda f: self._who(f).edit(f["old"], f["new"]),
            "photo": lambda f: self._who(f).send_photo(caption=f.get("caption", "")),
            "document": self.document,
            "block": lambda f: self._who(f).block(),
            "unblock": lambda f: self._who(f).unblock(),
            "update": self.update,
            "group": self.group,
            "migrate": lambda f: self.api.migrate(int(f["chat"])),
            "fault": lambda f: asdict(self.api.faults.add(**f)),
            "faults_clear": lambda f: self.api.faults.clear(),
            "latency": self.latency,
            "limits": self.limits,
            "webhook_waits": self.webhook_waits,
            "crowd": self.run_crowd,
        }
        api.extra = self.answer

    async def answer(self, request: web.BaseRequest) -> dict[str, Any] | None:
        """The answer to one request; None when the address is not ours."""
        if not request.path.startswith("/control/"):
            return None
        verb = self._verbs.get(request.path.removeprefix("/control/"))
        fields: Fields = dict(request.query)
        if request.body_exists:
            fields |= json.loads(await request.read() or b"{}")
        try:
            result = verb(fields) if verb else None
            result = await result if asyncio.iscoroutine(result) else result
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}
        return {"ok": True, "result": result} if verb else {"ok": False, "error": "unknown verb"}

    def state(self, fields: Fields) -> dict[str, Any]:
        """The counters: what was called, what was answered, what waits."""
        api, calls = self.api, self.api.record.calls
        repeated = [[chat, text, count] for (chat, text), count in api.record.repeated().items()]
        return {
            "calls": dict(Counter(c.method for c in calls)),
            "codes": dict(Counter(str(c.code) for c in calls)),
            "sent": len(api.record.sent()),
            "peak_per_second": api.record.peak(),
            "repeated": repeated,
            "too_many": api.too_many,
            "violations": api.violations,
            "unplanned": api.unplanned,
            "pending": len(api.updates.pending),
            "confirmed": api.updates.confirmed,
            "conflicts": api.updates.conflicts,
            "struck": api.faults.struck,
            "webhook": api.webhook.info(),
            "cpu_seconds": time.process_time(),
        }

    def calls(self, fields: Fields) -> list[dict[str, Any]]:
        """The calls from number `since` on, of one `method`, to one `chat`."""
        chat = int(fields["chat"]) if "chat" in fields else None
        found = self.api.record.of(fields.get("method", ""), chat)
        return [asdict(call) for call in found[int(fields.get("since", 0)) :]]

    def clear(self, fields: Fields) -> None:
        """Forgets calls, violations and deliveries; chats and updates stay."""
        self.api.record.clear()
        self.api.violations.clear()
        self.api.webhook.deliveries.clear()

    def screen(self, fields: Fields) -> list[dict[str, Any]]:
        """What stands on somebody's screen."""
        return [_plain(shown) for shown in self._who(fields).screen]

    async def sees(self, fields: Fields) -> dict[str, Any]:
        """Waits until somebody sees `text` (at most `timeout` seconds)."""
        anywhere = str(fields.get("anywhere", "")).lower() in ("1", "true")
        return _plain(await self._who(fields).sees(fields.get("text", ""), float(fields.get("timeout", 5)), anywhere))

    def document(self, fields: Fields) -> int:
        """Sends a file given as base64 `data`."""
        data = base64.b64decode(fields.get("data", ""))
        return self._who(fields).send_document(fields["filename"], data, fields.get("caption", ""))

    def update(self, fields: Fields) -> int:
        """Puts a raw update in the queue: `kind`, `content`, `queue`."""
        return self.api.updates.add(fields["kind"], fields["content"], int(fields.get("queue", 0)))

    def group(self, fields: Fields) -> int:
        """A group that the bot is in."""
        return self.api.group(int(fields["chat"]), fields.get("title", "Nhóm"), bool(fields.get("supergroup"))).id

    def latency(self, fields: Fields) -> None:
        """Seconds before each call is carried out, from `shortest` to `longest`."""
        self.api.faults.latency = (float(fields["shortest"]), float(fields["longest"]))

    def limits(self, fields: Fields) -> None:
        """Sets the sending limits (fields of Limits; `off` for none)."""
        self.api.limits = None if fields.get("off") else Limits(**fields)

    def webhook_waits(self, fields: Fields) -> None:
        """Shortens the webhook's waits: `first`, `longest`, `patience` in seconds."""
        hook = self.api.webhook
        hook.first_wait = float(fields.get("first", hook.first_wait))
        hook.longest_wait = float(fields.get("longest", hook.longest_wait))
        hook.patience = float(fields.get("patience", hook.patience))

    def run_crowd(self, fields: Fields) -> dict[str, Any]:
        """With a `script` of [says, sees] pairs starts a crowd; without one tells how far it is."""
        if "script" in fields:
            steps = [Step(*step) for step in fields["script"]]
            self.crowd = Crowd(self.api, steps, int(fields.get("people", 50)), int(fields.get("turns", 1000)))
            task = asyncio.ensure_future(self.crowd.run(float(fields.get("timeout", 120))))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        assert self.crowd, "no crowd was started"
        return self.crowd.result()

    def _who(self, fields: Fields) -> Person:
        key = (int(fields["chat"]), int(fields["group"]) if fields.get("group") else None)
        if key not in self.people:
            self.people[key] = Person(self.api, key[0], fields.get("name", f"Người {key[0]}"), key[1])
        return self.people[key]


def _plain(shown: Shown) -> dict[str, Any]:
    return asdict(shown)
