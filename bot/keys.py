"""The keys of the vault: from a setting, or from a file that is made at the first start."""

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
LOST = "lost_key"
WHAT_TO_DO = {
    BAD_KEY: "a vault key is 44 characters of base64, as `python -m bot vault new-key` prints it",
    WRONG_KEY: "the vault key is not the one that this database was written with: put the right one into "
    "SAPA_VAULT_KEY or into its file",
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
    """A new key in its file, unless the embedded database was written with another. Raises KeyMissing.

    A database server is asked later (`prove_key`): one that was written with another key refuses the new one.
    """
    file, url = settings.vault_key_file, make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and _has_secrets(Path(url.database or "")):
        raise KeyMissing(LOST)
    return _kept(file, new_key())


def _kept(file: Path, key: str) -> str:
    """The key in its file, which appears whole; another process that was faster decides."""
    file.parent.mkdir(parents=True, exist_ok=True)
    own = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "w", encoding="utf-8") as opened:
        opened.write(f"{key}\n")
    try:
        os.link(own, file)
    except FileExistsError:
        key = _read(file).split()[0]
    own.unlink()
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
