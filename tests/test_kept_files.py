"""What is sent is fetched where somebody looks at it, and kept for as long as anything names it."""

from __future__ import annotations

import inspect
import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import files
from bot.app import App
from bot.kept_files import sweep
from handlers import features, router
from models import file_names
from models.database import Database
from models.messages import Incoming
from models.rules.permissions import LEADER, OFFICER
from models.tables import (
    Announcement,
    Answer,
    Audit,
    Evidence,
    Inbox,
    ListEntry,
    Outbox,
    Report,
    Revision,
    Talk,
    Team,
    WebMessage,
)
from models.tables.columns import Base
from tests.bench import world
from tests.photos import photo
from tests.sheets import xlsx
from tests.spine import Post, events, make_app, says

NOW = datetime.now(UTC)
FIRST = world.FIRST_CHAT
STRANGER = 42
STRAY = "Ảnh và tệp chỉ nhận khi đang làm báo cáo"

# --- what is fetched --------------------------------------------------------------------------------------------------


class NotingPost(Post):
    """Says which files were fetched; one whose name says so is a table."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    async def fetch(self, ref: str) -> bytes:
        self.fetched.append(ref)
        return xlsx([["a table"]]) if ref.endswith(".xlsx") else photo(ref)


def sends(update_id: int, chat: int, ref: str) -> dict[str, Any]:
    """The update of a photo, or of a table sent as a file."""
    update = says(update_id, chat, "")
    sent = {"file_id": ref, "file_unique_id": ref, "file_size": 100}
    del update["message"]["text"]
    update["message"] |= (
        {"document": sent | {"file_name": ref}} if "." in ref else {"photo": [sent | {"width": 9, "height": 9}]}
    )
    return update


async def office(db: Database, folder: Path) -> tuple[App, NotingPost]:
    await world.settle(db, 1, NOW)
    post = NotingPost()
    return make_app(db, folder, post), post


async def hear(app: App, *updates: dict[str, Any]) -> None:
    await app.receive("telegram", events(list(updates)))
    await app.catch_up()


async def test_what_nobody_looks_at_is_answered_without_being_fetched(db: Database, tmp_path: Path) -> None:
    app, post = await office(db, tmp_path)
    await hear(app, says(1, STRANGER, "/start"), sends(2, STRANGER, "a"), sends(3, STRANGER, "b.xlsx"))
    await hear(app, says(4, FIRST, "/menu"), sends(5, FIRST, "c"))
    await hear(
        app, says(6, FIRST, "/hoi"), sends(7, FIRST, "d"), says(8, FIRST, "/huongdan"), sends(9, FIRST, "e.xlsx")
    )
    assert post.fetched == []
    assert len(post.sent) == 9, "each has its answer"
    assert STRAY in post.sent[4][1].html
    assert not (tmp_path / "files").exists()


async def test_a_filled_report_is_fetched_though_nothing_waits_for_it(db: Database, tmp_path: Path) -> None:
    app, post = await office(db, tmp_path)
    await hear(app, sends(1, FIRST, "bao-cao.xlsx"))
    assert post.fetched == ["bao-cao.xlsx"]
    assert "không phải mẫu báo cáo" in post.sent[-1][1].html


async def test_a_photo_sent_with_the_words_that_open_the_report_is_fetched(db: Database, tmp_path: Path) -> None:
    app, post = await office(db, tmp_path)
    await hear(
        app, sends(1, FIRST, "before"), says(2, FIRST, "/baocao"), says(3, FIRST, "bắt đầu"), sends(4, FIRST, "a")
    )
    assert post.fetched == ["a"]
    assert "Đã nhận 1 ảnh" in post.sent[-1][1].html


async def test_nothing_is_fetched_in_a_group(db: Database, tmp_path: Path) -> None:
    app, post = await office(db, tmp_path)
    update = sends(1, FIRST, "a.xlsx")
    update["message"]["chat"] = {"id": -100, "type": "group", "title": "Cả đội"}
    await hear(app, update)
    assert post.fetched == []


def incoming(kind: Any, *, private: bool = True) -> Incoming:
    return Incoming("telegram", "5", "1", kind, NOW, text="", private=private)


@pytest.mark.parametrize("flow", ["", "guide.find", *features.FLOWS])
def test_a_flow_looks_at_files_only_for_whom_it_is_open(flow: str) -> None:
    for kind in ("photo", "file"):
        assert not router.looks_at_files(incoming(kind), flow, ()), "no flow for strangers takes files"
        assert not router.looks_at_files(incoming(kind, private=False), flow, {LEADER})
    writes = flow.partition(".")[0] in ("report", "paste", "excel")
    takes = "turn.files" in inspect.getsource(features.FLOWS[flow]) if flow in features.FLOWS else False
    assert router.looks_at_files(incoming("photo"), flow, {LEADER}) == (writes or takes)
    assert router.looks_at_files(incoming("photo"), flow, {OFFICER}) == takes
    assert router.looks_at_files(incoming("file"), flow, {LEADER}) == (writes or takes or not flow)


# --- what is kept -----------------------------------------------------------------------------------------------------

Naming = Callable[[AsyncSession, int, str, int], Any]


async def _team(session: AsyncSession, report: int, sha256: str, number: int) -> None:
    (await session.scalars(select(Team))).one().decision_file = sha256


async def _talk(session: AsyncSession, report: int, sha256: str, number: int) -> None:
    (await session.scalars(select(Talk))).first().data = {"file": [sha256, "a.jpg", "image/jpeg", 5]}  # type: ignore[union-attr]


def _row(made: Callable[[int, str, int], Base]) -> Naming:
    async def add(session: AsyncSession, report: int, sha256: str, number: int) -> None:
        session.add(made(report, sha256, number))

    return add


async def _announced(session: AsyncSession, report: int, sha256: str, number: int) -> None:
    unit = (await session.scalars(select(Team.unit_id))).first()
    files = [{"sha256": sha256, "name": "a", "mime": "application/pdf", "size": 5}]
    session.add(Announcement(unit_id=unit, text="a", files=files, created_at=NOW))


NAMINGS: dict[str, Naming] = {
    "announcement": _announced,
    "evidence": _row(
        lambda report, named, n: Evidence(report_id=report, sha256=named, name="a", mime="image/jpeg", size=5, at=NOW)
    ),
    "team": _team,
    "answer": _row(lambda report, named, n: Answer(report_id=report, indicator=f"i{n}", text=named, at=NOW)),
    "line": _row(lambda report, named, n: ListEntry(report_id=report, list="l", values={"photo": named}, at=NOW)),
    "talk": _talk,
    "event": _row(
        lambda report, named, n: Inbox(
            channel="zalo", event_id=str(n), chat="5", payload={"stored": [{"sha256": named}]}, received_at=NOW
        )
    ),
    "message": _row(
        lambda report, named, n: Outbox(
            once=f"o{n}", channel="zalo", address="5", lane=0, kind="reply", due_at=NOW, created_at=NOW,
            body={"values": {"kept_file": {"sha256": named}}},
        )
    ),
    "bubble": _row(
        lambda report, named, n: WebMessage(
            address="5", mine=False, body={"files": [{"path": f"files/{named[:2]}/{named}.jpg"}]}, at=NOW, change=n
        )
    ),
    "revision": _row(
        lambda report, named, n: Revision(report_id=report, number=n, snapshot={"photos": ["0" * 64, named]}, at=NOW)
    ),
    "correction": _row(
        lambda report, named, n: Revision(report_id=report, number=0, snapshot={"answers": {"i": named}}, at=NOW)
    ),
    "deed": _row(
        lambda report, named, n: Audit(at=NOW, action="decision.paper", object="team:3", detail={"before": named})
    ),
}  # fmt: skip
ONLY_ONE = ("team", "talk", "correction")
NAMES_NO_FILE = {
    "announcement.link": "an address elsewhere",
    "announcement.audience": "units and people",
    "announcement.progress": "the author's card",
    "announcement_plan.rule": "days",
    "memo.value": "facts about the running of the bot",
    "unit_change.body": "units",
    "programme.body": "a plan",
    "visit.trail": "steps",
    "talk.choices": "buttons, which are shorter than a hash",
    "revision.changes": "both sides stand in snapshots",
}


def test_every_column_in_which_a_file_may_be_named_is_looked_at() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, JSON) or column.name in ("sha256", "decision_file")
    }
    looked_at = {f"{place.class_.__tablename__}.{place.key}" for place in file_names.PLACES}
    assert columns - looked_at == set(NAMES_NO_FILE)


def lay(folder: Path, number: int, *, hours: float) -> str:
    """A file as it was kept so many hours ago; its hash."""
    named = sha256(str(number).encode()).hexdigest()
    path = files.path_of(folder, named, "image/jpeg")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a photo")
    then = path.stat().st_mtime - hours * 3600
    os.utime(path, (then, then))
    return named


def there(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "files").glob("*/*.*")}


async def a_report(db: Database, folder: Path) -> int:
    app, _ = await office(db, folder)
    await hear(app, says(1, FIRST, "/baocao"), says(2, FIRST, "bắt đầu"))
    async with db.read() as session:
        found = (await session.scalars(select(Report.id))).one()
    return found


async def _name(db: Database, report: int, named: Sequence[tuple[str, str]]) -> None:
    async with db.write() as session:
        for number, (place, sha256) in enumerate(named, start=1):
            await NAMINGS[place](session, report, sha256, number)


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_named_is_never_deleted(db: Database, tmp_path: Path, seed: int) -> None:
    report, chance = await a_report(db, tmp_path), random.Random(seed)
    many = [place for place in NAMINGS if place not in ONLY_ONE]
    places = [*NAMINGS, *chance.choices(many, k=30)]
    chance.shuffle(places)
    named = [(place, lay(tmp_path, n, hours=chance.uniform(0, 1000))) for n, place in enumerate(places)]
    young = {lay(tmp_path, 100 + n, hours=chance.uniform(0, 23)) for n in range(10)}
    stray = {lay(tmp_path, 200 + n, hours=chance.uniform(25, 1000)) for n in range(10)}
    await _name(db, report, named)
    assert await sweep(db, tmp_path) == len(stray)
    assert there(tmp_path) == {sha256 for _, sha256 in named} | young


@pytest.mark.parametrize("place", list(NAMINGS))
async def test_one_name_is_enough(sqlite_db: Database, tmp_path: Path, place: str) -> None:
    report = await a_report(sqlite_db, tmp_path)
    kept, stray = lay(tmp_path, 1, hours=30), lay(tmp_path, 2, hours=30)
    await _name(sqlite_db, report, [(place, kept)])
    assert await sweep(sqlite_db, tmp_path) == 1
    assert stray not in there(tmp_path)
    assert there(tmp_path) == {kept}


async def test_what_is_settled_keeps_no_file(db: Database, tmp_path: Path) -> None:
    report = await a_report(db, tmp_path)
    done, sent = lay(tmp_path, 1, hours=30), lay(tmp_path, 2, hours=30)
    await _name(db, report, [("event", done), ("message", sent)])
    async with db.write() as session:
        for event in await session.scalars(select(Inbox)):
            event.state = "done"
        for message in await session.scalars(select(Outbox)):
            message.state = "sent"
    assert await sweep(db, tmp_path) == 2


async def test_a_photo_goes_a_day_after_it_was_taken_back(db: Database, tmp_path: Path) -> None:
    app, post = await office(db, tmp_path)
    await hear(app, says(1, FIRST, "/baocao"), says(2, FIRST, "bắt đầu"), sends(3, FIRST, "a"))
    (path,) = (tmp_path / "files").glob("*/*.*")
    os.utime(path, (0, 0))
    assert await sweep(db, tmp_path) == 0, "the report names it"
    await hear(app, *(says(4 + n, FIRST, text) for n, text in enumerate(("xem lại", "ảnh", "Bỏ ảnh sau cùng"))))
    assert "Đã bỏ ảnh" in post.sent[-1][1].html
    assert await sweep(db, tmp_path) == 1
    assert there(tmp_path) == set()


def test_cannot_delete_what_was_sent_again_meanwhile(tmp_path: Path) -> None:
    named = lay(tmp_path, 1, hours=30)
    old = files.old_files(tmp_path)
    files.path_of(tmp_path, named, "image/jpeg").touch()
    assert (set(old), files.drop(old.values())) == ({named}, 0)
    assert there(tmp_path) == {named}
