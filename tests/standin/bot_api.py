"""The stand-in itself: a small web server that answers as api.telegram.org does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from aiohttp import web

from tests.standin import methods
from tests.standin.bodies import Params, Upload, read_params
from tests.standin.chats import Chat, Chats, Stored
from tests.standin.faults import Fault, Faults
from tests.standin.files import UPLOAD_LIMIT, Files
from tests.standin.limits import Gate, Limits
from tests.standin.profile import Profile
from tests.standin.record import Call, Record
from tests.standin.refused import Refused
from tests.standin.spec import faults_of
from tests.standin.updates import Updates
from tests.standin.webhook import Webhook

TOKEN = "110201543:" + "standin" * 5
_ME = {"id": 110201543, "is_bot": True, "first_name": "Sổ Tay Số", "username": "so_tay_so_bot"}
_RIGHTS = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
_CHAT_METHODS: dict[str, Callable[..., Any]] = {
    "sendMessage": methods.send_message,
    "sendDocument": methods.send_document,
    "sendPhoto": methods.send_photo,
    "sendMediaGroup": methods.send_media_group,
    "sendChatAction": methods.send_chat_action,
    "editMessageText": methods.edit_message_text,
    "editMessageCaption": methods.edit_message_caption,
    "editMessageReplyMarkup": methods.edit_message_reply_markup,
    "deleteMessage": methods.delete_message,
    "deleteMessages": methods.delete_messages,
    "answerCallbackQuery": methods.answer_callback_query,
    "setMessageReaction": methods.set_message_reaction,
    "getFile": methods.get_file,
    "getChat": methods.get_chat,
    "getChatMember": methods.get_chat_member,
    "leaveChat": methods.leave_chat,
}


@dataclass(slots=True)
class Query:
    """A button press that waits for its answer."""

    user: int
    chat: Chat
    at: float


class BotApi:
    """One bot account on a Bot API of our own. Use it as `async with BotApi() as api:`; the bot goes to `api.base_url`.

    check: hold every call against the published API; what is wrong is answered 400 and kept in `violations`.
    limits: Telegram's sending limits, None for none.
    light: forget the fields of calls and all but the last messages of a chat (for long measurements).
    clock: the time of day in seconds, for message dates and the life of updates; `record` has time.monotonic().
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        check: bool = True,
        limits: Limits | None = None,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        light: bool = False,
    ) -> None:
        self.token, self.check, self.me = token, check, {**_ME, "id": int(token.partition(":")[0])}
        self.chats = Chats(clock, keep=20 if light else None)
        self.updates = Updates(clock)
        self.webhook = Webhook(self.updates)
        self.files, self.profile, self.record = Files(), Profile(), Record(light)
        self.gate, self.faults = Gate(limits), faults or Faults()
        self.queries: dict[str, Query] = {}
        self.violations: list[str] = []
        self.privacy = True  # in groups the bot gets only what is meant for it
        self.unplanned: list[str] = []  # errors of the stand-in itself; a test should find none
        self.extra: Callable[[web.BaseRequest], Any] | None = None  # answers other paths (see control.py)
        self.url = ""
        self._methods = self._all_methods()
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """python-telegram-bot's base_url; a method's address is base_url + token + "/" + method."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """python-telegram-bot's base_file_url."""
        return f"{self.url}/file/bot"

    @property
    def too_many(self) -> int:
        """How many calls were answered 429."""
        return sum(1 for call in self.record.calls if call.code == 429)

    @property
    def limits(self) -> Limits | None:
        """The sending limits; may be changed while running."""
        return self.gate.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self.gate = Gate(limits)

    def user(self) -> dict[str, Any]:
        """The User object of getMe."""
        return {**self.me, **_RIGHTS}

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes any free one, and after `stop` the same one again."""
        self._server = web.Server(self._answer, access_log=None, request_factory=_request)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, host, port, backlog=1024, reuse_address=True)
        self.url = f"http://{host}:{self._listener.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stops listening; everything known stays, so `start` again plays an outage."""
        await self.webhook.stop()
        self.updates.end_poll("Conflict: the server goes away")
        if self._listener and self._server:
            self._listener.close()
            await self._server.shutdown(0.05)  # 0 would wait for ever
            self._listener = self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def admit(self, chat: Chat) -> None:
        """Counts one message to a chat. Raises Refused (429)."""
        if (limits := self.gate.limits) is None:
            return
        now = time.monotonic()
        self.gate.pass_through(chat.id, chat.is_group, now - chat.heard < limits.reply_window, now)

    def group(self, id: int, title: str = "Nhóm", supergroup: bool = False) -> Chat:
        """A group that the bot is in."""
        return self.chats.open(id, title, "supergroup" if supergroup else "group")

    def migrate(self, group_id: int) -> int:
        """A group becomes a supergroup; both service messages arrive. Returns the new id."""
        old = self.chats.known[group_id]
        new = self.chats.migrate(old, -1_000_000_000_000 + group_id)
        creator = {"id": 1, "is_bot": False, "first_name": "Trưởng nhóm"}
        for chat, service in ((old, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": old.id})):
            self.deliver("message", self.chats.post(chat, creator, extra=service))
        return new.id

    def deliver(self, kind: str, message: Stored) -> int:
        """Tells the bot of a message (or an edit of one). Returns the update's id."""
        message.chat.heard = time.monotonic()
        return self.updates.add(kind, message.as_message(), message.chat.id)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/bot"):
            token, _, method = path[4:].partition("/")
            if token == self.token:
                return await self._call(request, method)
            code = 401 if ":" in token and method else 404
            return _reply(
                {
                    "ok": False,
                    "error_code": code,
                    "description": "Unauthorized" if code == 401 else "Not Found",
                },
                code,
            )
        if path.startswith(f"/file/bot{self.token}/"):
            kept = self.files.at(path.removeprefix(f"/file/bot{self.token}/"))
            if kept:
                return web.Response(body=kept.data, content_type="application/octet-stream")
        elif self.extra and (answer := await self.extra(request)) is not None:
            return _reply(answer)
        return _reply({"ok": False, "error_code": 404, "description": "Not Found"}, 404)

    async def _call(self, request: web.BaseRequest, method: str) -> web.StreamResponse:
        call = Call(time.monotonic(), method, {})
        self.record.calls.append(call)
        try:
            params = await read_params(request)
            call.params = _plain(params)
            if "chat_id" in params:
                call.chat = params.integer("chat_id")
        except Refused as no:
            return _reply(_failed(no, call), no.code)
        fault = self.faults.strike(method, call.chat)
        await self.faults.wait()
        if fault and not fault.takes_effect:
            return await self._spoiled(request, fault, call)
        body = await self._perform(method, params, call)
        if self.record.light:
            call.params = {}
        if fault:
            return await self._spoiled(request, fault, call, body)
        return _reply(body, call.code)

    async def _perform(self, method: str, params: Params, call: Call) -> dict[str, Any]:
        try:
            if self.check:
                self._check(method, params)
            if (perform := self._methods.get(method)) is None:
                raise Refused(404, "Not Found: method not found")
            result = perform(params, call)
            if asyncio.iscoroutine(result):
                result = await result
        except Refused as no:
            return _failed(no, call)
        except Exception as error:
            self.unplanned.append(f"{method}: {error!r}")
            raise
        call.code, call.done = 200, True
        return {"ok": True, "result": result}

    def _check(self, method: str, params: Params) -> None:
        if wrong := faults_of(method, params):
            self.violations += wrong
            raise Refused(404 if wrong[0].startswith("unknown method") else 400, f"Bad Request: {wrong[0]}")

    async def _spoiled(
        self, request: web.BaseRequest, fault: Fault, call: Call, body: dict[str, Any] | None = None
    ) -> web.StreamResponse:
        call.fault = fault.kind
        if fault.kind == "drop":
            if request.transport:
                request.transport.close()
            return web.Response()
        if fault.kind == "late":
            await asyncio.sleep(fault.seconds)
            return _reply(body or _failed(Refused(504, "Gateway Timeout"), call), call.code)
        if no := fault.refusal():
            return _reply(_failed(no, call), no.code)
        call.code, page = fault.page()
        return web.Response(status=call.code, text=page, content_type="text/html")

    def _all_methods(self) -> dict[str, Callable[[Params, Call], Any]]:
        found: dict[str, Callable[[Params, Call], Any]] = {
            "getMe": lambda params, call: self.user(),
            "getUpdates": lambda params, call: self.updates.get(params),
            "getWebhookInfo": lambda params, call: self.webhook.info(),
            "setWebhook": lambda params, call: self._set_webhook(params),
            "deleteWebhook": lambda params, call: self._set_webhook(params),
        }
        for name, chat_method in _CHAT_METHODS.items():
            found[name] = partial(chat_method, self)
        for name, own in self.profile.methods().items():
            found[name] = partial(_without_call, own)
        return found

    async def _set_webhook(self, params: Params) -> bool:
        await self.webhook.set(params)
        return True


def _without_call(own: Callable[[Params], Any], params: Params, call: Call) -> Any:
    return own(params)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=UPLOAD_LIMIT + 1_000_000)


def _plain(params: Params) -> dict[str, Any]:
    if any(isinstance(value, Upload) for value in params.values()):
        return {name: value.name if isinstance(value, Upload) else value for name, value in params.items()}
    return dict(params)


def _failed(no: Refused, call: Call) -> dict[str, Any]:
    call.code, call.description = no.code, no.description
    answer: dict[str, Any] = {"ok": False, "error_code": no.code, "description": no.description}
    if no.parameters:
        answer["parameters"] = no.parameters
    return answer


def _reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), status=status, content_type="application/json"
    )
