"""From settings to a bot that may start: the database at its newest schema, plans loaded, somebody to let the first
people in.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from bot import programmes
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from bot.clock import Clock
from bot.pace import Limits
from bot.settings import Settings
from bot.units import root_row
from bot.words import Words
from models import invitations, schema, units
from models import programmes as library
from models.database import Database
from models.rules.delivery import SendFailed
from models.rules.invitations import InvitationPolicy
from models.tables import Unit

LIMITS = Path(__file__).parent / "content" / "channels.yaml"


def read_limits() -> dict[str, Limits]:
    """How fast each channel may be spoken to."""
    listed = yaml.safe_load(LIMITS.read_text(encoding="utf-8"))
    return {name: Limits(**values) for name, values in listed.items()}


def limits_of(settings: Settings) -> dict[str, Limits]:
    """The same, with what this installation pays for."""
    limits = read_limits()
    if paid := settings.telegram_paid_broadcast:
        limits["telegram"] = replace(limits["telegram"], bulk_per_second=paid)
    return limits


async def open_database(settings: Settings) -> Database:
    """The database, made when it is not there yet, at the newest schema. Raises UnsafeDatabase, UnknownSchema."""
    if settings.database_url.startswith("sqlite"):
        _file_of(settings).parent.mkdir(parents=True, exist_ok=True)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url, settings.zone)
    await db.refuse_unsafe()
    await schema.migrate(db)
    return db


def is_made(settings: Settings) -> bool:
    """Whether there is a database to look at; a server's always is."""
    return not settings.database_url.startswith("sqlite") or _file_of(settings).exists()


def _file_of(settings: Settings) -> Path:
    return Path(settings.database_url.partition("///")[2])


async def load_plans(db: Database, clock: Clock) -> int:
    """Keep the plans that come with the program; one that has not changed is left alone. Returns how many are new."""
    new = 0
    for programme in programmes.read_all():
        async with db.write() as session:
            _, is_new = await library.store_shipped(session, programme.as_dict(), clock.now())
            new += is_new
    return new


async def first_code(db: Database, clock: Clock) -> str | None:
    """The code for the first administrator; None when there is one already."""
    async with db.write() as session:
        root = await root_unit(session, clock)
        return await invitations.first_administrator(
            session, root, policy=InvitationPolicy(), random=secrets.randbelow, now=clock.now()
        )


async def root_unit(session: AsyncSession, clock: Clock) -> Unit:
    """The top of the tree, made on the first start."""
    found = await units.root(session)
    if found is None:
        await units.load(session, [root_row()], clock.now())
        found = await units.root(session)
    assert found is not None
    return found


def open_channels(settings: Settings, db: Database, clock: Clock, *, demo: bool) -> dict[str, Channel]:
    """The channels in use: the web chat in the demo, Telegram when there is a token.

    Each starts and fails on its own.
    """
    channels: dict[str, Channel] = {}
    if demo:
        channels["webchat"] = WebChat(db, settings.data_dir, clock, base=f"http://{settings.listen}")
    elif settings.telegram_bot_token is not None:
        token = settings.telegram_bot_token.get_secret_value()
        pays = settings.telegram_paid_broadcast > 0
        channels["telegram"] = Telegram(token, settings.telegram_api_base, settings.data_dir, pays=pays)
    return channels


def secrets_of(settings: Settings) -> list[str]:
    """Whatever must never stand in a log."""
    hidden = [settings.telegram_bot_token, settings.zalo_bot_token, settings.webhook_secret]
    found = [secret.get_secret_value() for secret in hidden if secret is not None]
    password = settings.database_url.partition("//")[2].partition("@")[0].partition(":")[2]
    return [*found, password] if password else found


def texts(settings: Settings) -> Words:
    return Words(settings.zone)


async def invitation_links(settings: Settings, code: str) -> dict[str, str]:
    """The link of each channel that joins with `code`; a channel that is away just now has none."""
    if settings.telegram_bot_token is None:
        return {}
    channel = Telegram(settings.telegram_bot_token.get_secret_value(), settings.telegram_api_base, settings.data_dir)
    try:
        await channel.look_up_name()
        return {"telegram": channel.link(code)}
    except SendFailed:
        return {}
    finally:
        await channel.close()


def apart(settings: Settings) -> Settings:
    """The same settings for the demo, whose made-up province must never mix with real data: its own folder and file."""
    folder = settings.data_dir / "demo"
    changes = {"data_dir": folder, "database_url": f"sqlite+aiosqlite:///{folder}/sotayso.db"}
    return settings.model_copy(update=changes)
