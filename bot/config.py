"""Settings, read once from the environment and `.env`. `.env.example` lists every one (tested)."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
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

    @field_validator("public_url", "telegram_api_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("telegram_secret")
    @classmethod
    def _as_telegram_takes_it(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
            raise ValueError("must be 1 to 256 of A-Z a-z 0-9 _ -")
        return secret

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level.upper()
