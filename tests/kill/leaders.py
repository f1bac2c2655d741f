"""Team leaders who file the monthly report by chat and do only what people do: look, think a moment, answer."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.photos import photo
from tests.standin import BotApi, Person
from tests.standin.chats import Stored

ASKED = re.compile(r"Câu (\d+)/\d+")
KEPT = re.compile(r"✓ Đã ghi: (.+?) = ([\d.]+)")
RECEIPT = re.compile(r"(?:Đã nhận báo cáo|Báo cáo đã gửi · )\s*(BC-\S+)")
PHOTO_TAKEN = "Đã nhận 1 ảnh"
SORRY = "Hệ thống đang trục trặc"
NOTE = "⟳"
START, REVIEW, EMPTY_ONES, FILED = 0, 101, 102, 103  # between them the numbers of the questions
TAPS = {"Gửi luôn": EMPTY_ONES, "Gửi báo cáo": REVIEW, "Bắt đầu": START, "Tiếp tục": START}

PHOTO_AT, SKIP_AT = 6, 4
PATIENCE = 8.0  # seconds with the bot awake and silent before somebody sends a thing again


@dataclass(frozen=True, slots=True)
class Screen:
    """What somebody is shown: how far in the report it is (`step`), and the button that leads on."""

    step: int
    button: str = ""


def read_screen(text: str, labels: Sequence[str]) -> Screen | None:
    """The page of the report in a message, in a note as well as alone; None for anything else."""
    if RECEIPT.search(text):
        return Screen(FILED)
    if asked := ASKED.search(text):
        return Screen(int(asked[1]))
    for button, step in TAPS.items():
        if button in labels:
            return Screen(step, button)
    return None


@dataclass
class Leader:
    """One leader with the numbers to report (None: left out). `awake` tells for how many seconds the bot has been up.

    What went wrong is kept: `resent` things that had to be sent again, `backwards` pages older than the answer given to
    them, `apologies`. `acknowledged`: (label, number) as the bot echoed them.
    """

    api: BotApi
    chat: int
    numbers: Sequence[int | None]
    awake: Callable[[], float]
    chance: random.Random
    photo: bool = False
    think: tuple[float, float] = (0.02, 0.3)
    code: str = ""
    steps: int = 0
    photo_taken: bool = False
    resent: list[str] = field(default_factory=list)
    backwards: list[str] = field(default_factory=list)
    apologies: list[str] = field(default_factory=list)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.person = Person(self.api, self.chat, f"Trưởng đội {self.chat}")
        self._news = asyncio.Event()
        self._screen: Screen | None = None
        self._given = -1  # the step answered last
        self._sent_photo = False
        self._last: Callable[[], object] = self._nothing

    def notice(self, message: Stored) -> None:
        """A message of the bot appeared or changed."""
        labels = [b["text"] for row in (message.markup or {}).get("inline_keyboard", ()) for b in row]
        self.acknowledged += KEPT.findall(message.text)
        self.photo_taken |= PHOTO_TAKEN in message.text
        if SORRY in message.text:
            self.apologies.append(message.text)
        if found := RECEIPT.search(message.text):
            self.code = found[1]
        screen = read_screen(message.text, labels)
        if screen is not None:
            if screen.step < self._given:
                self.backwards.append(f"after step {self._given}: {message.text[:160]}")
            self._screen = screen
            self._news.set()

    async def file(self) -> None:
        """From "/baocao" to the receipt."""
        self._do(lambda: self.person.say("/baocao"))
        while not self.code:
            await self._look()
            await asyncio.sleep(self.chance.uniform(*self.think))
            self._answer()

    async def _look(self) -> None:
        """Wait for something new; with the bot awake and silent for long, send the last thing again."""
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), 1.0)
            except TimeoutError:
                self._silent_for += 1.0
                if min(self._silent_for, self.awake()) >= PATIENCE:
                    self.resent.append(self.person.picture(3))
                    self._do(self._last)
                continue
            self._news.clear()
            return

    def _answer(self) -> None:
        screen = self._screen
        if screen is None or screen.step <= self._given or self.code:
            return
        if self.photo and screen.step == PHOTO_AT and not self.photo_taken:
            if not self._sent_photo:
                self._sent_photo = True
                self._do(lambda: self.person.send_photo(photo(str(self.chat))))
            return
        self._given = screen.step
        self.steps += 1
        self._do(self._act_on(screen))

    def _act_on(self, screen: Screen) -> Callable[[], object]:
        if screen.button:
            return lambda: self.person.tap(screen.button)
        number = self.numbers[screen.step - 1]
        if number is None:
            return lambda: self.person.tap("Bỏ qua")
        return lambda: self.person.say(str(number))

    def _do(self, act: Callable[[], object]) -> None:
        self._silent_for = 0.0
        self._last = act
        act()

    def _nothing(self) -> None:
        """Nobody has done anything yet."""


class Leaders:
    """All leaders of a test; `steps` is how far they are together."""

    def __init__(
        self, api: BotApi, chats: Sequence[int], questions: int, awake: Callable[[], float], seed: int
    ) -> None:
        self.api, chance = api, random.Random(seed)
        self.all = [
            Leader(api, chat, _numbers(number, questions), awake, random.Random(chance.random()), photo=number % 5 == 0)
            for number, chat in enumerate(chats)
        ]
        self._by_chat = {leader.chat: leader for leader in self.all}
        api.chats.on_change.append(self._notice)

    @property
    def steps(self) -> int:
        return sum(leader.steps for leader in self.all)

    @property
    def filed(self) -> int:
        return sum(bool(leader.code) for leader in self.all)

    async def reach(self, steps: int) -> None:
        """Wait until they are so far."""
        while self.steps < steps:
            await self.api.chats.changed(1.0)

    def _notice(self, message: Stored) -> None:
        leader = self._by_chat.get(message.chat.id)
        if leader is not None and message.by_bot:
            leader.notice(message)


def _numbers(leader: int, questions: int) -> list[int | None]:
    """Numbers that no other leader and no other question has, so that one in a wrong place is seen."""
    numbers: list[int | None] = [100 + leader * questions + question for question in range(questions)]
    if leader % 7 == 0:
        numbers[SKIP_AT - 1] = None
    return numbers
