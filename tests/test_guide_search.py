"""The index of the guides in force: made once for a book, again when a correction is approved, the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.guides import read_all, read_fields, read_words
from models.database import Database
from models.guides import GuideShelf
from models.rules.guide_search import GuideIndex, find
from models.tables import GuideChange, Unit
from tests.guide_queries import queries

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)


def shelf() -> GuideShelf:
    return GuideShelf(read_all(), read_fields(), read_words())


async def test_the_guides_in_force_are_found_as_the_files_are(db: Database) -> None:
    plain = GuideIndex(read_all(), read_words())
    async with db.write() as session:
        book = await shelf().current(session)
    for each in queries():
        assert book.index.find(each.text) == plain.find(each.text)


async def test_the_index_is_made_again_only_when_a_correction_was_approved(db: Database) -> None:
    kept = shelf()
    async with db.write() as session:
        session.add(Unit(id=1, code="TW", name="Trung ương", name_folded="trung uong", kind="central", path="/1/"))
        await session.flush()
        before = (await kept.current(session)).index
        assert (await kept.current(session)).index is before
        old = read_all()[0].short_title
        change = GuideChange(
            guide="G01", place="short_title", old=old, new="Chiếc nón thần kỳ", reason="Đổi tên", state="approved",
            unit_id=1, proposed_at=NOW, decided_at=NOW,
        )  # fmt: skip
        session.add(change)
        await session.flush()
        book = await kept.current(session)
    assert book.index is not before
    assert find(book, "chiec non than ky") == ["G01"]
    assert book.words is read_words()
    assert before.find("chiec non than ky") == []
