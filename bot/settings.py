"""`.env` and the environment → one frozen Settings. A missing or wrong value stops the start with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class WrongSetting(Exception):
    """A setting cannot be used; the sentence names it and says what to write instead."""


class Settings(BaseSettings):
    """Everything that differs between two installations. Names are a contract (design §5)."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    telegram_bot_token: SecretStr | None = None
    telegram_api_base: str = "https://api.telegram.org"
    telegram_paid_broadcast: int = Field(default=0, ge=0, le=1000)  # Bot API: no more than 1000 messages a second
    zalo_bot_token: SecretStr | None = None
    zalo_api_base: str = "https://bot-api.zaloplatforms.com"
    database_url: str = "sqlite+aiosqlite:///data/sotayso.db"
    public_url: str = ""
    webhook_secret: SecretStr | None = None
    listen: str = Field(default="127.0.0.1:8080", pattern=r"^[^:\s]+:\d{1,5}$")
    timezone: str = "Asia/Ho_Chi_Minh"
    data_dir: Path = Path("data")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("use a name of the tz database, for example Asia/Ho_Chi_Minh") from error
        return name

    @field_validator("database_url")
    @classmethod
    def _known_driver(cls, url: str) -> str:
        if not url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("start it with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        return url

    @field_validator("public_url")
    @classmethod
    def _https(cls, url: str) -> str:
        if url and not url.startswith("https://"):
            raise ValueError("webhooks need an https:// address")
        return url.rstrip("/")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0]

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


def read_settings() -> Settings:
    """The settings of this process; raises WrongSetting with one line per mistake and never repeats a value."""
    try:
        settings = Settings()
    except ValidationError as error:
        lines = [f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise WrongSetting("\n".join(lines)) from None
    if settings.public_url and settings.webhook_secret is None:
        raise WrongSetting("WEBHOOK_SECRET: PUBLIC_URL is set, so webhooks are used; choose a long random secret")
    return settings
