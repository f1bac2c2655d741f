"""A stand-in for the Telegram Bot API over real HTTP, and the people who use the bot."""

from tests.standin.bot_api import TOKEN, BotApi
from tests.standin.faults import Fault, Faults
from tests.standin.limits import Limits
from tests.standin.people import Person, Shown
from tests.standin.record import Call, Record

__all__ = ["TOKEN", "BotApi", "Call", "Fault", "Faults", "Limits", "Person", "Record", "Shown"]
