"""The board: counts that add up, branches worst first, and nobody sees beyond their subtree."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from handlers import board as screens
from handlers import board_nudge, calendar
from handlers.turn import Handler, Press, Turn
from models import board
from models.board import Board
from models.database import Database
from models.insertion import insert_once
from models.messages import Incoming, Message
from models.people import actor_of
from models.rules import Refusal
from models.tables import Account, Audit, Person, Role, Talk, Unit
from tests.databases import counted
from tests.office import Office, at, open_office
from tests.shipped import words_in

NOW = at("2026-11-26", "09:00")
NAMES = ("board", "board_view", "board_nudge", "calendar")


@pytest.fixture
async def office(db: Database) -> Office:
    """Two communes of three teams; the first commune has one of each, in the second nobody has filed."""
    office = await open_office(db, communes=2, teams=6, decided_at=at("2026-11-01"))
    await office.tick(at("2026-11-10"))
    one, _, three, _, five, _ = office.teams
    await office.submit(one, at("2026-11-25"), no_activity="mưa lũ")
    await office.submit(three, at("2026-11-26", "07:00"))
    await office.begin(five, at("2026-11-20"))
    return office


async def drawn(office: Office, path: str = "/1/") -> Board:
    period = await office.period()
    async with office.db.read() as session:
        return await board.board(session, path, period, NOW)


async def press(
    office: Office, who: int, action: str = "", object: int = 0, arg: str = "", now: datetime = NOW
) -> Message:
    """The screen that somebody gets for a button, or for the command when there is none."""
    commands: Any = calendar if action.startswith("lich") else screens
    actions = commands.ACTIONS | board_nudge.ACTIONS
    handler: Handler = actions.get(action, commands.show)
    async with office.db.write() as session:
        account = await session.get(Account, who)
        assert account is not None
        talk = Talk(account_id=who, flow="", data={}, updated_at=now)
        incoming = Incoming("webchat", str(who), "e", "button", now)
        actor = await actor_of(session, who, now)
        turn = Turn(session, incoming, now, account, actor, talk, office.library, press=Press(action, object, 0, arg))
        return (await handler(turn))[0]


async def give(office: Office, who: int, unit: int, kind: str) -> None:
    async with office.db.write() as session:
        person = {"id": who, "name": f"Người {who}", "name_folded": f"nguoi {who}", "created_at": NOW}
        account = {"id": who, "channel": "webchat", "address": str(who), "person_id": who, "seen_at": NOW}
        await insert_once(session, Person, person)
        await insert_once(session, Account, account)
        await insert_once(session, Role, {"person_id": who, "unit_id": unit, "kind": kind, "since": NOW})


async def test_every_unit_is_counted_once_and_the_counts_add_up(office: Office) -> None:
    counts = (await drawn(office)).counts
    assert (counts.expected, counts.on_time, counts.late, counts.draft, counts.missing) == (6, 1, 1, 1, 3)
    assert (counts.returned, counts.nothing, counts.filed, counts.owed) == (0, 1, 2, 4)


async def test_the_branch_with_most_still_owed_comes_first(office: Office) -> None:
    found = await drawn(office)
    assert [(each.name, each.counts.filed, each.counts.expected) for each in found.branches] == [
        ("Xã 002", 0, 3),
        ("Xã 001", 2, 3),
    ]
    assert [owing.unit_name for owing in found.owed] == ["Đội 0002", "Đội 0004", "Đội 0006", "Đội 0005"]


async def test_a_small_commune_far_behind_comes_before_a_large_one_that_owes_more(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, communes=2, teams=8, decided_at=at("2026-11-01"))
    async with office.db.write() as session:
        for team in office.teams[1:6:2]:  # of the second commune's four teams one is left, the first has seven
            await session.execute(update(Unit).where(Unit.id == team).values(parent_id=2, path=f"/1/2/{team}/"))
    await office.tick(at("2026-11-10"))
    for team in office.teams[:4]:
        await office.submit(team, at("2026-11-20"))
    found = [(each.name, each.counts.owed, each.counts.expected) for each in (await drawn(office)).branches]
    assert found == [("Xã 002", 1, 1), ("Xã 001", 3, 7)]


async def test_a_unit_right_below_is_a_branch_of_its_own(office: Office) -> None:
    found = await drawn(office, "/1/2/")
    assert [each.name for each in found.branches] == ["Đội 0005", "Đội 0001", "Đội 0003"]
    assert all(each.owing is not None for each in found.branches)


async def test_a_unit_that_closed_during_the_period_is_not_expected(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(update(Unit).where(Unit.id == office.teams[1]).values(closed_on=date(2026, 11, 20)))
    assert (await drawn(office)).counts.expected == 5


async def test_a_unit_that_closed_later_still_stands_in_the_period_it_lived_through(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(update(Unit).where(Unit.id == office.teams[1]).values(closed_on=date(2026, 11, 26)))
    assert (await drawn(office)).counts.expected == 6


async def test_the_board_takes_three_statements_however_many_teams(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, communes=20, teams=200)
    await office.tick(at("2026-11-10"))
    period = await office.period()
    async with office.db.read() as session:
        with counted(office.db) as asked:
            found = await board.board(session, "/1/", period, NOW)
    assert found.counts.expected == 200
    assert len([each for each in asked if each.startswith("SELECT")]) == 3


async def test_after_the_deadline_the_board_opens_on_the_period_just_due(office: Office) -> None:
    await office.tick(at("2026-12-01"))
    soon = await press(office, 1, now=at("2026-12-05"))
    later = await press(office, 1, now=at("2026-12-20"))
    assert (soon.values["key"], later.values["key"]) == ("2026-11", "2026-12")


async def test_several_duties_of_a_month_have_a_board_each_and_the_teams_comes_first(db: Database) -> None:
    office = await open_office(db, levels=True)
    async with office.db.write() as session:
        session.add(Role(person_id=1, unit_id=2, kind="coordinator", since=at("2026-01-02")))
    await office.tick(at("2026-11-28"), deliver=False)  # the next month has begun, so there is one to go on to
    period = await office.period()
    first = await press(office, 1, now=at("2026-11-20"))
    ways = await press(office, 1, "board.ways", 1, f"{period}.0", now=at("2026-11-20"))
    beside = [button for row in ways.buttons for button in row if button.label == "board.button_duty"]
    assert (first.values["key"], first.values["level"]) == ("2026-11", "")
    assert [(each.values["key"], each.values["level"]) for each in beside] == [
        ("2026-11", "commune"), ("2026", "commune"), ("2026", "province"),
    ]  # fmt: skip
    communes = await press(office, 1, "board.open", 1, beside[0].arg)
    assert [each["name"] for each in communes.values["branches"]] == ["Xã 001"]
    ways = await press(office, 1, "board.ways", 1, beside[0].arg)
    back = [button.arg for row in ways.buttons for button in row if button.label == "board.button_duty"]
    assert back[0] == f"{period}.0"
    async with office.db.read() as session:
        row = await board.period(session, int(beside[0].arg.partition(".")[0]))
        assert row is not None
        near = await board.neighbours(session, "/1/", row)
    assert {each.duty for each in near if each is not None} == {row.duty}


async def test_the_office_goes_down_from_the_province_to_a_report(office: Office) -> None:
    period = await office.period()
    top = await press(office, 1)
    assert (top.key, top.values["expected"]) == ("board.show", 6)
    commune = await press(office, 1, "board.open", 2, f"{period}.0")
    assert [each["name"] for each in commune.values["branches"]] == ["Đội 0005", "Đội 0001", "Đội 0003"]
    team = await press(office, 1, "board.open", office.teams[0], f"{period}.0")
    assert team.key == "board.unit"
    assert team.buttons[0][0].action == "report.view"


async def test_the_fullest_board_fits_a_phone_and_begins_with_what_to_do(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, communes=14, teams=14, decided_at=at("2026-11-01"))
    async with office.db.write() as session:
        named = update(Unit).where(Unit.kind == "commune")
        await session.execute(named.values(name=func.replace(Unit.name, "Xã", "Đoàn xã Thạnh Phú")))
    await office.tick(at("2026-11-10"))
    await office.submit(office.teams[0], at("2026-11-20"), no_activity="mưa lũ")
    await office.set_state(await office.submit(office.teams[1], at("2026-11-20")), "returned")
    first = await press(office, 1)
    second = await press(office, 1, "board.open", 1, f"{await office.period()}.1")
    actions = [[button.action for button in row] for row in second.buttons]
    assert actions[:2] == [["board.names", "board.nudge"], ["board.sheet", "review.list"]]
    assert actions[2:5] == [["board.open", "board.open"]] * 3
    assert actions[5:] == [["board.open", "board.open", "board.ways", "go"]]  # before, after, other ways, the menu
    words = words_in()
    labels = [[words.label(button.label, button.values) for button in row] for row in first.buttons]
    assert labels[2] == ["Xã Thạnh Phú 002", "Xã Thạnh Phú 003"]
    shown = [line for line in words.say(second.key, second.values).splitlines() if line.strip()]
    assert len(shown) == 12


async def test_long_names_have_a_row_each(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(
            update(Unit).where(Unit.kind == "team").values(name=Unit.name + " tình nguyện chuyển đổi số")
        )
    shown = await press(office, 1, "board.open", 2, f"{await office.period()}.0")
    assert [len(row) for row in shown.buttons[2:5]] == [1, 1, 1]


async def test_a_report_only_opened_counts_as_missing_and_is_not_shown(office: Office) -> None:
    period, team = await office.period(), office.teams[1]
    await office.open(team, at("2026-11-20"))
    counts = (await drawn(office)).counts
    assert (counts.draft, counts.missing) == (1, 3)
    shown = await press(office, 1, "board.open", team, f"{period}.0")
    assert shown.values["row"]["state"] == "missing"
    assert all(button.action != "report.view" for row in shown.buttons for button in row)


async def test_the_names_come_with_whom_to_call_and_whether_the_bot_reaches_them(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(update(Account).where(Account.id == office.teams[1]).values(unreachable="blocked"))
    shown = await press(office, 1, "board.names", 3, f"{await office.period()}.0")
    rows = [(each["unit"], each["head"], each["reachable"]) for each in shown.values["rows"]]
    first = office.teams[1]
    assert rows[:2] == [("Đội 0002", f"Người {first}", False), ("Đội 0004", f"Người {first + 2}", True)]


async def test_a_nudge_says_first_how_many_people_it_reaches_and_then_reaches_them(office: Office) -> None:
    period = await office.period()
    sure = await press(office, 1, "board.nudge", 1, f"{period}.0")
    assert (sure.key, sure.values["people"]) == ("board.nudge_sure", 4)
    done = await press(office, 1, "board.nudge_go", 1, f"{period}.0")
    assert (done.key, done.values["people"]) == ("board.nudged", 4)
    again = await press(office, 1, "board.nudge_go", 1, f"{period}.0")
    assert (again.key, again.values["recent"]) == ("board.nobody_to_nudge", 4)
    await office.deliver(NOW)
    assert len(office.reminders()) == 4
    async with office.db.read() as session:
        assert await session.scalar(select(func.count()).where(Audit.action == "reminder.send")) == 1


@pytest.mark.parametrize(
    "action", ["board.open", "board.names", "board.nudge", "board.nudge_go", "board.sheet", "board.unit"]
)
async def test_cannot_look_at_or_nudge_a_subtree_that_is_not_ones_own(office: Office, action: str) -> None:
    await give(office, 700, 2, "coordinator")
    period = await office.period()
    for unit in (1, 3, office.teams[1], 99_999):  # above, beside, beside's team, nothing at all
        with pytest.raises(Refusal, match=r"permission\.not_found"):
            await press(office, 700, action, unit, f"{period}.0")


@pytest.mark.parametrize("action", ["board.nudge", "board.nudge_go"])
async def test_cannot_nudge_as_a_leader(office: Office, action: str) -> None:
    team = office.teams[0]
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await press(office, team, action, team, f"{await office.period()}.0")


async def test_a_leader_sees_one_line_of_the_own_team(office: Office) -> None:
    shown = await press(office, office.teams[1])
    assert shown.key == "board.mine"
    assert [(row["unit"], row["state"]) for row in shown.values["rows"]] == [("Đội 0002", "missing")]
    assert shown.buttons[0][0].action == "report.open"


async def test_a_member_sees_the_team_and_no_way_to_write(office: Office) -> None:
    await give(office, 701, office.teams[1], "member")
    shown = await press(office, 701)
    assert [row["unit"] for row in shown.values["rows"]] == ["Đội 0002"]
    assert all(button.action == "go" for row in shown.buttons for button in row)


async def test_a_coordinator_of_two_places_is_asked_which(office: Office) -> None:
    await give(office, 702, 2, "coordinator")
    async with office.db.write() as session:
        await insert_once(session, Role, {"person_id": 702, "unit_id": 3, "kind": "coordinator", "since": NOW})
    shown = await press(office, 702)
    assert shown.key == "board.which"
    assert [button.object for row in shown.buttons for button in row if button.action == "board.unit"] == [2, 3]


async def test_the_calendar_says_what_i_owe_and_when_i_am_reminded(office: Office) -> None:
    shown = await press(office, office.teams[1], "lich", now=at("2026-11-20"))
    assert [(row["unit"], row["kind"], row["days"]) for row in shown.values["owed"]] == [("Đội 0002", "due", 5)]
    assert shown.values["next"] == at("2026-11-22", "07:30")
    filed = await press(office, office.teams[2], "lich")
    assert [(row["state"], row["days"]) for row in filed.values["filed"]] == [("late", 1)]


async def test_nothing_to_report_straight_from_a_reminder_begins_the_report(office: Office) -> None:
    team = office.teams[1]
    shown = await press(office, team, "lich.nothing", await office.period(), str(team))
    assert shown.key == "report.nothing"


async def test_an_old_reminder_cannot_overwrite_what_was_filed(office: Office) -> None:
    team = office.teams[2]
    shown = await press(office, team, "lich.nothing", await office.period(), str(team))
    assert shown.key == "report.filed"


async def test_cannot_report_nothing_for_somebody_elses_team(office: Office) -> None:
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await press(office, office.teams[0], "lich.nothing", await office.period(), str(office.teams[1]))


def test_every_key_of_these_screens_is_worded() -> None:
    """The keys that the code composes, beside those that stand whole in it."""
    keys = words_in().keys
    source = "".join(Path(f"handlers/{name}.py").read_text(encoding="utf-8") for name in NAMES)
    named = set(re.findall(r'"((?:board|calendar|reminder)\.[a-z_]+)"', source))
    named -= {"board.read", "calendar.read", "reminder.send"} | set(screens.ACTIONS) | set(board_nudge.ACTIONS)
    named |= {f"reminder.{tone}" for tone in ("before", "today", "late", "nudge", "outage", "button_report_of")}
    assert named <= keys
