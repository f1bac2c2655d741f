"""Limits, refusals and everything that goes wrong on the way."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.standin import BotApi, Limits, Person
from tests.standin.caller import Caller


async def test_too_fast_in_one_chat_is_429_with_the_time_to_wait() -> None:
    async with BotApi(limits=Limits(chat_burst=2)) as api:
        call = Caller(api)
        for chat in (1, 2):
            Person(api, chat)
        codes = [(await call("sendMessage", chat_id=1, text="a")).get("error_code") for _ in range(3)]
        assert codes == [None, None, 429]
        refused = await call("sendMessage", chat_id=1, text="a")
        assert refused["parameters"] == {"retry_after": 1}
        assert (await call("sendMessage", chat_id=2, text="a"))["ok"]
        assert api.too_many == 2
        assert len(api.record.sent(1)) == 2
        await call.http.aclose()


async def test_thirty_a_second_overall_and_replies_may_be_free() -> None:
    async with BotApi(limits=Limits(burst=5, per_chat=None, reply_window=5)) as api:
        call = Caller(api)
        people = [Person(api, chat) for chat in range(1, 8)]
        answers = [await call("sendMessage", chat_id=person.id, text="a") for person in people]
        assert [a["ok"] for a in answers] == [True] * 5 + [False] * 2
        await asyncio.sleep(1.05)
        people[0].say("hỏi")
        replies = [await call("sendMessage", chat_id=1, text="đáp") for _ in range(9)]
        assert all(a["ok"] for a in replies)
        await call.http.aclose()


async def test_twenty_a_minute_in_a_group() -> None:
    async with BotApi(limits=Limits()) as api:
        call = Caller(api)
        api.group(-5)
        answers = [await call("sendMessage", chat_id=-5, text="a") for _ in range(21)]
        assert [a["ok"] for a in answers] == [True] * 20 + [False]
        assert 55 < answers[-1]["parameters"]["retry_after"] <= 60
        await call.http.aclose()


async def test_a_blocked_chat_is_403_and_the_bot_is_told(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    lan.block()
    refused = await call("sendMessage", chat_id=1, text="a")
    assert refused["description"] == "Forbidden: bot was blocked by the user"
    lan.say("quay lại")
    assert (await call("sendMessage", chat_id=1, text="a"))["ok"]
    updates = (await call("getUpdates"))["result"]
    changes = [u["my_chat_member"]["new_chat_member"]["status"] for u in updates if "my_chat_member" in u]
    assert changes == ["kicked", "member"]


async def test_a_group_that_moved_answers_with_its_new_id(api: BotApi, call: Caller) -> None:
    api.group(-5)
    lan = Person(api, 1, group=-5)
    new = api.migrate(-5)
    refused = await call("sendMessage", chat_id=-5, text="a")
    assert refused["error_code"] == 400
    assert refused["parameters"] == {"migrate_to_chat_id": new}
    assert (await call("sendMessage", chat_id=new, text="đã chuyển"))["ok"]
    assert (await lan.sees("đã chuyển")).by_bot


async def test_a_dropped_answer_has_taken_effect(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    api.faults.add("drop", "sendMessage", times=1, after=1)
    await call("sendMessage", chat_id=1, text="một")
    with pytest.raises(httpx.RemoteProtocolError):
        await call("sendMessage", chat_id=1, text="hai")
    await call("sendMessage", chat_id=1, text="hai")
    assert [shown.text for shown in lan.screen] == ["một", "hai", "hai"]
    assert api.record.repeated() == {(1, "hai"): 2}
    assert [c.fault for c in api.record.calls] == ["", "drop", ""]


async def test_a_502_has_not_taken_effect_unless_asked(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    api.faults.add("502", "send*", times=1)
    api.faults.add("502", "send*", times=1, done=True)
    for text in ("một", "hai"):
        answer = await call.http.post(f"{api.base_url}{api.token}/sendMessage", json={"chat_id": 1, "text": text})
        assert answer.status_code == 502
        assert "Bad Gateway" in answer.text
    assert [shown.text for shown in lan.screen] == ["hai"]


async def test_a_late_answer_comes_after_the_effect(api: BotApi, call: Caller) -> None:
    lan = Person(api, 1)
    api.faults.add("late", seconds=0.3)
    sending = asyncio.create_task(call("sendMessage", chat_id=1, text="chậm"))
    await lan.sees("chậm", timeout=0.2)
    assert not sending.done()
    assert (await sending)["ok"]


async def test_storms_and_strays(api: BotApi, call: Caller) -> None:
    Person(api, 1)
    api.faults.add("429", "sendMessage", retry_after=7, times=2)
    answers = [await call("sendMessage", chat_id=1, text="a") for _ in range(3)]
    assert [a.get("parameters") for a in answers] == [{"retry_after": 7}, {"retry_after": 7}, None]
    api.faults.add("404", "getUpdates")
    assert (await call("getUpdates"))["description"] == "Not Found"
    assert (await call("getUpdates"))["ok"]


async def test_the_same_seed_strikes_the_same_calls() -> None:
    struck = []
    for _ in range(2):
        async with BotApi() as api:
            call = Caller(api)
            Person(api, 1)
            api.faults.add("429", "sendMessage", times=None, chance=0.3)
            struck.append([(await call("sendMessage", chat_id=1, text=str(i)))["ok"] for i in range(30)])
            await call.http.aclose()
    assert struck[0] == struck[1]
    assert 3 < struck[0].count(False) < 20


async def test_a_wrong_token_is_unauthorized(api: BotApi, call: Caller) -> None:
    assert (await call.http.get(f"{api.base_url}1:wrong/getMe")).status_code == 401
    assert (await call.http.get(f"{api.url}/nothing")).status_code == 404


async def test_an_outage_keeps_what_is_known(api: BotApi, call: Caller) -> None:
    Person(api, 1).say("trước")
    port = int(api.url.rpartition(":")[2])
    await api.stop()
    with pytest.raises(httpx.TransportError):
        await call("getMe")
    await api.start(port=port)
    assert await call.ids() == [1000]


async def test_peaks_and_rates_are_of_what_appeared(api: BotApi, call: Caller) -> None:
    Person(api, 1)
    for text in "abc":
        await call("sendMessage", chat_id=1, text=text)
    await call("sendMessage", chat_id=9, text="lạc")
    assert (api.record.peak(), api.record.peak(chat=9), sum(api.record.per_second())) == (3, 0, 3)
