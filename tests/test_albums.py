"""An album: sent as one, delivered photo by photo, answered once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.albums import QUIET
from bot.app import App
from models.database import Database
from models.tables import Evidence, Inbox, Report
from tests.bench import world
from tests.photos import photo
from tests.room import START, StoppedClock
from tests.spine import Post, events, make_app, running, says
from tests.standin import Person

FIRST = world.FIRST_CHAT


class PhotoPost(Post):
    """Photos can be fetched; one of them turns out to be something else."""

    async def fetch(self, ref: str) -> bytes:
        return b"MZ no photo" if ref == "bad" else photo(ref)


def shows(update_id: int, chat: int, ref: str, album: str, caption: str = "") -> dict[str, Any]:
    """The update of a photo, alone or of an album."""
    update = says(update_id, chat, "")
    photo = {"file_id": ref, "file_unique_id": ref, "width": 9, "height": 9, "file_size": 100}
    update["message"] |= {"photo": [photo], "caption": caption} | ({"media_group_id": album} if album else {})
    del update["message"]["text"]
    return update


async def at_the_photos(db: Database, folder: Path) -> tuple[App, PhotoPost, StoppedClock]:
    """A leader whose report waits for photos, at a time that stands still."""
    clock = StoppedClock(START)
    await world.settle(db, 2, clock.now())
    post = PhotoPost()
    app = make_app(db, folder, post)
    restart(app, clock)
    for number, text in enumerate(("/baocao", "xem lại", "ảnh"), start=1):
        await hear(app, clock, says(number, FIRST, text))
    post.sent.clear()
    return app, post, clock


def restart(app: App, clock: StoppedClock) -> None:
    app.clock = app.turns._clock = app.delivery._clock = clock


async def hear(app: App, clock: StoppedClock, *updates: dict[str, Any], passes: timedelta = QUIET) -> None:
    await app.receive("telegram", events(list(updates)))
    await app.catch_up()
    clock.set(clock.now() + passes)
    await app.catch_up()


async def kept(db: Database) -> tuple[int, int]:
    """How many photos stand in the report, and how many events still wait."""
    async with db.read() as session:
        photos = await session.scalar(select(func.count()).select_from(Evidence).join(Report))
        waiting = await session.scalar(select(func.count()).select_from(Inbox).where(Inbox.state == "new"))
    return photos or 0, waiting or 0


async def test_an_album_is_answered_once_however_it_trickles_in(db: Database, tmp_path: Path) -> None:
    app, post, clock = await at_the_photos(db, tmp_path)
    little = QUIET / 2
    await hear(app, clock, *(shows(10 + n, FIRST, f"p{n}", "a1") for n in range(3)), passes=little)
    await hear(app, clock, shows(13, FIRST, "p3", "a1"), passes=little)
    assert (post.sent, await kept(db)) == ([], (0, 4))
    await hear(app, clock, shows(14, FIRST, "p4", "a1"))
    assert await kept(db) == (5, 0)
    assert len(post.sent) == 1
    assert "5" in post.sent[0][1].html


async def test_a_bad_file_in_an_album_takes_no_good_one_with_it(db: Database, tmp_path: Path) -> None:
    app, post, clock = await at_the_photos(db, tmp_path)
    await hear(app, clock, *(shows(10 + n, FIRST, "bad" if n == 2 else f"p{n}", "a1") for n in range(6)))
    assert await kept(db) == (5, 0)
    assert len(post.sent) == 2, "what was wrong with the one, and the page with the others"


async def test_what_follows_an_album_waits_for_it(db: Database, tmp_path: Path) -> None:
    app, post, clock = await at_the_photos(db, tmp_path)
    await app.receive("telegram", events([shows(10, FIRST, "p0", "a1"), shows(11, FIRST, "p1", "a1")]))
    await hear(app, clock, says(12, FIRST, "xem lại"), says(13, FIRST + 1, "/menu"), passes=timedelta())
    assert [address for address, _ in post.sent] == [str(FIRST + 1)], "others do not wait"
    await hear(app, clock)
    await hear(app, clock)
    assert [address for address, _ in post.sent[1:]] == [str(FIRST), str(FIRST)]
    assert await kept(db) == (2, 0)


async def test_an_album_cut_by_a_kill_is_whole_afterwards(db: Database, tmp_path: Path) -> None:
    app, post, clock = await at_the_photos(db, tmp_path)
    await app.receive("telegram", events([shows(10 + n, FIRST, f"p{n}", "a1") for n in range(3)]))
    await app.answer_waiting()  # the photos are being fetched when the process dies
    second = make_app(db, tmp_path, post)
    restart(second, clock)
    await second.recover()
    await second.receive("telegram", events([shows(10 + n, FIRST, f"p{n}", "a1") for n in range(6)]))  # delivered again
    await hear(second, clock)
    assert await kept(db) == (6, 0)
    assert len(post.sent) == 1


async def test_two_albums_and_a_photo_alone_are_three_answers(db: Database, tmp_path: Path) -> None:
    app, post, clock = await at_the_photos(db, tmp_path)
    sent = [shows(10, FIRST, "p0", "a1"), shows(11, FIRST, "p1", "a1"), shows(12, FIRST, "p2", "")]
    sent += [shows(13, FIRST, "p3", "a2"), shows(14, FIRST, "p4", "a2")]
    await hear(app, clock, *sent)
    assert await kept(db) == (5, 0)
    assert len(post.sent) == 3


async def test_an_album_over_the_bot_api(sqlite_db: Database, tmp_path: Path) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        lan = Person(spine.api, FIRST)
        for text, sees in (("/baocao", "Báo cáo tháng"), ("xem lại", "Xem lại"), ("ảnh", "ảnh")):
            lan.say(text)
            await lan.sees(sees, timeout=10)
        before = len(spine.api.record.calls)
        lan.send_album(*(photo(bytes([number])) for number in range(6)))
        await lan.sees("6", timeout=10)
        answers = [call for call in spine.api.record.calls[before:] if call.method == "sendMessage"]
        assert len(answers) == 1
    assert (await kept(sqlite_db))[0] == 6
