"""Whatever number a button carries or a talk stands on: nobody sees or changes a unit beyond what they are granted.

Every way in of every feature is tried by every role on every kind of relation to a unit. What must happen follows
from the table of grants alone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.programmes import read_all
from handlers import router
from handlers.access import PUBLIC, asked_of
from handlers.turn import Handler, Press, Turn
from models import deadlines, people, programmes, reports, teams, units
from models.database import Database
from models.messages import Incoming, pack
from models.programmes import Library
from models.rules import Refusal
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, FOUNDER, GRANTS, ROLES, Actor, may
from models.rules.teams import TeamCard
from models.tables import Answer, Invitation, Outbox, PeriodRow, Report, Role, Team, Unit

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
ACTIONS = router.ACTIONS
FLOWS = router.FLOWS
KINDS = ("unit", "role", "invitation", "report")  # of the numbers that a button can carry
APART = (1_000, 2_000, 3_000)  # where the latter three begin, so that a number says by itself of which kind it is
ON_THE_TALK = ("team.press", "team.send")  # what they do, they do to the unit that the talk is about
OF_WHAT_IS_OWED = ("report.unit", "report.open", "lich.nothing")  # these offices owe nothing, so there is nothing
OFFICES = (ADMINISTRATOR, COORDINATOR, FOUNDER)

PLACES = {
    "TW": ("central", ""),
    "P": ("province", "TW"),
    "PA": ("commune", "P"),
    "PA1": ("team", "PA"),
    "PA2": ("team", "PA"),
    "PB": ("commune", "P"),
    "PB1": ("team", "PB"),
    "Q": ("province", "TW"),
    "QA1": ("team", "Q"),
}
# own, above, beside, below and elsewhere, as seen from where the role is held
AROUND = {
    "PA": ("PA", "P", "TW", "PB", "PA1", "QA1"),
    "PA1": ("PA1", "PA", "P", "PA2", "PB", "QA1"),
}
ARGS = {
    "invite": ("member", "administrator", "coordinator"),
    "report": ("1", "1:5", "difficulty"),
    "member": ("0",),
    "account": ("0",),
}
# these carry the unit where others have such words, and the period where others have the unit
IN_ARG = ("report.open", "lich.nothing")


@dataclass
class Land:
    """A country of units. All that is about one of them carries its token, which stands nowhere else."""

    session: AsyncSession
    role: str
    library: Library = field(default_factory=Library)
    period: int = 0
    found: dict[str, Unit] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)  # (code of a unit, kind) -> row

    @property
    def home(self) -> str:
        return "PA" if self.role in OFFICES else "PA1"

    @property
    def hidden(self) -> list[str]:
        """What the speaker may not see by any way: neither theirs, nor above them."""
        mine, around = self.paths[self.home], self.paths.items()
        open_to = [code for code, path in around if mine.startswith(path)]
        if self.role in OFFICES[:2]:
            open_to += [code for code, path in around if path.startswith(mine)]
        return [token(code) for code in PLACES if code not in open_to]


class Watched(Turn):
    """A turn that remembers for what it asked permission."""

    asked: list[tuple[str, str | None]]

    def allow(self, action: str, path: str | None) -> None:
        self.asked.append((action, path))
        super().allow(action, path)


def token(code: str) -> str:
    return f"Mật{code}Mật"


async def build(session: AsyncSession, role: str) -> Land:
    land = Land(session, role)
    for programme in read_all():
        await programmes.store(session, programme.as_dict(), datetime(2026, 1, 1, tzinfo=UTC))
    for code, (kind, parent) in PLACES.items():
        await _unit(land, code, kind, land.found.get(parent))
    await deadlines.open_periods(session, land.library, NOW)
    land.period = (await session.scalars(select(PeriodRow.id).where(PeriodRow.key == "2026-11"))).first() or 0
    for place, (code, unit) in enumerate(land.found.items()):
        if not place:
            session.add(_report(land, APART[2], unit))
            await session.flush()
            land.numbers[code, "report"] = APART[2]
        else:
            begun = await reports.begin(session, land.period, unit.id, person_id=1, now=NOW)
            land.numbers[code, "report"] = begun
    account, *_ = await people.meet(session, "webchat", "me", "Lan Anh", NOW)
    me = await people.introduce(session, account, NOW)
    await people.grant(session, me.id, land.found[land.home].id, role, by=None, now=NOW)
    await session.flush()
    assert len(set(land.numbers.values())) == len(PLACES) * len(KINDS)
    return land


async def _unit(land: Land, code: str, kind: str, parent: Unit | None) -> None:
    """A unit with somebody who answers for it, an invitation into it, and if it is a team, a declaration."""
    session = land.session
    account, *_ = await people.meet(session, "webchat", f"head-{code}", f"Người {token(code)}", NOW)
    who = await people.introduce(session, account, NOW)
    if kind == "team" and parent is not None:
        card = TeamCard(f"Đội {token(code)}", token(code), None, 9)
        unit = (await teams.register(session, parent, card, by=who.id, confirmed=True, now=NOW)).unit
    else:
        unit = await units.add(session, code=code, name=f"Đoàn {token(code)}", kind=kind, parent=parent)
    role = Role(person_id=who.id, unit_id=unit.id, kind="leader" if kind == "team" else "coordinator", since=NOW)
    sent = Invitation(
        code_hash=code, unit_id=unit.id, role="member" if kind == "team" else "founder", uses_left=1,
        expires_at=NOW + timedelta(days=1), created_by=who.id, created_at=NOW,
    )  # fmt: skip
    if not land.found:
        role.id, sent.id = APART[0], APART[1]
    session.add_all([role, sent])
    await session.flush()
    land.found[code], land.paths[code] = unit, unit.path
    land.numbers |= {(code, "unit"): unit.id, (code, "role"): role.id, (code, "invitation"): sent.id}


def _report(land: Land, number: int, unit: Unit) -> Report:
    programme = select(PeriodRow.programme_id).where(PeriodRow.id == land.period).scalar_subquery()
    return Report(id=number, period_id=land.period, unit_id=unit.id, programme_id=programme, created_at=NOW)


@pytest.fixture
async def land(request: pytest.FixtureRequest, sqlite_db: Database) -> AsyncIterator[Land]:
    async with sqlite_db.write() as session:
        yield await build(session, request.param)


async def state_of(session: AsyncSession) -> list[Any]:
    """All that a press may change: a wrong grant that says nothing shows here."""
    await session.flush()
    wanted = (
        select(Role.id, Role.until),
        select(Team.unit_id, Team.state, Team.version),
        select(Invitation.id, Invitation.revoked_at),
        select(Report.id, Report.state, Report.version),
        select(func.count(Answer.report_id)),
        select(func.count(Outbox.id)),
        select(Unit.id, Unit.name),
    )
    return [sorted(map(str, (await session.execute(each)).all())) for each in wanted]


@dataclass(frozen=True)
class Outcome:
    """`asked` and `path`: the first permission that the handler asked for, and of which unit."""

    asked: str = ""
    path: str | None = None
    refused: bool = False
    shown: str = ""
    state: tuple[Any, ...] = ()


async def happen(land: Land, handler: Handler, press: Press, flow: str = "", **talk: Any) -> Outcome:
    """What a press, or a typed text in a flow, comes to; nothing of it stays."""
    account, who, actor, row = await people.meet(land.session, "webchat", "me", "", NOW)
    text = "" if press.action else "Lý do nào đó"
    incoming = Incoming("webchat", "me", "1", "text" if text else "button", NOW, text=text)
    turn = Watched(land.session, incoming, NOW, account, actor, row, land.library, name=who.name if who else "")
    turn.press, turn.asked, shown, refused = press, [], "", False
    savepoint = await land.session.begin_nested()
    row.flow, row.data = flow, talk
    try:
        shown = json.dumps([pack(message) for message in await handler(turn)], ensure_ascii=False)
    except Refusal as no:
        shown, refused = f"{no.key} {no.values}", no.key == "permission.not_found"
    except (ValueError, LookupError):  # words that another action's buttons carry: whether it may came before
        assert turn.asked, press
    state = () if turn.asked else tuple(await state_of(land.session))
    await savepoint.rollback()
    asked, path = turn.asked[0] if turn.asked else ("", None)
    return Outcome(asked, path, refused, shown, state)


def presses(land: Land, action: str, number: int) -> list[Press]:
    """The action with this row, with such words beside it as its buttons carry."""
    if action in IN_ARG:
        return [Press(action, land.period, 0, str(number))]
    words = ARGS.get(action.partition(".")[0], (f"{land.period}.0",))
    return [Press(action, number, 0, each) for each in words]


async def try_each_button(land: Land) -> list[tuple[Press, str, Outcome]]:
    """Every action with every row that it reads, as (press, unit's code, what came of it)."""
    found = []
    for (action, handler), kind in product(ACTIONS.items(), KINDS):
        sample = [
            (press, code, await happen(land, handler, press))
            for code in ("QA1", land.home)
            for press in presses(land, action, land.numbers[code, kind])[:1]
        ]
        found += sample
        if all(got.path is None for *_, got in sample):  # an action reads one kind of number, not the others
            continue
        for code in AROUND[land.home]:
            for press in presses(land, action, land.numbers[code, kind]):
                found.append((press, code, await happen(land, handler, press)))
    return found


async def actor_of(land: Land) -> Actor:
    return (await people.meet(land.session, "webchat", "me", "", NOW))[2]


def judge(land: Land, actor: Actor, handler: Handler, code: str, got: Outcome) -> str:
    """What is wrong with an outcome, by the table of grants; empty when nothing is."""
    permission = asked_of(handler)
    if any(secret in got.shown for secret in land.hidden):
        return "shows what is hidden"
    if permission == PUBLIC:
        return ""
    if got.path is None:
        return "" if got.refused or not got.asked else "went on without a unit"
    if got.asked != permission:
        return f"asks for {got.asked}"
    if not may(actor, permission or "", land.paths[code]):
        return "" if got.refused else "a wrong grant"
    return "" if got.path == land.paths[code] else "asks about another unit"


@pytest.mark.parametrize("land", ROLES, indirect=True)
async def test_a_button_does_for_a_unit_what_the_table_of_grants_says(land: Land) -> None:
    actor, before = await actor_of(land), tuple(await state_of(land.session))
    tried = await try_each_button(land)
    judged = [(press, code, judge(land, actor, ACTIONS[press.action], code, got)) for press, code, got in tried]
    assert [each for each in judged if each[2]] == []
    assert [press for press, _, got in tried if got.state not in ((), before)] == []
    reading = {press.action for press, _, got in tried if got.path is not None}
    own = {action for action, handler in ACTIONS.items() if may(actor, asked_of(handler) or "", land.paths[land.home])}
    narrower = {"team.correct"} | (set(OF_WHAT_IS_OWED) if land.role in OFFICES else set())
    assert own - reading - set(ON_THE_TALK) == narrower & own


@pytest.mark.parametrize("land", ROLES, indirect=True)
async def test_a_talk_goes_on_about_a_unit_as_the_table_of_grants_says(land: Land) -> None:
    actor, wrong = await actor_of(land), []
    ways = {flow: (handler, flow) for flow, handler in FLOWS.items()}
    ways |= {action: (ACTIONS[action], "team.review") for action in ON_THE_TALK}
    for way, (handler, flow) in ways.items():
        for code in AROUND[land.home]:
            unit, report = land.numbers[code, "unit"], land.numbers[code, "report"]
            about = {"unit": unit, "parent": "?", "team": unit, "report": report, "version": 1, "role": "member"}
            card = {"name": "Đội Mới", "number": "", "date": "", "members": 3, "reviewed": True, "at": 1}
            more = {"kind": "difficulty", "index": 0, "numerator": "", "doubted": "", "back": "", "seen": None}
            press = Press(way if way in ON_THE_TALK else "")
            got = await happen(land, handler, press, flow, amending=False, **about, **card, **more)
            verdict = judge(land, actor, handler, code, got)
            if not verdict and not got.asked and asked_of(handler) != PUBLIC:
                verdict = "asks for nothing"
            wrong += [(way, code, verdict)] if verdict else []
    assert wrong == []


@pytest.mark.parametrize("land", ROLES, indirect=True)
async def test_no_command_shows_what_is_hidden(land: Land) -> None:
    for word, handler in router.COMMANDS.items():
        got = await happen(land, handler, Press("go", arg=word))
        assert not any(secret in got.shown for secret in land.hidden), word


def test_every_way_in_says_what_it_asks_of_the_speaker() -> None:
    assert [way for way, handler in router.routed().items() if asked_of(handler) is None] == []
    assert {asked_of(handler) for handler in router.routed().values()} - {PUBLIC} == set(GRANTS)


def test_the_ways_tried_are_those_of_every_feature() -> None:
    assert {name for feature in router.FEATURES for name in feature.ACTIONS} == set(ACTIONS)
    assert {name for feature in router.FEATURES for name in feature.FLOWS} == set(FLOWS)
