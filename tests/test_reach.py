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

from bot import guides
from handlers import features, router
from handlers.access import PUBLIC, asked_of
from handlers.turn import Handler, Press, Turn
from models import deadlines, people, programmes, reports, teams, units
from models.database import Database
from models.guides import GuideShelf
from models.messages import Incoming, pack
from models.programmes import Library
from models.rules import Refusal
from models.rules.permissions import COORDINATOR, FOUNDER, GRANTS, OFFICE_ROLES, ROLES, Actor, Held, may
from models.rules.teams import TeamCard
from models.rules.unit_changes import RENAME, Plan
from models.tables import (
    Announcement,
    AnnouncementPlan,
    AnnouncementTemplate,
    Answer,
    DayOff,
    DutyYear,
    Extension,
    Group,
    GroupChat,
    GroupUnit,
    GuideChange,
    GuideCheck,
    GuideFault,
    GuideNote,
    HandOver,
    Invitation,
    KnownAnswer,
    Mute,
    Obligation,
    Outbox,
    PeriodRow,
    Question,
    Recipient,
    Report,
    Review,
    Role,
    RosterEntry,
    SectionRequest,
    Team,
    Unit,
    UnitChange,
)
from tests.shipped import plans

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
SHELF = GuideShelf(guides.read_all(), guides.read_fields())
ACTIONS = features.ACTIONS
FLOWS = features.FLOWS
KINDS = ("unit", "role", "invitation", "report")  # of the numbers that a button can carry
APART = (1_000, 2_000, 3_000)  # where the latter three begin, so that a number says by itself of which kind it is
# what they do, they do to the unit that the talk is about: the action, and the flow in which it is pressed
ON_THE_TALK = {
    "team.press": "team.review",
    "team.send": "team.review",
    "group.pick": "group.units",
    "group.carry_out": "group.units",
}
SENT = 5_000  # where the announcements that were sent off begin
# these read an announcement that was sent off, or a recipient's row of it
OF_WHAT_WAS_SENT = (
    "announcement.ledger", "announcement.listed", "announcement.sheet", "announcement.again", "announcement.again_go",
    "announcement.unconfirmed", "announcement.chase", "announcement.confirm", "announcement.reply",
    "announcement.replace", "announcement.recall", "announcement.recall_now",
)  # fmt: skip
# these offices owe nothing, so there is nothing
OF_WHAT_IS_OWED = ("report.unit", "report.open", "lich.nothing", "paste.take")
OFFICES = (*OFFICE_ROLES, FOUNDER)

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
    "paste": ("1", "1:5", "LL02"),
    "form": ("0", "1"),
    "guide": ("G01",),
    "section": ("0", "0:0", "1:5"),
    "question": ("0", "all.0"),
    "known": ("text", "answer"),
    "days_off": ("2026", "off", "2026-11-25"),
    "duty_year": ("1", ""),
    "poster": ("G01",),
    "guide_desk": ("G01",),
    "guide_check": ("G01",),
    "guide_note": ("G01", "G01.fee"),
    "guide_change": ("G01", "G01.steps.0", "G01.3"),
    "announcement": ("drafts.0", "roles", "roles:member:0", "0"),
    "announcement_plan": ("w1.0.0800", "m0.0.", "0"),
    "announcement_schedule": ("0",),
    "visit_count": ("DVC01", "DVC01.0", ".0"),
}
# these carry the unit where others have such words, and the period where others have the unit
IN_ARG = ("report.open", "lich.nothing", "extension.ask", "paste.take")


@dataclass
class Land:
    """A country of units. All that is about one of them carries its token, which stands nowhere else."""

    session: AsyncSession
    role: str
    library: Library = field(default_factory=Library)
    period: int = 0
    periods: dict[str, int] = field(default_factory=dict)  # by duty: what teams owe, and what communes do
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
        if self.role in OFFICE_ROLES:
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
    for programme in plans():
        await programmes.store(session, programme.as_dict(), datetime(2026, 1, 1, tzinfo=UTC))
    for code, (kind, parent) in PLACES.items():
        await _unit(land, code, kind, land.found.get(parent))
    await deadlines.open_periods(session, land.library, NOW)
    november = (await session.scalars(select(PeriodRow).where(PeriodRow.key == "2026-11"))).all()
    land.periods = {each.duty.partition("/")[2]: each.id for each in november}
    land.period = land.periods["BC-THANG"]
    for place, (code, unit) in enumerate(land.found.items()):
        if not place:
            session.add(_report(land, APART[2], unit))
            await session.flush()
            land.numbers[code, "report"] = APART[2]
        else:
            begun = await reports.begin(session, land.period, unit.id, person_id=1, now=NOW)
            land.numbers[code, "report"] = begun
    await _extensions(land)
    account, *_ = await people.meet(session, "webchat", "me", "Lan Anh", NOW)
    me = await people.introduce(session, account, NOW)
    await people.grant(session, me.id, land.found[land.home].id, role, by=None, now=NOW)
    session.add_all(_section_request(land, code, me.id) for code in PLACES)
    home = land.found[land.home]
    speaker = Actor(me.id, (Held(role, home.id, home.path),))
    for code, unit in land.found.items():
        author = me.id if may(speaker, "announcement.send", unit.path) else 1
        session.add_all((_announcement(unit, code, author), *_kept_announcements(unit, code, author)))
    await _sent_announcements(land)
    await session.flush()
    assert len(set(land.numbers.values())) == len(PLACES) * len(KINDS)
    return land


def _announcement(unit: Unit, code: str, author: int) -> Announcement:
    """A draft in the name of every unit, with the unit's own number: the speaker's where they may send one.

    It is for everybody below, and leads where a second person has to agree.
    """
    text, audience = f"Mời họp {token(code)} https://bit.ly/1", {"units": [unit.id]}
    return Announcement(id=unit.id, unit_id=unit.id, author_id=author, text=text, audience=audience, created_at=NOW)


def _kept_announcements(unit: Unit, code: str, author: int) -> tuple[AnnouncementTemplate, AnnouncementPlan]:
    """A template, and a plan that runs, of every unit with the unit's own number, in the speaker's name."""
    body = {"text": f"Mời họp {token(code)}", "audience": {"units": [unit.id]}}
    about = {"id": unit.id, "unit_id": unit.id, "title": f"Họp {token(code)}", "body": body, "person_id": author}
    running = {"next_at": NOW, "done_on": NOW.date(), "created_at": NOW}
    plan = AnnouncementPlan(**about, rule={"every": "weekly", "day": 1, "month": 0, "at": "08:00"}, **running)
    return AnnouncementTemplate(**about, at=NOW), plan


async def _sent_announcements(land: Land) -> None:
    """One that every unit sent to whoever answers for it, whom it did not reach: with the unit's number from SENT on.
    Their row of the ledger has that number too."""
    heads = (await land.session.execute(select(Role.unit_id, Role.person_id).order_by(Role.id.desc()))).all()
    people_of = {unit_id: person_id for unit_id, person_id in heads}
    for code, unit in land.found.items():
        about = {"unit_id": unit.id, "text": f"Đã gửi {token(code)}", "asks_proof": True, "state": "sent"}
        land.session.add(Announcement(id=SENT + unit.id, created_at=NOW, **about))
        await land.session.flush()
        of = {"announcement_id": SENT + unit.id, "person_id": people_of[unit.id], "unit_id": unit.id}
        land.session.add(Recipient(id=SENT + unit.id, state="failed", reason="overload", **of))


def _section_request(land: Land, code: str, whom: int) -> SectionRequest:
    """The speaker is asked for a section of every unit's report, with the unit's own number: none lets them in."""
    asked = {"person_id": whom, "asked_by": 1, "asked_at": NOW, "note": f"Dặn {token(code)}"}
    number = land.numbers[code, "unit"]
    return SectionRequest(id=number, report_id=land.numbers[code, "report"], section="TO-CHUC", **asked)


async def _extensions(land: Land) -> None:
    """Each unit asks for more time in a period long past, with its own number."""
    programme = (await land.session.scalars(select(PeriodRow.programme_id).where(PeriodRow.id == land.period))).one()
    then = NOW - timedelta(days=1000)
    days = {"starts_on": then.date(), "ends_on": then.date(), "due_at": then}
    period = PeriodRow(programme_id=programme, duty="DE-AN-CDS/BC-THANG", form="BC-CĐS-TN", key="2024-02", **days)
    land.session.add(period)
    await land.session.flush()
    for code, unit in land.found.items():
        land.session.add(Obligation(id=10_000 + unit.id, period_id=period.id, unit_id=unit.id))
        await land.session.flush()
        asked = {"asked_at": NOW, "wanted_until": NOW, "reason": f"Vì {token(code)}"}
        land.session.add(Extension(id=unit.id, obligation_id=10_000 + unit.id, **asked))


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
    if kind == "team":
        line = {"unit_id": unit.id, "number": 1, "duty": "member", "since": NOW}
        session.add(RosterEntry(id=unit.id, name=f"Bạn {token(code)}", name_folded=code, **line))
    await _group(session, unit, code)
    await _guide_work(session, unit, code)
    session.add(_group_chat(unit, code))
    session.add(_planned_change(unit))
    await _question(session, unit, code)
    session.add(_hand_over(unit, who.id, "leader" if kind == "team" else "coordinator"))
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


async def _group(session: AsyncSession, unit: Unit, code: str) -> None:
    """A group of the unit, with the unit's own number; and the unit in the group of the one above."""
    name = f"Cụm {token(code)}"
    session.add(Group(id=unit.id, unit_id=unit.id, kind="cluster", name=name, name_folded=name, created_at=NOW))
    await session.flush()
    if unit.parent_id is not None:
        session.add(GroupUnit(group_id=unit.parent_id, unit_id=unit.id, since=NOW.date()))


async def _guide_work(session: AsyncSession, unit: Unit, code: str) -> None:
    """A note, a correction that waits, a step reported wrong, of the unit and with its own number."""
    about = {"id": unit.id, "guide": "G01", "unit_id": unit.id}
    asked = {"old": "", "new": f"Sửa {token(code)}", "reason": f"Vì {token(code)}", "proposed_at": NOW}
    session.add(GuideNote(**about, kind="other", text=f"Phí {token(code)}", at=NOW))
    session.add(GuideChange(**about, place="title", **asked))
    session.add(GuideFault(**about, edition=1, step="lam-cho-ai", text=f"Sai {token(code)}", at=NOW))
    await session.flush()


async def _question(session: AsyncSession, unit: Unit, code: str) -> None:
    """A question that waits at the unit, and an answer that it keeps, with the unit's own number."""
    asked = {"unit_id": unit.id, "text": f"Hỏi {token(code)}", "answer": f"Đáp {token(code)}"}
    session.add(Question(id=unit.id, holder_id=unit.id, asked_at=NOW, moves_at=NOW, **asked))
    await session.flush()
    session.add(KnownAnswer(id=unit.id, question_id=unit.id, at=NOW, **asked))


def _group_chat(unit: Unit, code: str) -> GroupChat:
    """A chat of several people that is bound to the unit: it has the unit's own number."""
    about = {"channel": "telegram", "address": f"-{unit.id}", "title": f"Nhóm {token(code)}"}
    return GroupChat(id=unit.id, unit_id=unit.id, bound_at=NOW, version=1, **about)


def _planned_change(unit: Unit) -> UnitChange:
    """The unit is to be called otherwise next month: the change has the unit's own number."""
    day = NOW.date() + timedelta(days=20)
    plan = Plan(RENAME, day, (unit.id,), names=(f"Tên {unit.name}",))
    return UnitChange(id=unit.id, kind=RENAME, on_day=day, body=plan.body(), unit_id=unit.id, created_at=NOW)


def _hand_over(unit: Unit, giver: int, role: str) -> HandOver:
    """The head of the unit hands it over to nobody yet: it has the unit's own number."""
    asked = {"role": role, "from_person": giver, "on_day": NOW.date(), "stays": False, "created_at": NOW}
    return HandOver(id=unit.id, unit_id=unit.id, **asked)


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
        select(RosterEntry.id, RosterEntry.version, RosterEntry.until),
        select(Team.unit_id, Team.decision_number, Team.decision_file),
        select(Group.id, Group.name, Group.closed_on),
        select(GroupChat.id, GroupChat.unit_id, GroupChat.version),
        select(HandOver.id, HandOver.state, HandOver.version),
        select(UnitChange.id, UnitChange.state),
        select(Unit.id, Unit.path, Unit.closed_on),
        select(GroupUnit.group_id, GroupUnit.unit_id, GroupUnit.until),
        select(Extension.id, Extension.state, Extension.version),
        select(func.count(Review.id)),
        select(SectionRequest.id, SectionRequest.state),
        select(Question.id, Question.state, Question.holder_id, Question.version),
        select(KnownAnswer.id, KnownAnswer.removed_at, KnownAnswer.helped),
        select(DayOff.day, DayOff.is_off),
        select(DutyYear.id, DutyYear.due_on, DutyYear.person_id),
        select(Mute.person_id, Mute.kind),
        select(Announcement.id, Announcement.state, Announcement.version),
        select(AnnouncementPlan.id, AnnouncementPlan.version, AnnouncementPlan.ended_at),
        select(AnnouncementTemplate.id, AnnouncementTemplate.version, AnnouncementTemplate.removed_at),
        select(Recipient.id, Recipient.state, Recipient.confirmed_at, Recipient.chased),
        select(GuideChange.id, GuideChange.state, GuideChange.version),
        select(GuideFault.id, GuideFault.state, GuideFault.version),
        select(GuideNote.id, GuideNote.removed_at),
        select(func.count(GuideCheck.id)),
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
    name = who.name if who else ""
    turn = Watched(land.session, incoming, NOW, account, actor, row, land.library, name=name, guides=SHELF)
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
        commune = any(each.id == number and each.kind == "commune" for each in land.found.values())
        return [Press(action, land.periods["BC-THANG-XA" if commune else "BC-THANG"], 0, str(number))]
    if action.startswith("unit_change."):  # a planned change has the number of its unit here
        return [Press(action, number, 0, each) for each in (f"{number}", "merge", "back:day:")]
    if action.startswith("group_chat."):  # a chat has the number of its unit here; that of another unit is no way in
        others = [str(each.id) for each in land.found.values() if each.id != number]
        return [Press(action, number, 0, each) for each in (str(number), *others)]
    if action in ("announcement_template.show", "announcement_template.use"):  # that of another unit is no way in
        return [Press(action, number, 0, str(each.id)) for each in land.found.values()]
    if action.startswith("roster."):  # a line of a list has the number of its unit here
        return [Press(action, number, 0, each) for each in (f"{number}", f"name:{number}", f"{number}:0")]
    if action in OF_WHAT_WAS_SENT:
        return [Press(action, SENT + number, 0, each) for each in ("", f"3.{number}.0")]
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
    owes_nothing = land.role in OFFICES and land.role != COORDINATOR
    narrower = {"team.correct"} | (set(OF_WHAT_IS_OWED) if owes_nothing else set())
    assert own - reading - set(ON_THE_TALK) == narrower & own


@pytest.mark.parametrize("land", ROLES, indirect=True)
async def test_a_talk_goes_on_about_a_unit_as_the_table_of_grants_says(land: Land) -> None:
    actor, wrong = await actor_of(land), []
    ways = {flow: (handler, flow) for flow, handler in FLOWS.items()}
    ways |= {action: (ACTIONS[action], flow) for action, flow in ON_THE_TALK.items()}
    for way, (handler, flow) in ways.items():
        for code in AROUND[land.home]:
            unit, report = land.numbers[code, "unit"], land.numbers[code, "report"]
            about = {"unit": unit, "parent": "?", "team": unit, "report": report, "version": 1, "role": "member"}
            card = {"name": "Đội Mới", "number": "", "date": "", "members": 3, "reviewed": True, "at": 1}
            more = {"kind": "difficulty", "index": 0, "numerator": "", "doubted": "", "back": "", "seen": None}
            more |= {"request": unit, "code": "LL02", "section": "TO-CHUC", "person": 0}
            more |= {"period": land.period, "extension": unit, "item": "", "reason": "Lý do nào đó"}
            more |= {
                "group": unit,
                "group_kind": "cluster",
                "change": "close",
                "deed": "add",
                "day": "2026-11-20",
                "chosen": [],
                "giver": 1,
                "open": [],
            }
            more |= {"chat": unit, "template": unit, "wish": "w1.0.0800", "title": "Họp"}
            number = SENT + unit if way.startswith("announcement_recall.") else unit
            more |= {"announcement": number, "recipient": SENT + unit, "count": 1, "moment": "", "urgent": False}
            more |= {"question": unit, "text": "", "answer": "", "part": "text", "off": True}
            more |= {"guide": "G01", "place": "title", "old": "", "fault": unit, "guide_change": unit}
            press = Press(way if way in ON_THE_TALK else "")
            got = await happen(land, handler, press, flow, amending=False, **about, **card, **more)
            verdict = judge(land, actor, handler, code, got)
            if not verdict and not got.asked and asked_of(handler) != PUBLIC:
                verdict = "asks for nothing"
            wrong += [(way, code, verdict)] if verdict else []
    assert wrong == []


@pytest.mark.parametrize("land", ROLES, indirect=True)
async def test_no_command_shows_what_is_hidden(land: Land) -> None:
    for word, handler in features.COMMANDS.items():
        got = await happen(land, handler, Press("go", arg=word))
        assert not any(secret in got.shown for secret in land.hidden), word


# everything that anybody may do in a chat of several people, as (kind of event, text)
TYPED = [form.format(word) for word in features.COMMANDS for form in ("/{}", "/{}@bot", "{}", "/{} MTQX-0001")]
TYPED += ["120", "không", "1", *router.SAID, "AB12-CD34-EF56", "ghi nhanh 5 lượt", "nhắc lại sáng mai", "Lý do nào đó"]
EVENTS = [("text", typed) for typed in TYPED]
EVENTS += [(kind, "LL02: 12") for kind in ("photo", "file", "edit", "unsupported", "titled", "left", "joined")]


async def overheard(land: Land, kind: Any, text: str, flow: str = "", press: Press | None = None) -> str:
    """What everybody in a chat sees that is bound to the speaker's unit, though the speaker's own chat it were."""
    account, who, actor, row = await people.meet(land.session, "webchat", "me", "Lan Anh", NOW)
    savepoint = await land.session.begin_nested()
    home = land.numbers[land.home, "unit"]
    land.session.add(GroupChat(channel="webchat", address="me", title="Nhóm", unit_id=home, bound_at=NOW, version=1))
    await land.session.flush()
    row.flow, row.data = flow, {"unit": home, "report": land.numbers[land.home, "report"], "chat": home}
    incoming = Incoming("webchat", "me", "1", kind, NOW, text=text, name="Nhóm", private=False)
    name = who.name if who else ""
    turn = Turn(land.session, incoming, NOW, account, actor, row, land.library, name=name, guides=SHELF)
    turn.press = press or Press("")
    messages = await router.route(turn)
    await savepoint.rollback()
    assert all(message.key.startswith("group_chat") for message in messages), (kind, text, flow, press)
    return json.dumps([pack(message) for message in messages], ensure_ascii=False)


@pytest.mark.parametrize("land", [COORDINATOR, "leader"], indirect=True)
async def test_nothing_personal_is_said_in_a_chat_of_several_people(land: Land) -> None:
    """Of a unit its name and its numbers, of a person nothing: whatever is said, asked or pressed there."""
    home = land.numbers[land.home, "unit"]
    ways: list[tuple[Any, ...]] = [(*event, "", None) for event in EVENTS]
    ways += [("text", text, flow, None) for flow in FLOWS for text in ("Lý do nào đó", "12")]
    ways += [("button", "", "", press) for action in ACTIONS for press in presses(land, action, home)[:1]]
    ways += [("button", "", "", Press("go", arg=word)) for word in features.COMMANDS]
    heard = {way[:3]: await overheard(land, *way) for way in ways}
    names = sorted((unit.name for unit in land.found.values()), key=len, reverse=True)
    for way, shown in heard.items():
        assert not any(secret in shown for secret in land.hidden), way
        for name in names:
            shown = shown.replace(name, "")
        assert "Mật" not in shown, way
        assert "Lan Anh" not in shown, way
    assert land.found[land.home].name in heard["text", "/tiendo", ""]
    assert all(heard["text", text, flow] == "[]" for flow in FLOWS for text in ("Lý do nào đó", "12"))


def test_every_way_in_says_what_it_asks_of_the_speaker() -> None:
    assert [way for way, handler in router.routed().items() if asked_of(handler) is None] == []
    assert {asked_of(handler) for handler in router.routed().values()} - {PUBLIC} == set(GRANTS)


def test_the_ways_tried_are_those_of_every_feature() -> None:
    assert {name for feature in features.FEATURES for name in feature.ACTIONS} == set(ACTIONS)
    assert {name for feature in features.FEATURES for name in feature.FLOWS} == set(FLOWS)
