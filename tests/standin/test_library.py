"""python-telegram-bot's own client gets along with the stand-in, and so does another process."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, BotCommand, BotCommandScopeChat, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.standin import BotApi, Person
from tests.standin.control import Control
from tests.standin.crowd import Crowd, Step
from tests.standin.faults import Kind
from tests.standin.remote import Remote

BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Nộp báo cáo", callback_data="submit:1")]])


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        yield running
        assert running.violations == []
        assert running.unplanned == []


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    def request() -> HTTPXRequest:
        return HTTPXRequest(read_timeout=2, httpx_kwargs={"trust_env": False})

    made = Bot(api.token, api.base_url, api.base_file_url, request=request(), get_updates_request=request())
    async with made:
        yield made


async def test_a_conversation(api: BotApi, bot: Bot) -> None:
    lan = Person(api, 1, "Lan")
    lan.say("/start")
    update = (await bot.get_updates(timeout=1))[0]
    assert update.message is not None
    assert update.message.date.tzinfo is not None
    card = await bot.send_message(1, "Chào <b>Lan</b>", parse_mode=ParseMode.HTML, reply_markup=BUTTONS)
    await lan.sees("Nộp báo cáo")
    lan.tap("Nộp")
    press = (await bot.get_updates(offset=update.update_id + 1))[0].callback_query
    assert press is not None
    assert press.data == "submit:1"
    assert await press.answer("Đã nhận")
    await bot.edit_message_text("Số người: ?", 1, card.message_id)
    await lan.sees("Số người")
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("Số người: ?", 1, card.message_id)
    assert bot.username == "so_tay_so_bot"


async def test_all_that_people_send_is_read(api: BotApi, bot: Bot) -> None:
    lan = Person(api, 1)
    lan.say("cũ")
    lan.edit("cũ", "mới")
    lan.send_photo(caption="ảnh")
    lan.send_document("mau.xlsx", b"PK")
    lan.send(sticker={"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1,
                      "is_animated": False, "is_video": False})  # fmt: skip
    lan.press(77, "x")
    lan.block()
    api.group(-5)
    api.migrate(-5)
    updates = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    assert len(updates) == 9
    assert updates[1].edited_message is not None
    assert updates[3].message is not None
    document = updates[3].message.document
    assert document is not None
    assert bytes(await (await document.get_file()).download_as_bytearray()) == b"PK"
    assert updates[5].callback_query is not None
    assert updates[6].my_chat_member is not None


async def test_files_and_the_profile(api: BotApi, bot: Bot) -> None:
    lan = Person(api, 1)
    await bot.send_document(1, b"PK", filename="tổng hợp.xlsx", caption="Bảng", reply_markup=BUTTONS)
    await bot.send_photo(1, b"\x89PNG", caption="Mã")
    await lan.sees("tổng hợp.xlsx")
    await bot.set_my_commands([BotCommand("baocao", "Nộp")], scope=BotCommandScopeChat(1))
    await bot.set_my_description("Sổ tay")
    await bot.set_my_short_description("Sổ")
    assert api.profile.menu(1) == ["baocao"]
    assert (await bot.get_my_description()).description == "Sổ tay"
    await bot.send_chat_action(1, "typing")
    assert await bot.set_message_reaction(1, lan.say("a"), "👍")
    assert await bot.set_webhook("https://bot.example.vn/hook", secret_token="s", max_connections=10)
    assert (await bot.get_webhook_info()).max_connections == 10
    assert await bot.delete_webhook()


async def test_refusals_become_the_library_s_errors(api: BotApi, bot: Bot) -> None:
    lan = Person(api, 1)
    api.group(-5)
    api.migrate(-5)
    with pytest.raises(ChatMigrated):
        await bot.send_message(-5, "a")
    errors: dict[Kind, type[Exception]] = {
        "429": RetryAfter,
        "502": NetworkError,
        "drop": NetworkError,
        "404": InvalidToken,
    }
    for kind, error in errors.items():
        api.faults.add(kind, "sendMessage")
        with pytest.raises(error):
            await bot.send_message(1, "a")
    api.faults.add("late", "sendMessage", seconds=0.5)
    with pytest.raises(TimedOut):
        await bot.send_message(1, "b", read_timeout=0.1)
    assert [shown.text for shown in lan.screen] == ["a", "b"]
    lan.block()
    with pytest.raises(Forbidden):
        await bot.send_message(1, "a")
    first = asyncio.create_task(bot.get_updates(offset=5000, timeout=2))
    await asyncio.sleep(0.1)
    await bot.get_updates(offset=5000)
    with pytest.raises(Conflict):
        await first


async def test_a_crowd_waits_for_each_answer(api: BotApi, bot: Bot) -> None:
    crowd = Crowd(api, [Step("12", "Đã ghi 12"), Step("[Nộp báo cáo]", "Đã nộp")], people=3, turns=12)
    running = asyncio.create_task(crowd.run(timeout=10))
    offset = None
    while not running.done():
        for update in await bot.get_updates(offset=offset, timeout=0):
            offset = update.update_id + 1
            chat = update.effective_chat
            assert chat is not None
            if update.message:
                await bot.send_message(chat.id, "Đã ghi 12", reply_markup=BUTTONS)
            else:
                await bot.send_message(chat.id, "Đã nộp")
    result = running.result()
    assert (result["turns"], result["stuck"]) == (12, [])
    assert result["rate"] > 0


async def test_another_process_moves_it_by_http() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.standin", "--port", "0", stdout=PIPE)
    assert process.stdout is not None
    try:
        where = json.loads(await process.stdout.readline())
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        bot = Bot(where["token"], f"{where['url']}/bot", f"{where['url']}/file/bot", request=request)
        async with Remote(where["url"]) as remote, bot:
            await remote.say(chat=1, name="Lan", text="chào")
            await bot.send_message(1, "Chào chị", reply_markup=BUTTONS)
            assert (await remote.sees(chat=1, text="Chào chị"))["buttons"] == [["Nộp báo cáo"]]
            await remote.tap(chat=1, label="Nộp")
            await remote.fault(kind="429", method="sendMessage", retry_after=2)
            with pytest.raises(RetryAfter):
                await bot.send_message(1, "a")
            state = await remote.state()
            assert (state["sent"], state["too_many"], state["pending"], state["violations"]) == (1, 1, 2, [])
            assert [c["code"] for c in await remote.calls(method="sendMessage")] == [200, 429]
            with pytest.raises(AssertionError, match="Huỷ"):
                await remote.tap(chat=1, label="Huỷ")
    finally:
        process.terminate()
        assert await process.wait() == 0


async def test_control_starts_a_crowd(api: BotApi, bot: Bot) -> None:
    Control(api)
    async with Remote(api.url) as remote:
        await remote.crowd(script=[["a", ""]], people=2, turns=4)
        for _ in range(20):
            for update in await bot.get_updates(offset=-2, timeout=0):
                assert update.effective_chat is not None
                await bot.send_message(update.effective_chat.id, "b")
            if (await remote.crowd())["over"]:
                break
        assert (await remote.crowd())["turns"] == 4
