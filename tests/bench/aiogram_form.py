"""The same form in aiogram, its FSM on a SQLite file: measured only where aiogram is installed (no dependency).

aiogram has no SQLite storage of its own; this is the smallest one: state and data of a chat in one row, each change
committed.
"""

from __future__ import annotations

import asyncio
import html
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import aiosqlite

ASKING, REVIEW = "asking", "review"
TABLE = "CREATE TABLE IF NOT EXISTS talk (chat TEXT PRIMARY KEY, state TEXT, data TEXT NOT NULL DEFAULT '{}')"


def storage(connection: aiosqlite.Connection) -> Any:
    """A storage that commits every change; made here, because its base class may not be installed."""

    async def write(key: Any, column: str, value: str | None) -> None:
        set_it = f"ON CONFLICT (chat) DO UPDATE SET {column} = excluded.{column}"
        statement = f"INSERT INTO talk (chat, {column}) VALUES (?, ?) {set_it}"
        await connection.execute(statement, (f"{key.chat_id}:{key.user_id}", value))
        await connection.commit()

    async def read(key: Any, column: str) -> str | None:
        chat = f"{key.chat_id}:{key.user_id}"
        async with connection.execute(f"SELECT {column} FROM talk WHERE chat = ?", (chat,)) as rows:
            row = await rows.fetchone()
        return None if row is None else row[0]

    async def set_state(_self: Any, key: Any, state: Any = None) -> None:
        await write(key, "state", getattr(state, "state", state))

    async def get_state(_self: Any, key: Any) -> str | None:
        return await read(key, "state")

    async def set_data(_self: Any, key: Any, data: dict[str, Any]) -> None:
        await write(key, "data", json.dumps(data))

    async def get_data(_self: Any, key: Any) -> dict[str, Any]:
        return dict(json.loads(await read(key, "data") or "{}"))

    async def close(_self: Any) -> None:
        await connection.close()

    base = import_module("aiogram.fsm.storage.base").BaseStorage
    methods = {each.__name__: each for each in (set_state, get_state, set_data, get_data, close)}
    return type("SqliteStorage", (base,), methods)()


class Form:
    """The conversation of baselines.py, in aiogram's words."""

    def __init__(self, questions: dict[str, Any]) -> None:
        self.title, self.begin, self.submit = (questions[name] for name in ("title", "begin", "submit"))
        self.asked: list[dict[str, str]] = questions["asked"]

    async def open(self, message: Any, state: Any) -> None:
        await state.set_state(ASKING)
        await state.set_data({})
        text = f"<b>{html.escape(self.title)}</b>\nĐã trả lời: 0/{len(self.asked)}"
        await message.answer(text, reply_markup=_button(self.begin, "begin"))

    async def ask_first(self, query: Any, state: Any) -> None:
        await query.answer()
        await query.message.edit_text(self._question(0), reply_markup=_button("Bỏ qua", "skip"))

    async def take(self, message: Any, state: Any) -> None:
        text = (message.text or "").strip()
        if not text.isdigit():
            await message.answer("Anh/chị nhập một số, ví dụ: 12")
            return
        answers = await state.get_data()
        answers[self.asked[len(answers)]["code"]] = int(text)
        await state.set_data(answers)
        if len(answers) < len(self.asked):
            await message.answer(self._question(len(answers)), reply_markup=_button("Bỏ qua", "skip"))
            return
        await state.set_state(REVIEW)
        rows = [f"{html.escape(each['short_label'])}: <b>{answers[each['code']]}</b>" for each in self.asked]
        text = "\n".join([f"<b>Xem lại</b> · {len(answers)}/{len(self.asked)}", *rows])
        await message.answer(text, reply_markup=_button(self.submit, "submit"))

    async def send(self, query: Any, state: Any) -> None:
        await state.set_state(None)
        await query.answer()
        await query.message.edit_text("✅ <b>Đã nhận báo cáo</b>")

    def _question(self, at: int) -> str:
        each = {name: html.escape(text) for name, text in self.asked[at].items()}
        head = f"Câu <b>{at + 1}/{len(self.asked)}</b>\n<b>{each['label']}</b> ({each['unit']})"
        return f"{head}\n\n<i>{each['hint']}</i>\nVí dụ: <code>{each['example']}</code>"


def _button(label: str, data: str) -> Any:
    types = import_module("aiogram.types")
    button = types.InlineKeyboardButton(text=label, callback_data=data)
    return types.InlineKeyboardMarkup(inline_keyboard=[[button]])


def run(api: str, token: str, questions: dict[str, Any], database: Path) -> None:
    """Polls until told to stop."""
    asyncio.run(_poll(api, token, Form(questions), database))


async def _poll(api: str, token: str, form: Form, database: Path) -> None:
    aiogram, filters = import_module("aiogram"), import_module("aiogram.filters")
    server = import_module("aiogram.client.telegram").TelegramAPIServer.from_base(api)
    session = import_module("aiogram.client.session.aiohttp").AiohttpSession(api=server)
    defaults = import_module("aiogram.client.default").DefaultBotProperties(parse_mode="HTML")
    connection = await aiosqlite.connect(database)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", TABLE):
        await connection.execute(statement)
    await connection.commit()
    dispatcher = aiogram.Dispatcher(storage=storage(connection))
    dispatcher.message.register(form.open, filters.Command("baocao"))
    dispatcher.callback_query.register(form.ask_first, aiogram.F.data == "begin", filters.StateFilter(ASKING))
    dispatcher.callback_query.register(form.send, aiogram.F.data == "submit", filters.StateFilter(REVIEW))
    dispatcher.message.register(form.take, filters.StateFilter(ASKING))
    await dispatcher.start_polling(aiogram.Bot(token, session=session, default=defaults))
