"""Who is measured: our bot and those beside it, each as a process of its own against the stand-in."""

from __future__ import annotations

import importlib.util
import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import processes, world
from tests.bench.processes import Running, Telegram


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot and what it keeps. `greeting`: what it surely answers; without `asks` it only says back what was said."""

    name: str
    title: str
    keeps: str
    greeting: str = "/start"
    asks: bool = True


OURS = Contender("ours", "Sổ Tay Số", "every turn on disk before the answer")
ECHO = Contender("echo", "python-telegram-bot, its echo", "nothing", asks=False)
FORM = Contender("form", "python-telegram-bot, ConversationHandler", "in memory, pickled every 60 s", "/baocao")
AIOGRAM = Contender("aiogram", "aiogram, FSM on SQLite", "the talk's state, committed each turn", "/baocao")


def present() -> list[Contender]:
    """Those that can run here."""
    others = [AIOGRAM] if importlib.util.find_spec("aiogram") else []
    return [ECHO, FORM, *others, OURS]


def start(
    contender: Contender, telegram: Telegram, folder: Path, *, unpaced: bool = False, forward: float = 0.0
) -> AbstractAsyncContextManager[Running]:
    """The bot's process. Ours keeps its database in `folder` and takes what already lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    if contender is OURS:
        return processes.bot(_our_arguments(unpaced, forward), folder, _our_environment(telegram, folder))
    questions = folder / "questions.json"
    questions.write_text(json.dumps(world.questions()), encoding="utf-8")
    baseline = ["-m", "tests.bench.baselines", contender.name, "--api", telegram.url, "--token", telegram.token]
    return processes.bot([*baseline, "--questions", str(questions)], folder)


def _our_arguments(unpaced: bool, forward: float) -> list[str]:
    if not unpaced and not forward:
        return ["-m", "bot", "run"]
    changes = ["--unpaced"] if unpaced else []
    return ["-m", "tests.bench.launch", *changes, "--forward", str(forward), "run"]


def _our_environment(telegram: Telegram, folder: Path) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE": telegram.url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{database(folder)}",
        "DATA_DIR": str(folder / "data"),
        "LISTEN": f"127.0.0.1:{processes.free_port()}",
        "LOG_LEVEL": "WARNING",
    }


def database(folder: Path) -> Path:
    """Where our bot's SQLite file lies."""
    return folder / "sotayso.db"
