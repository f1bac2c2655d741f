"""Holds every call against the published Bot API: is there such a method, such a field, is one missing?"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.standin.bodies import Upload

_FILE = Path(__file__).with_name("bot-api.json")
_PLAIN: dict[str, tuple[type, ...]] = {
    "Integer": (int,), "Float": (int, float), "Boolean": (bool,), "String": (str,), "InputFile": (Upload, str),
}  # fmt: skip


@cache
def published() -> dict[str, Any]:
    """The methods and types this bot may use."""
    data: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return data


def faults_of(method: str, params: dict[str, Any]) -> list[str]:
    """What is wrong with the call, one sentence each; empty when it is as published."""
    known = published()["methods"].get(method)
    if known is None:
        return [f"unknown method {method}"]
    attached = {name for name, value in params.items() if isinstance(value, Upload)} - known["fields"].keys()
    wrong = _fields(
        method, known["fields"], {name: value for name, value in params.items() if name not in attached}, True
    )
    mentioned = json.dumps({name: str(value) for name, value in params.items()})
    wrong += [
        f"{method}: file {name} is attached and not used" for name in attached if f"attach://{name}" not in mentioned
    ]
    return wrong


def _fields(where: str, fields: dict[str, Any], given: dict[str, Any], is_text: bool) -> list[str]:
    wrong = [f"{where}: unknown field {name}" for name in given if name not in fields]
    for name, (required, kinds) in fields.items():
        if name not in given or (given[name] is None and not required):
            if required:
                wrong.append(f"{where}: missing field {name}")
            continue
        tries = [_value(f"{where}.{name}", kind, given[name], is_text) for kind in kinds]
        if all(tries):
            nearest: list[str] = min(tries, key=_remoteness)
            wrong += nearest
    return wrong


def _remoteness(wrong: list[str]) -> tuple[bool, int]:
    return " is not " in wrong[0], len(wrong)  # of several possible types, the nearest miss says most


def _value(where: str, kind: str, value: Any, is_text: bool) -> list[str]:
    if is_text and isinstance(value, str) and kind not in ("String", "InputFile"):
        try:
            value = json.loads(value.lower() if kind == "Boolean" else value)
        except ValueError:
            return [f"{where} is not {kind}"]
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where} is not {kind}"]
        inner = kind.removeprefix("Array of ")
        return [fault for i, each in enumerate(value) for fault in _value(f"{where}[{i}]", inner, each, False)]
    if kind in _PLAIN:
        mistaken = isinstance(value, bool) and kind != "Boolean"
        return [f"{where} is not {kind}"] if mistaken or not isinstance(value, _PLAIN[kind]) else []
    return _object(where, kind, value)


def _object(where: str, kind: str, value: Any) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} is not {kind}"]
    known = published()["types"].get(kind)
    if known is None:
        return [f"{where} is not known here ({kind})"]
    if "subtypes" not in known:
        return _fields(f"{where} ({kind})", known["fields"], value, False)
    subtype = kind + str(value.get("type", "")).title().replace("_", "")  # all_chats → BotCommandScopeAllChats
    if subtype not in known["subtypes"]:
        return [f"{where} is not a {kind}"]
    return _object(where, subtype, value)
