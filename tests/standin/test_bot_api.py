"""The stand-in keeps Telegram's rules, seen through plain HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.standin import BotApi, Person
from tests.standin.caller import Caller
from tests.standin.spec import published

CARD = {"inline_keyboard": [[{"text": "Nộp báo cáo", "callback_data": "submit:1"}]]}


async def test_updates_stay_until_a_higher_offset_confirms_them(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    for text in "abc":
        lan.say(text)
    first = await call.ids()
    assert first == [1000, 1001, 1002]
    assert await call.ids(limit=2) == [1000, 1001]
    assert await call.ids(offset=1002) == [1002]
    assert await call.ids() == [1002]
    assert await call.ids(offset=-1) == [1002]


async def test_at_most_a_hundred_updates_come_at_once(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    for number in range(130):
        lan.say(str(number))
    assert len(await call.ids(limit=500)) == 100
    assert len(await call.ids(offset=1100)) == 30
    assert api.updates.confirmed == 100


async def test_a_long_poll_ends_when_somebody_speaks(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    poll = asyncio.create_task(call("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    began = time.monotonic()
    lan.say("chào")
    assert (await poll)["result"][0]["message"]["text"] == "chào"
    assert time.monotonic() - began < 1


async def test_a_second_poll_ends_the_waiting_one_with_409(api: BotApi, call: Caller) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=5))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(call("getUpdates", timeout=1))
    assert (await first)["description"].startswith("Conflict: terminated by other getUpdates request")
    assert (await second)["result"] == []
    assert api.updates.conflicts == 1


async def test_button_presses_are_kept_150_seconds_and_messages_a_day() -> None:
    now = time.time()
    async with BotApi(clock=lambda: now) as api:
        call, lan = Caller(api), Person(api, 1)
        lan.say("a")
        lan.press(1, "x")
        now += 151
        assert await call.ids() == [1000]
        now += 86_400
        assert await call.ids() == []
        await call.http.aclose()


async def test_only_wanted_kinds_of_update_come(api: BotApi, call: Caller) -> None:
    await call("getUpdates", allowed_updates=["message"])
    lan = Person(api, 1)
    lan.say("a")
    lan.edit("a", "b")
    assert await call.ids() == [1000]


async def test_edit_rules(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    theirs = lan.say("a")
    sent = (await call("sendMessage", chat_id=1, text="<b>Một</b>", parse_mode="HTML", reply_markup=CARD))["result"]
    assert sent["message_id"] == theirs + 1
    again = {"chat_id": 1, "message_id": sent["message_id"], "parse_mode": "HTML"}
    same = await call("editMessageText", **again, text="<b>Một</b>", reply_markup=CARD)
    assert "message is not modified" in same["description"]
    assert (await call("editMessageText", **again, text="Hai"))["result"]["text"] == "Hai"
    missing = await call("editMessageText", chat_id=1, message_id=99, text="x")
    assert missing["description"] == "Bad Request: message to edit not found"
    foreign = await call("editMessageText", chat_id=1, message_id=theirs, text="x")
    assert foreign["description"] == "Bad Request: message can't be edited"
    assert [shown.text for shown in lan.screen] == ["a", "Hai"]
    assert lan.last is not None
    assert lan.last.labels == []


async def test_message_ids_count_per_account_and_per_supergroup(api: BotApi, call: Caller) -> None:
    assert [Person(api, 1).say("a"), Person(api, 2).say("b")] == [1, 2]
    api.group(-5)
    api.group(-100500, supergroup=True)
    assert Person(api, 1, group=-5).say("c") == 3
    assert Person(api, 1, group=-100500).say("d") == 1


@pytest.mark.parametrize(
    "text, why",
    [
        ("<b>đậm", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("đ</b>", "Unexpected end tag at byte offset 2"),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<a href='x", "Unclosed start tag at byte offset 0"),
    ],
)
async def test_html_that_telegram_cannot_read_is_refused(api: BotApi, call: Caller, text: str, why: str) -> None:
    Person(api, 1)
    answer = await call("sendMessage", chat_id=1, text=text, parse_mode="HTML")
    assert answer["description"] == f"Bad Request: can't parse entities: {why}"


async def test_html_becomes_text_and_entities_in_utf16(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    text = ' 🎉<b>A &amp; <i>b</i></b> <a href="https://x.vn/?a=1&amp;b=2">đây</a> '
    text += "&copy; R&D <blockquote expandable>q</blockquote>\n"
    result = (await call("sendMessage", chat_id=1, text=text, parse_mode="HTML"))["result"]
    assert result["text"] == "🎉A & b đây &copy; R&D q"
    assert result["entities"][:3] == [
        {"type": "bold", "offset": 2, "length": 5},
        {"type": "italic", "offset": 6, "length": 1},
        {"type": "text_link", "offset": 8, "length": 3, "url": "https://x.vn/?a=1&b=2"},
    ]
    assert result["entities"][3]["type"] == "expandable_blockquote"
    assert lan.last is not None
    assert "&copy;" in lan.last.text


@pytest.mark.parametrize(
    "text, fits", [("a" * 4096, True), ("a" * 4097, False), ("🎉" * 2048, True), ("🎉" * 2049, False)]
)
async def test_a_text_has_at_most_4096_utf16_units(api: BotApi, call: Caller, text: str, fits: bool) -> None:
    Person(api, 1)
    answer = await call("sendMessage", chat_id=1, text=text)
    assert answer["ok"] is fits
    assert fits or answer["description"] == "Bad Request: message is too long"


@pytest.mark.parametrize("data, fits", [("x" * 64, True), ("x" * 65, False), ("đ" * 33, False), ("", False)])
async def test_callback_data_has_at_most_64_bytes(api: BotApi, call: Caller, data: str, fits: bool) -> None:
    Person(api, 1)
    rows = {"inline_keyboard": [[{"text": "A", "callback_data": data}]]}
    answer = await call("sendMessage", chat_id=1, text="a", reply_markup=rows)
    assert answer["ok"] is fits
    assert fits or answer["description"] == "Bad Request: BUTTON_DATA_INVALID"


async def test_a_press_is_answered_once_and_in_time() -> None:
    now = time.time()
    async with BotApi(clock=lambda: now) as api:
        call, lan = Caller(api), Person(api, 1)
        await call("sendMessage", chat_id=1, text="Chọn", reply_markup=CARD)
        first, late = lan.tap("nop bao cao"), lan.tap("Nộp")
        update = (await call("getUpdates"))["result"][0]["callback_query"]
        assert (update["id"], update["data"], update["message"]["text"]) == (first, "submit:1", "Chọn")
        assert (await call("answerCallbackQuery", callback_query_id=first, text="Đã nhận"))["ok"]
        assert lan.notices[0].text == "Đã nhận"
        stale = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        assert (await call("answerCallbackQuery", callback_query_id=first))["description"] == stale
        now += 200
        assert (await call("answerCallbackQuery", callback_query_id=late))["description"] == stale
        await call.http.aclose()


@pytest.mark.parametrize(
    "method, fields, wrong",
    [
        ("sendMesage", {}, "unknown method sendMesage"),
        ("sendMessage", {"chat_id": 1}, "sendMessage: missing field text"),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_to_message_id": 3}, "unknown field reply_to_message_id"),
        ("sendMessage", {"chat_id": 1, "text": 5}, "sendMessage.text is not String"),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_markup": {"inline_keyboard": [[{"txt": "A", "text": "A"}]]}},
            "unknown field txt",
        ),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "missing field chat_id"),
    ],
)
async def test_a_call_that_is_not_published_is_a_violation(
    api: BotApi, call: Caller, method: str, fields: dict[str, Any], wrong: str
) -> None:
    answer = await call(method, **fields)
    assert not answer["ok"]
    assert wrong in api.violations[0]


async def test_who_never_wrote_cannot_be_written_to(api: BotApi, call: Caller) -> None:
    assert (await call("sendMessage", chat_id=404, text="a"))["description"] == "Bad Request: chat not found"


async def test_a_form_and_a_query_say_the_same_as_json(api: BotApi, call: Caller) -> None:
    lan, address = Person(api, 1), f"{api.base_url}{api.token}/sendMessage"
    await call.http.post(address, data={"chat_id": "1", "text": "biểu mẫu", "reply_markup": json.dumps(CARD)})
    await call.http.get(address, params={"chat_id": 1, "text": "truy vấn", "disable_notification": "True"})
    assert [str(shown) for shown in lan.screen] == ["biểu mẫu\n  [Nộp báo cáo]", "truy vấn"]
    assert api.violations == []


async def test_a_file_goes_there_and_back(api: BotApi, call: Caller) -> None:
    lan, address = Person(api, 1), f"{api.base_url}{api.token}/sendDocument"
    files = {"document": ("bảng.xlsx", b"PK data", "application/zip")}
    sent = (await call.http.post(address, data={"chat_id": "1", "caption": "Bảng"}, files=files)).json()["result"]
    path = (await call("getFile", file_id=sent["document"]["file_id"]))["result"]["file_path"]
    got = await call.http.get(f"{api.base_file_url}{api.token}/{path}")
    assert (got.content, sent["document"]["file_name"], sent["caption"]) == (b"PK data", "bảng.xlsx", "Bảng")
    assert (await lan.sees("bảng.xlsx")).text == "Bảng"
    assert (await call("sendDocument", chat_id=1, document=sent["document"]["file_id"]))["ok"]
    assert api.violations == []


async def test_command_menus_are_kept_by_scope(api: BotApi, call: Caller) -> None:
    menu = [{"command": "baocao", "description": "Nộp báo cáo"}]
    await call("setMyCommands", commands=menu)
    await call(
        "setMyCommands",
        commands=[*menu, {"command": "tonghop", "description": "Tổng hợp"}],
        scope={"type": "chat", "chat_id": 7},
    )
    assert (await call("getMyCommands"))["result"] == menu
    assert (await call("getMyCommands", scope={"type": "all_group_chats"}))["result"] == []
    assert (api.profile.menu(7), api.profile.menu(8)) == (["baocao", "tonghop"], ["baocao"])
    wrong = await call("setMyCommands", commands=[{"command": "BáoCáo", "description": "x"}])
    assert wrong["description"] == "Bad Request: BOT_COMMAND_INVALID"


async def test_a_person_is_judged_by_what_is_new(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    await call("sendMessage", chat_id=1, text="Chào chị Lan", reply_markup=CARD)
    await lan.sees("Lan")
    lan.say("12")
    await lan.hears_nothing(0.05)
    with pytest.raises(AssertionError, match="Chào chị Lan"):
        await lan.sees("Chào", timeout=0.05)
    await lan.sees("Chào", anywhere=True)
    with pytest.raises(AssertionError, match="Huỷ"):
        lan.tap("Huỷ")


async def test_every_published_method_is_played(api: BotApi) -> None:
    assert set(published()["methods"]) == set(api._methods)


async def test_in_a_group_the_bot_gets_what_is_meant_for_it(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1, group=api.group(-5).id)
    lan.invite_bot()
    for text in ("chuyện phiếm", "/baocao", "/baocao@other_bot", "hỏi @so_tay_so_bot"):
        lan.say(text)
    updates = (await call("getUpdates"))["result"]
    assert [u["message"]["text"] for u in updates if "message" in u] == ["/baocao", "hỏi @so_tay_so_bot"]
    lan.remove_bot()
    refused = await call("sendMessage", chat_id=-5, text="a")
    assert refused["description"] == "Forbidden: bot was kicked from the group chat"
