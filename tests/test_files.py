"""Files people send: what can be read is kept, and one that cannot takes no other with it."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from sqlalchemy import func, select

from bot import files, photos
from bot.channels.webchat import WebChat
from bot.whole_files import appearing
from models.database import Database
from models.rules import Refusal
from models.tables import Evidence
from tests.photos import ORIENTATION, PAPERS, from_a_telephone, painted, photo, told, written, zipped
from tests.room import Room, TypingPhone, room
from tests.sheets import xlsx

TABLE = ("bang.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04 a table")
GOOD = ("hop.jpg", "image/jpeg", photo("hop.jpg"))


async def hand_in(played: Room, sent: Sequence[tuple[str, str, bytes]]) -> str:
    phone, chat = played.phone("lan"), played.app.channels["webchat"]
    assert isinstance(phone, TypingPhone)
    assert isinstance(chat, WebChat)
    await phone.mark()
    await played.app.receive("webchat", [await chat.hand_in(phone.persona, phone.nonce(), "", sent)])
    await played.settle()
    return await phone.seen()


async def begun(played: Room) -> None:
    for text in ("/baocao", "Bắt đầu"):
        await played.phone("lan").say(text)
        await played.settle()


async def kept(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(Evidence)) or 0


def test_cannot_keep_a_table_for_no_report_takes_one() -> None:
    with pytest.raises(Refusal) as refused:
        files.kind_of(TABLE[2])
    assert refused.value.key == "trouble.file_kind"


async def test_one_bad_file_takes_no_good_one_with_it(db: Database, tmp_path: Path) -> None:
    async with room(db, tmp_path, "typing") as played:
        await begun(played)
        seen = await hand_in(played, [TABLE, GOOD])
        assert seen.index("Bot chỉ nhận ảnh") < seen.index("Đã nhận 1 ảnh (1/10)") < seen.index("Câu 1/12")
        assert await kept(db) == 1


async def test_a_bad_file_alone_shows_a_way_on_and_leaves_the_question_open(db: Database, tmp_path: Path) -> None:
    async with room(db, tmp_path, "typing") as played:
        await begun(played)
        seen = await hand_in(played, [TABLE])
        assert "Bot chỉ nhận ảnh" in seen
        assert "[Menu]" in seen
        assert await kept(db) == 0
        await played.phone("lan").say("1")
        await played.settle()
        assert "tháng này 1: đúng không" in await played.phone("lan").seen()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_without_where_and_with_what_it_was_taken(tmp_path: Path, kind: str) -> None:
    taken = from_a_telephone(kind, **({"comment": b"a secret"} if kind == "JPEG" else {"xmp": b"a secret"}))
    assert told(taken)[1]
    kept = files.keep(tmp_path, taken, "a.jpg")
    content = files.path_of(tmp_path, kept.sha256, kept.mime).read_bytes()
    assert told(content) == ({ORIENTATION: 6}, {}), "only which side is up"
    assert b"secret" not in content
    assert sha256(content).hexdigest() == kept.sha256
    assert files.keep(tmp_path, taken, "b.jpg").sha256 == kept.sha256, "the same photo is the same file"


def test_a_jpeg_that_is_not_shrunk_keeps_its_picture(tmp_path: Path) -> None:
    sky = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)])
    taken = written(sky, quality=70)
    kept = files.keep(tmp_path, taken, "a.jpg")
    with Image.open(files.path_of(tmp_path, kept.sha256, kept.mime)) as after, Image.open(io.BytesIO(taken)) as before:
        far = max(ImageStat.Stat(ImageChops.difference(before, after)).mean)
    assert far <= 0.5


def test_a_huge_photo_is_shrunk(tmp_path: Path) -> None:
    kept = files.keep(tmp_path, written(painted(b"wide", 6000)), "a.jpg")
    with Image.open(files.path_of(tmp_path, kept.sha256, kept.mime)) as after:
        assert max(after.size) == photos.LONGEST_SIDE


def test_cannot_fill_the_memory_with_one_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_PIXELS", 1_000_000)
    with pytest.raises(Refusal) as refused:
        files.keep(tmp_path, written(Image.new("L", (2000, 1000)), "PNG"), "a.png")
    assert refused.value.key == "trouble.photo_too_many"


@given(cut=st.integers(3, 700))
def test_a_broken_photo_is_refused_or_whole_but_never_a_bug(cut: int) -> None:
    with suppress(Refusal):
        photos.cleaned(from_a_telephone()[:cut], "image/jpeg")


@pytest.mark.parametrize(
    ("content", "name", "key"),
    [
        (PAPERS["heic"], "IMG_1.HEIC", "trouble.photo_heic"),
        (PAPERS["doc"], "bien-ban.doc", "trouble.old_word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "ds.xls", "sheet.old_excel"),
        (b"\xff\xd8\xff\xe0 no photo at all", "a.jpg", "trouble.photo_broken"),
        (b"MZ\x90\0", "a.jpg", "trouble.file_kind"),
        (zipped("setup.exe"), "a.docx", "trouble.file_kind"),
        (b"\0" * (files.LARGEST + 1), "a.mp4", "trouble.file_too_large"),
    ],
)
def test_a_file_of_the_wrong_kind_gets_its_own_sentence(tmp_path: Path, content: bytes, name: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        files.keep(tmp_path, content, name)
    assert refused.value.key == key
    assert not list(tmp_path.rglob("*.*"))


def test_a_paper_is_kept_as_it_is(tmp_path: Path) -> None:
    word = zipped("word/document.xml")
    for content, name, mime in ((word, "bien-ban.docx", files.DOCX), (b"%PDF-1.7 paper", "qd.pdf", "application/pdf")):
        kept = files.keep(tmp_path, content, name)
        assert (kept.mime, kept.sha256) == (mime, sha256(content).hexdigest())
        assert files.kept_path(tmp_path, kept.sha256) is not None


def test_a_table_that_is_evidence_outlives_the_others(tmp_path: Path) -> None:
    evidence, other = (files.keep(tmp_path, xlsx([[name]]), "a.xlsx") for name in ("An", "Bình"))
    for kept in (evidence, other):
        os.utime(files.path_of(tmp_path, kept.sha256, kept.mime), (0, 0))
    files.forget_tables(tmp_path, {evidence.sha256})
    assert files.kept_path(tmp_path, evidence.sha256) is not None
    assert files.kept_path(tmp_path, other.sha256) is None


async def test_all_photos_come_back_as_one_album(sqlite_db: Database, tmp_path: Path) -> None:
    async with room(sqlite_db, tmp_path, "telegram") as played:
        await begun(played)
        for number in range(3):
            await played.phone("lan").photo(f"{number}.jpg")
            await played.settle()
        await played.phone("lan").say("xem lại")
        await played.settle()
        for label in ("Ảnh", "Xem ảnh"):
            await played.phone("lan").press(label)
            await played.settle()
        assert played.api is not None
        albums = [call for call in played.api.record.calls if call.method == "sendMediaGroup"]
        assert len(albums) == 1
        assert "1. Ảnh" in await played.phone("lan").seen()


def test_of_many_writers_each_writes_apart_and_half_a_file_never_appears(tmp_path: Path) -> None:
    target = tmp_path / "exports" / "thang.xlsx"
    with appearing(target) as first, appearing(target) as second:
        first.write_bytes(b"1")
        second.write_bytes(b"2")
        assert not target.exists()
    assert target.read_bytes() == b"1", "whoever ends last"
    with pytest.raises(OSError, match="full"), appearing(target) as half:
        half.write_bytes(b"")
        raise OSError("full")
    assert [each.name for each in target.parent.iterdir()] == ["thang.xlsx"]
    assert target.read_bytes() == b"1"
