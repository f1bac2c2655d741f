"""The bot's own face: name, descriptions, command menus by scope."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.standin.bodies import Params
from tests.standin.refused import Refused

_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
_TEXTS = {
    "Name": ("name", 64),
    "Description": ("description", 512),
    "ShortDescription": ("short_description", 120),
}


class Profile:
    """What people see of the bot before it says anything."""

    def __init__(self) -> None:
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int, dict[str, Any]] = {}

    def methods(self) -> dict[str, Callable[[Params], Any]]:
        """The methods this part answers."""
        found: dict[str, Callable[[Params], Any]] = {
            "setMyCommands": self.set_commands,
            "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands,
            "setChatMenuButton": self.set_button,
            "getChatMenuButton": self.get_button,
        }
        for name in _TEXTS:
            found[f"setMy{name}"] = partial(self.set_text, name)
            found[f"getMy{name}"] = partial(self.get_text, name)
        return found

    def set_commands(self, params: Params) -> bool:
        """setMyCommands. Raises Refused (400)."""
        commands = params.data("commands") or []
        if len(commands) > 100:
            raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for each in commands:
            if not _COMMAND.fullmatch(str(each.get("command", ""))):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(str(each.get("description", ""))) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(params)] = commands
        return True

    def get_commands(self, params: Params) -> list[dict[str, str]]:
        """getMyCommands: of exactly that scope and language."""
        return self.commands.get(self._scope(params), [])

    def delete_commands(self, params: Params) -> bool:
        """deleteMyCommands."""
        self.commands.pop(self._scope(params), None)
        return True

    def menu(self, chat: int, user: int = 0) -> list[str]:
        """The commands that somebody really sees in a chat (a private chat has its user's id)."""
        wide = "all_private_chats" if chat > 0 else "all_group_chats"
        here = {"chat_id": chat}
        scopes: list[dict[str, Any]] = [
            {"type": "chat_member", **here, "user_id": user},
            {"type": "chat", **here},
        ]
        scopes += [{"type": wide}, {"type": "default"}]
        for scope in scopes:
            for language in ("vi", ""):
                if found := self.commands.get((_key(scope), language)):
                    return [each["command"] for each in found]
        return []

    def set_text(self, name: str, params: Params) -> bool:
        """setMyName, setMyDescription, setMyShortDescription. Raises Refused (400) when too long."""
        field, limit = _TEXTS[name]
        if len(params.text(field)) > limit:
            raise Refused(400, f"Bad Request: bot {field.replace('_', ' ')} is too long")
        self.texts[name, params.text("language_code")] = params.text(field)
        return True

    def get_text(self, name: str, params: Params) -> dict[str, str]:
        """getMyName, getMyDescription, getMyShortDescription."""
        found = self.texts.get((name, params.text("language_code"))) or self.texts.get((name, ""), "")
        return {_TEXTS[name][0]: found}

    def set_button(self, params: Params) -> bool:
        """setChatMenuButton."""
        self.menu_buttons[params.integer("chat_id")] = params.data("menu_button") or {"type": "default"}
        return True

    def get_button(self, params: Params) -> dict[str, Any]:
        """getChatMenuButton."""
        return self.menu_buttons.get(params.integer("chat_id"), {"type": "default"})

    def _scope(self, params: Params) -> tuple[str, str]:
        return _key(params.data("scope") or {"type": "default"}), params.text("language_code")


def _key(scope: dict[str, Any]) -> str:
    return json.dumps(
        {name: int(value) if name.endswith("_id") else value for name, value in scope.items()}, sort_keys=True
    )
