"""Who may talk to the web chat: only a page of ours, opened on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Loopback:
    """Turns away other sites (Host, Origin) and forms of other sites (a header that only a script of ours sets)."""

    def __init__(self, app: ASGIApp, *, elsewhere: str, outdated: str) -> None:
        self.app = app
        self.elsewhere = elsewhere
        self.outdated = outdated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        answer = JSONResponse({"error": refusal}, 403) if refusal else self.app
        await answer(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> str:
        origin = headers.get("origin")
        if not _is_here("//" + headers.get("host", "")) or (origin is not None and not _is_here(origin)):
            return self.elsewhere
        if method not in SAFE_METHODS and headers.get("x-requested-with") != "webchat":
            return self.outdated
        return ""


def _is_here(address: str) -> bool:
    # "null" is what a sandboxed frame or a file calls itself; it has no host and is turned away like any other stranger
    try:
        return urlsplit(address).hostname in HERE
    except ValueError:
        return False
