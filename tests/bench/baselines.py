"""python -m tests.bench.baselines echo|form --api URL --token TOKEN: what we are measured against, each a process.

Nothing of ours is imported here, so that their memory and their start are their own; the questions come in a file.

`echo` is python-telegram-bot's example: it answers every text with itself and stores nothing. `form` asks the twelve
numbers of the monthly report with ConversationHandler and PicklePersistence, as its documentation shows. Both are
deployed with care: chats side by side where the library allows it, a small pool of connections (its httpx gets slower
with a large one), sniffio present, no logs.
"""

from __future__ import annotations

import argparse
import html
import json
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

POOL = 8  # connections to the Bot API
ASKING, REVIEW = range(2)
BEGIN, SUBMIT = "begin", "submit"

Context = ContextTypes.DEFAULT_TYPE


def builder(api: str, token: str) -> Any:
    return ApplicationBuilder().token(token).base_url(f"{api}/bot").connection_pool_size(POOL)


def echo(api: str, token: str) -> Any:
    """Answers with what was said."""
    app = builder(api, token).concurrent_updates(True).build()
    app.add_handler(MessageHandler(filters.TEXT, _echo))
    return app


async def _echo(update: Update, context: Context) -> None:
    assert update.message
    await update.message.reply_text(update.message.text or "")


class Form:
    """The report as a conversation: the talk in memory, pickled every minute and at the end, as is the default."""

    def __init__(self, questions: dict[str, Any]) -> None:
        self.title, self.begin, self.submit = (questions[name] for name in ("title", "begin", "submit"))
        self.asked: list[dict[str, str]] = questions["asked"]

    def app(self, api: str, token: str, folder: Path) -> Any:
        keeps = PicklePersistence(filepath=folder / "talks.pickle")
        # a ConversationHandler may not be run with concurrent updates
        app: Application[Any, Any, Any, Any, Any, Any] = builder(api, token).persistence(keeps).build()
        number: Any = MessageHandler(filters.TEXT & ~filters.COMMAND, self.take)
        app.add_handler(
            ConversationHandler(
                entry_points=[CommandHandler("baocao", self.open)],
                states={
                    ASKING: [CallbackQueryHandler(self.ask_first, pattern=f"^{BEGIN}$"), number],
                    REVIEW: [CallbackQueryHandler(self.send, pattern=f"^{SUBMIT}$")],
                },
                fallbacks=[CommandHandler("baocao", self.open)],
                name="report",
                persistent=True,
            )
        )
        return app

    async def open(self, update: Update, context: Context) -> int:
        assert update.message
        assert context.user_data is not None
        context.user_data["answers"] = {}
        text = f"<b>{html.escape(self.title)}</b>\nĐã trả lời: 0/{len(self.asked)}"
        await update.message.reply_text(text, ParseMode.HTML, reply_markup=_button(self.begin, BEGIN))
        return ASKING

    async def ask_first(self, update: Update, context: Context) -> int:
        query = update.callback_query
        assert query
        await query.answer()
        await query.edit_message_text(self._question(0), ParseMode.HTML, reply_markup=_button("Bỏ qua", "skip"))
        return ASKING

    async def take(self, update: Update, context: Context) -> int:
        assert update.message
        assert context.user_data is not None
        answers = context.user_data["answers"]
        text = (update.message.text or "").strip()
        if not text.isdigit():
            await update.message.reply_text("Anh/chị nhập một số, ví dụ: 12")
            return ASKING
        answers[self.asked[len(answers)]["code"]] = int(text)
        if len(answers) < len(self.asked):
            question = self._question(len(answers))
            await update.message.reply_text(question, ParseMode.HTML, reply_markup=_button("Bỏ qua", "skip"))
            return ASKING
        await update.message.reply_text(
            self._review(answers), ParseMode.HTML, reply_markup=_button(self.submit, SUBMIT)
        )
        return REVIEW

    async def send(self, update: Update, context: Context) -> int:
        query = update.callback_query
        assert query
        assert context.user_data is not None
        await query.answer()
        context.user_data.setdefault("sent", []).append(context.user_data.pop("answers"))
        await query.edit_message_text("✅ <b>Đã nhận báo cáo</b>", ParseMode.HTML)
        return ConversationHandler.END

    def _question(self, at: int) -> str:
        each = {name: html.escape(text) for name, text in self.asked[at].items()}
        head = f"Câu <b>{at + 1}/{len(self.asked)}</b>\n<b>{each['label']}</b> ({each['unit']})"
        return f"{head}\n\n<i>{each['hint']}</i>\nVí dụ: <code>{each['example']}</code>"

    def _review(self, answers: dict[str, int]) -> str:
        rows = [f"{html.escape(each['short_label'])}: <b>{answers[each['code']]}</b>" for each in self.asked]
        return "\n".join([f"<b>Xem lại</b> · {len(answers)}/{len(self.asked)}", *rows])


def _button(label: str, data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)]])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.baselines", description=__doc__)
    parser.add_argument("which", choices=("echo", "form", "aiogram"))
    parser.add_argument("--api", required=True, help="the address of the stand-in")
    parser.add_argument("--token", required=True)
    parser.add_argument("--questions", type=Path, help="a JSON file: title, begin, submit, asked")
    options = parser.parse_args()
    questions = json.loads(options.questions.read_text(encoding="utf-8")) if options.questions else {}
    if options.which == "aiogram":
        from tests.bench.aiogram_form import run

        run(options.api, options.token, questions, Path.cwd() / "aiogram.db")
        return
    app = (
        echo(options.api, options.token)
        if options.which == "echo"
        else Form(questions).app(options.api, options.token, Path.cwd())
    )
    app.run_polling(allowed_updates=Update.ALL_TYPES)


if __name__ == "__main__":
    main()
