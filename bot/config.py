"""Settings, read once from the environment and `.env`. `.env.example` lists every one (tested)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting has the prefix SAPA_; all are optional."""

    model_config = SettingsConfigDict(env_prefix="SAPA_", env_file=".env", env_ignore_empty=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address that the web server listens on")
    port: int = Field(8080, description="Port that the web server listens on")
    public_url: str = Field(
        "", description="https address under which the messenger reaches this server; empty = Telegram is polled"
    )
    database_url: str = Field("sqlite+aiosqlite:///data/sapa.db", description="or postgresql+asyncpg://user:password@host/name")
    telegram_token: SecretStr = Field(SecretStr(""), description="Token from @BotFather; empty = no Telegram")
    telegram_secret: SecretStr = Field(
        SecretStr(""), description="Secret token of the webhook; empty = derived from the bot token"
    )
    telegram_api_url: str = Field("https://api.telegram.org", description="Bot API server")
    telegram_messages_per_second: float = Field(25.0, gt=0, description="Limit over all chats; Telegram allows about 30")
    whatsapp_token: SecretStr = Field(SecretStr(""), description="Token of a system user at Meta; empty = no WhatsApp")
    whatsapp_phone_number_id: str = Field("", description="Id of the business number at Meta (not the number itself)")
    whatsapp_account_id: str = Field("", description="Id of the WhatsApp Business Account; for templates and checks")
    whatsapp_app_secret: SecretStr = Field(SecretStr(""), description="Secret of the Meta app; signs what comes in")
    whatsapp_former_app_secret: SecretStr = Field(
        SecretStr(""), description="The secret before that one, good until it is taken away here"
    )
    whatsapp_verify_token: SecretStr = Field(SecretStr(""), description="Any words; the same as in the webhook's form at Meta")
    whatsapp_api_url: str = Field("https://graph.facebook.com", description="Graph API server")
    whatsapp_api_version: str = Field("v26.0", description="Version of the Graph API; each is good for about two years")
    whatsapp_messages_per_second: float = Field(80.0, gt=0, description="Limit over all residents; Meta allows 80")
    whatsapp_gather_seconds: float = Field(
        10.0, ge=0, description="So long news of a ticket waits for more, to go out as one message; 0 = each by itself"
    )
    whatsapp_monthly_budget: int = Field(
        0, ge=0, description="Messages a month that may cost money; an alarm at 80 % and at 100 %; 0 = no alarm"
    )
    region_dir: Path = Field(ROOT / "knowledge" / "region", description="Folder with the data of the regency")
    content_dir: Path = Field(ROOT / "knowledge" / "content", description="Folder with the articles of the first edition")
    cache_dir: Path = Field(Path("data/cache"), description="Folder for what can be made again: the learned router")
    media_dir: Path = Field(
        Path("data/media"), description="Folder for what people send: private, not below a web server's folders"
    )
    vault_key: SecretStr = Field(
        SecretStr(""), description="Keys of the vault, the newest first, with commas between; empty = SAPA_VAULT_KEY_FILE"
    )
    vault_key_file: Path = Field(
        Path("data/vault.key"), description="File with the keys of the vault, one a line; made at the first start"
    )
    erasures_file: Path = Field(
        Path("data/erasures.txt"), description="Who was erased, as keyed hashes: for backups that are restored"
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("public_url", "telegram_api_url", "whatsapp_api_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("telegram_secret")
    @classmethod
    def _as_telegram_takes_it(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
            raise ValueError("must be 1 to 256 of A-Z a-z 0-9 _ -")
        return secret

    @field_validator("whatsapp_phone_number_id", "whatsapp_account_id")
    @classmethod
    def _as_meta_numbers_them(cls, identifier: str) -> str:
        if identifier and not (identifier.isascii() and identifier.isdecimal()):
            raise ValueError("must be digits only")
        return identifier

    @model_validator(mode="after")
    def _whole_whatsapp(self) -> Self:
        """A token alone would answer nobody: Meta's calls could not be verified."""
        needed = (self.whatsapp_phone_number_id, self.whatsapp_app_secret.get_secret_value())
        if self.whatsapp_token.get_secret_value() and not all(needed):
            raise ValueError("SAPA_WHATSAPP_TOKEN needs SAPA_WHATSAPP_PHONE_NUMBER_ID and SAPA_WHATSAPP_APP_SECRET")
        return self

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level.upper()
