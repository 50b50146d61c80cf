"""The vault: what must be kept and nobody should read in passing, encrypted for its owner."""

from __future__ import annotations

from services.app import App
from services.keys import Vault
from store.unit import Unit

CHECK = "check", 0  # owner of the row that tells whether a key is the right one
TICKET = "ticket"  # owner of what was masked in a ticket's words
REPORTER = "reporter"  # owner of who wrote a ticket


async def keep(app: App, unit: Unit, owner: tuple[str, int], text: str) -> None:
    """Encrypt a text for its owner (kind, id)."""
    await unit.privacy.lock_away(owner, app.vault.encrypt(text), app.vault.key_id, app.now())


async def kept(app: App, unit: Unit, owner: tuple[str, int]) -> list[str]:
    """What is kept for an owner, the oldest first."""
    return [app.vault.decrypt(token) for token in await unit.privacy.locked_away(owner)]


async def check_key(vault: Vault, unit: Unit) -> bool:
    """Whether the key fits what is there; False where nothing tells yet. Raises KeyMissing for a wrong key."""
    tokens = await unit.privacy.locked_away(CHECK)
    return bool([vault.decrypt(token) for token in tokens])


async def rotate(app: App, unit: Unit) -> int:
    """Bring everything under the first key; returns how much was. Sealed arrivals and letters go with their time."""
    old = await unit.privacy.under_other_keys(app.vault.key_id)
    for row_id, token in old:
        await unit.privacy.relock(row_id, app.vault.rotated(token), app.vault.key_id)
    return len(old) + await unit.conversations.seal_anew()
