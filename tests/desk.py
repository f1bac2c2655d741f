"""People at a database: what they say or press goes through the real handlers, one transaction each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event, func, select

from bot import demo, guides
from handlers import router
from handlers.turn import Press, Turn
from models import people
from models.database import Database
from models.guides import GuideShelf
from models.messages import Button, Incoming, Message
from models.programmes import Library
from models.rules.choices import choice_meant
from tests.shipped import words_in

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=ZONE)
WORDS = words_in(ZONE)


@dataclass(slots=True)
class Desk:
    """One database and the people at it; each `say` or `tap` is one transaction, as in the bot."""

    db: Database
    now: datetime = MORNING
    library: Library = field(default_factory=Library)
    guides: GuideShelf = field(
        default_factory=lambda: GuideShelf(guides.read_all(), guides.read_fields(), guides.read_words())
    )
    events: int = 0
    statements: list[str] = field(default_factory=list)
    screens: dict[str, Message] = field(default_factory=dict)

    async def turn(self, who: str, kind: Any, text: str = "", **more: Any) -> Message:
        self.events += 1
        self.now += timedelta(seconds=1)
        ref = more.pop("ref", f"m{self.events}")
        at = more.pop("at", self.now)
        reply_ref = more.pop("reply_ref", "")
        more = {"guides": self.guides, **more}
        incoming = Incoming("webchat", who, str(self.events), kind, at, text, message_ref=ref, reply_ref=reply_ref)
        async with self.db.write() as session:
            account, person, actor, talk = await people.meet(session, "webchat", who, "", self.now)
            name = person.name if person else ""
            turn = Turn(session, incoming, self.now, account, actor, talk, self.library, name=name, **more)
            if kind == "text" and not turn.press.action:
                turn.press = self._meant(who, text)
            self.statements.clear()
            messages = await router.route(turn)
            await session.flush()
        assert len(messages) == 1
        self.screens[who] = messages[0]
        return messages[0]

    def _meant(self, who: str, text: str) -> Press:
        screen = self.screens.get(who)
        if screen is None:
            return Press("")
        buttons = [button for row in screen.buttons for button in row]
        index = choice_meant(text, [WORDS.label(each.label, each.values) for each in buttons], screen.expects)
        return Press("") if index is None else _press(buttons[index])

    async def say(self, who: str, *texts: str) -> Message:
        for text in texts:
            message = await self.turn(who, "text", text)
        return message

    async def tap(self, who: str, button: Button, **more: Any) -> Message:
        return await self.turn(who, "button", press=_press(button), **more)

    async def press(self, who: str, *labels: str, **more: Any) -> Message:
        for label in labels:
            message = await self.tap(who, self.button(who, label), **more)
        return message

    def button(self, who: str, label: str) -> Button:
        buttons = [button for row in self.screens[who].buttons for button in row]
        return next(each for each in buttons if label in WORDS.label(each.label, each.values))

    def text(self, who: str) -> str:
        screen = self.screens[who]
        return WORDS.say(screen.key, screen.values)

    async def count(self, table: Any, *conditions: Any) -> int:
        async with self.db.read() as session:
            return await session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _press(button: Button) -> Press:
    return Press(button.action, button.object, button.version, button.arg)


async def open_desk(db: Database) -> Desk:
    """The world of the transcripts in an empty database, and every statement counted from here on."""
    plan = demo.read_plan(Path(__file__).parent / "world.yaml")
    await demo.build(db, MORNING, plan, ZONE)
    made = Desk(db)

    @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
    def _count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        made.statements.append(statement)

    return made
