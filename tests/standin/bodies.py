"""What a call carries, whether it came as JSON, as a form or as multipart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.standin.refused import Refused


@dataclass(frozen=True, slots=True)
class Upload:
    """A file inside a multipart call."""

    name: str
    data: bytes
    mime: str


class Params(dict[str, Any]):
    """The fields of a call; a form brings everything as text, so each reader takes either."""

    def integer(self, name: str, default: int = 0) -> int:
        """The field as a whole number. Raises Refused (400) when it is something else."""
        value = self.get(name, default)
        if type(value) is int:
            return value
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Refused(400, f"Bad Request: {name} must be an integer") from None

    def flag(self, name: str) -> bool:
        """The field as yes or no."""
        return str(self.get(name, "")).lower() in ("true", "1", "yes")

    def text(self, name: str) -> str:
        """The field as text, empty when absent."""
        value = self.get(name, "")
        return value if type(value) is str else str(value)

    def data(self, name: str) -> Any:
        """The field as JSON data, None when absent. Raises Refused (400) for text that is not JSON."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refused(400, f"Bad Request: can't parse {name} JSON object") from None


async def read_params(request: web.BaseRequest) -> Params:
    """All fields of a call: query and body. Raises Refused (400) for a body that is not what its header says."""
    kind = request.content_type
    params = Params(request.query) if request.query_string else Params()
    if not request.body_exists:
        return params
    if kind == "application/json":
        params.update(_json(await request.read()))
    elif kind == "multipart/form-data":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                params[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                params[name] = value
    else:
        params.update(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    return params


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(400, "Bad Request: can't parse request JSON object")
    return value
