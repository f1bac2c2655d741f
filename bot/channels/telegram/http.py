"""PTB's requests on aiohttp, and what their failures say about delivery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # what RequestData is made of, and not exported

from models.rules.delivery import SendFailed

SEND_SECONDS = 20.0
IDLE_SECONDS = 15.0  # we close idle connections before the server does, so that no send meets a dying one
# the request never left this machine
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Http(BaseRequest):
    """PTB's requests on aiohttp: four times the rate of its default client (docs/decisions.md)."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return SEND_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: Any = None,
        write_timeout: Any = None, connect_timeout: Any = None, pool_timeout: Any = None,
    ) -> tuple[int, bytes]:  # fmt: skip
        await self.initialize()
        assert self._session is not None
        seconds = read_timeout if isinstance(read_timeout, int | float) else SEND_SECONDS
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=seconds)
        try:
            async with self._session.request(method, url, data=_body(request_data), timeout=timeout) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error

    async def call(self, url: str, fields: Mapping[str, str]) -> Any:
        """A call whose fields are texts already; its result as it came. Raises PTB's errors."""
        return await self.post(url, RequestData([RequestParameter(name, text, None) for name, text in fields.items()]))

    async def clock_skew(self, url: str) -> float | None:
        await self.initialize()
        assert self._session is not None
        try:
            async with self._session.get(url, timeout=aiohttp.ClientTimeout(total=10)) as answer:
                told = answer.headers.get("Date")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SendFailed("later", type(error).__name__) from error
        return (datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds() if told else None


def _body(data: RequestData | None) -> Any:
    if data is None or not data.parameters:
        return None
    if not data.contains_files:
        return aiohttp.BytesPayload(data.json_payload, content_type="application/json")
    form = aiohttp.FormData(data.json_parameters)
    for name, (file_name, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=file_name, content_type=mime)
    return form


def failure_of(error: TelegramError) -> SendFailed:
    """What PTB's exception says about delivery (BadRequest is a NetworkError to PTB: it has to be asked first)."""
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = wait if isinstance(wait, int) else wait.total_seconds()
            return SendFailed("later", "retry_after", retry_after=float(seconds))
        case ChatMigrated():
            return SendFailed("later", "migrated", new_address=str(error.new_chat_id))
        case Forbidden():
            return SendFailed("refused", _why(error.message.lower()), gone=True)
        case BadRequest():
            return SendFailed("refused", error.message[:120], gone="chat not found" in error.message.lower())
        case NetworkError() if not isinstance(error.__cause__, NOT_SENT):
            return SendFailed("unknown", type(error.__cause__ or error).__name__)
    return SendFailed("later", type(error.__cause__ or error).__name__)


def _why(said: str) -> str:
    """Why nobody is there, in the words of our own that are kept beside the account."""
    if "deactivated" in said:
        return "deactivated"
    if "initiate" in said:  # nobody may be written to who has not written first
        return "never opened"
    return "removed" if "kicked" in said or "not a member" in said else "blocked"
