"""Conversations in Vietnamese, played exactly as written in tests/talks/, on every channel.

lan> /baocao                what Lan types
lan> Tin dài                 what is typed in several lines: each further one begins with "> "
lan> [Tiếp tục]             a button pressed by its label
lan> (ảnh: hop.jpg)         a photo sent; (ảnh: a.jpg, b.jpg) together as one; words behind it are written under it
lan> (tệp: bien-ban.docx)   a paper sent, of the kind that its name says
lan> (tệp: ds.xlsx)         a table sent (.xlsx or .csv), drawn in the lines below it: | TT | Họ và tên |
lan> (điền: LL02=15; B1=x)   the report's Excel file that the bot made last, filled in by codes or by cells, sent back
lan> (sửa "12" thành "21")  an earlier message edited (Telegram only)
bot> Báo cáo … 1/12         must stand, in this order, on what the last speaker has seen since; … is anything
bot→minh> Nhắc hạn          the same for somebody else's phone
bot! Lỗi                    must not stand there
bot> Mã để gõ: {mã}         the code of an invitation that stands there is from now on called mã
khach> {mã}                 and is typed
lan@nhóm> /donvi            what Lan types in the group that everybody is in (Telegram only); of links there [Gắn nhóm]
lan@nhóm> (thêm bot)        opens the private chat; the bot comes, (bớt bot) goes, (đổi tên "x") the group is renamed
bot→lan@nhóm> …             must stand in the group since Lan last did something there
@ 2026-11-22 08:00          the clock goes on to this local time, hour by hour
% type_number_above=2       a limit of announcements is another one in this whole talk
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.files import XLSX
from tests.databases import Databases
from tests.photos import PAPERS
from tests.room import GroupPhone, Room, channel_of, furnish, room
from tests.sheets import drawn, filled

TALKS = sorted((Path(__file__).parent / "talks").glob("*.txt"))
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KINDS = ("telegram", "webchat", "typing")
SPOKEN = re.compile(r"^(\w+(?:@nhóm)?)> (.*)$", re.DOTALL)
CODE = r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2}"  # of an invitation: made by chance, so a transcript cannot spell it
NAMED = re.compile(r"(?<!\$)\{(\w+)\}")  # "${x}" is no code but a name in a form
IN_GROUP = re.compile(r"\((thêm|bớt|đổi tên)(?: bot| \"(.+)\")\)")
LIMIT = re.compile(r"^% (\w+)=([0-9]+)$", re.MULTILINE)
EXPECTED = re.compile(r"^bot(?:→(\w+(?:@nhóm)?))?([>!]) ?(.*)$")


class Player:
    """Plays one transcript in a room."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.speaker = ""
        self.rest: dict[str, str] = {}
        self.codes: dict[str, str] = {}

    async def line(self, line: str) -> None:
        if line.startswith("@"):
            moment = datetime.fromisoformat(line[1:].strip()).replace(tzinfo=ZONE)
            self.rest.clear()
            await self.room.go_to(moment)
        elif found := EXPECTED.match(line):
            await self.expect(found[1] or self.speaker, found[3], wanted=found[2] == ">")
        elif found := SPOKEN.match(line):
            self.speaker = found[1]
            self.rest.clear()
            await self.act(NAMED.sub(lambda name: self.codes[name[1]], found[2]))
            await self.room.settle()
        else:
            raise AssertionError(f"not a line of a transcript: {line}")

    async def act(self, deed: str) -> None:
        phone = self.room.phone(self.speaker)
        if button := re.fullmatch(r"\[(.+)\]", deed):
            await phone.press(button[1])
        elif sent := re.fullmatch(r"\(ảnh: ([^)]+)\)(?: (.+))?", deed):
            await phone.photo(*sent[1].split(", "), caption=sent[2] or "")
        elif paper := re.fullmatch(r"\(tệp: ([^)]+)\)", deed):
            await phone.file(paper[1], "application/octet-stream", PAPERS[paper[1].rpartition(".")[2]])
        elif file := re.fullmatch(r"\(tệp: ([^)]+)\)\n(.+)", deed, re.DOTALL):
            await phone.file(*drawn(file[2].split("\n"), file[1]))
        elif entries := re.fullmatch(r"\(điền: (.+)\)", deed):
            folder = self.room.app.settings.data_dir / "exports"
            made = max(folder.glob("report-*.xlsx"), key=lambda path: path.stat().st_mtime_ns)
            await phone.file("mau-da-dien.xlsx", XLSX, filled(made.read_bytes(), entries[1]))
        elif edit := re.fullmatch(r"\(sửa \"(.*)\" thành \"(.*)\"\)", deed):
            await phone.edit(edit[1], edit[2])
        elif isinstance(phone, GroupPhone) and (happens := IN_GROUP.fullmatch(deed)):
            await happen_in_group(phone, happens)
        else:
            await phone.say(deed)

    async def expect(self, who: str, text: str, *, wanted: bool) -> None:
        seen = " ".join((await self.room.phone(who).seen()).split())
        rest = self.rest.get(who, seen)
        found = re.search(r".*?".join(self.pattern(" ".join(part.split())) for part in text.split("…")), rest)
        if wanted:
            assert found, f"{who} should see: {text}\n--- but sees:\n{await self.room.phone(who).seen()}"
            self.rest[who] = rest[found.end() :]
            self.codes |= found.groupdict()
        else:
            assert not found, f"{who} should not see: {text}\n--- but sees:\n{await self.room.phone(who).seen()}"

    def pattern(self, text: str) -> str:
        """The text as it stands, with any code where a name stands that no code has yet."""
        words, names = NAMED.split(text)[::2], NAMED.findall(text)
        codes = [re.escape(self.codes[name]) if name in self.codes else f"(?P<{name}>{CODE})" for name in names]
        return "".join(re.escape(word) + code for word, code in zip(words, [*codes, ""], strict=True))


async def happen_in_group(phone: GroupPhone, deed: re.Match[str]) -> None:
    if deed[2]:
        await phone.rename(deed[2])
    elif deed[1] == "thêm":
        await phone.bring_bot()
    else:
        await phone.send_bot_away()


def lines_of(text: str) -> list[tuple[int, str]]:
    """The lines with their numbers; the rows of a table, and further lines of a message, belong to the line above."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("|", "> ")) and found:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line.removeprefix('> ')}")
        else:
            found.append((number, line))
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("talk", TALKS, ids=lambda path: path.stem)
async def test_the_talk_goes_as_written(talk: Path, kind: str, all_databases: Databases, tmp_path: Path) -> None:
    text = talk.read_text(encoding="utf-8")
    if "(sửa " in text and kind != "telegram":
        pytest.skip("only Telegram lets people edit what they sent")
    if "@nhóm>" in text and kind != "telegram":
        pytest.skip("only Telegram has groups")
    world = all_databases.furnished(channel_of(kind), lambda db: furnish(db, kind))
    limits = {name: int(value) for name, value in LIMIT.findall(text)}
    async with world as db, room(db, tmp_path, kind, limits) as played:
        player = Player(played)
        for number, line in lines_of(text):
            if line.strip() and not line.startswith(("#", "%")):
                try:
                    await player.line(line.rstrip())
                except AssertionError as error:
                    raise AssertionError(f"{talk.name}:{number}: {line}\n{error}") from None
