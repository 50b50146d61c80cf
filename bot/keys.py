"""The keys of the vault: from a setting, or from a file that is made at the first start on SQLite."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.config import Settings
from domain.errors import KeyMissing
from services.keys import BAD_KEY, WRONG_KEY, Vault, new_key

MODE = 0o600  # nobody but the service's user reads it
MISSING, LOST = "missing_key", "lost_key"
WHAT_TO_DO = {
    BAD_KEY: "a vault key is 44 characters of base64, as `python -m bot vault new-key` prints it",
    WRONG_KEY: "the vault key is not the one that this database was written with: put the right one into "
    "SAPA_VAULT_KEY or into its file",
    MISSING: "there is no vault key: put one into SAPA_VAULT_KEY (`python -m bot vault new-key` makes one), and keep "
    "a copy apart from the database",
    LOST: "the vault key is gone, and the database has what was written with it: put it back into SAPA_VAULT_KEY or its file",
}


def open_vault(settings: Settings) -> Vault:
    """The vault of these settings. Raises KeyMissing."""
    given = settings.vault_key.get_secret_value() or _read(settings.vault_key_file)
    keys = re.split(r"[\s,]+", given.strip(" \n,")) if given.strip() else []
    return Vault(keys or [_made(settings)])


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _made(settings: Settings) -> str:
    """A new key in its file; only for an embedded database that has nothing yet. Raises KeyMissing."""
    file, url = settings.vault_key_file, make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise KeyMissing(MISSING)
    if _has_secrets(Path(url.database or "")):
        raise KeyMissing(LOST)
    file.parent.mkdir(parents=True, exist_ok=True)
    key = new_key()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w", encoding="utf-8") as opened:
        opened.write(f"{key}\n")
    return key


def _has_secrets(database: Path) -> bool:
    if not database.exists():
        return False
    connection = sqlite3.connect(database)
    try:
        return connection.execute("SELECT 1 FROM vault LIMIT 1").fetchone() is not None
    except sqlite3.OperationalError:  # no such table: it was made before there was a vault
        return False
    finally:
        connection.close()
