"""The keys of the vault, which stand outside the database, and what is done with them.

Originals of masked words and the identities behind tickets are Fernet tokens (rotated one by one); what passes through on every
turn (arrivals, letters, conversations) is sealed with AES-GCM, which takes a tenth of the time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import KeyMissing

MARK = "sealed:"  # no JSON and no Fernet token begins so
NONCE_BYTES = 12
KEY_ID_LENGTH = 8
BAD_KEY, WRONG_KEY = "bad_key", "wrong_key"


class Vault:
    """`keys`: the first one encrypts, all of them decrypt. Raises KeyMissing for one that is none."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except (ValueError, binascii.Error) as error:
            raise KeyMissing(BAD_KEY) from error
        self._gcm = {key_id(key): AESGCM(_derived(key, "seal")) for key in keys}
        self._hashing = {key_id(key): _derived(key, "fingerprint") for key in keys}
        self.key_id = key_id(keys[0])

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises KeyMissing."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise KeyMissing(WRONG_KEY) from error

    def rotated(self, token: str) -> str:
        """The token under the first key. Raises KeyMissing."""
        try:
            return self._fernet.rotate(token).decode()
        except InvalidToken as error:
            raise KeyMissing(WRONG_KEY) from error

    def seal(self, text: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._gcm[self.key_id].encrypt(nonce, text.encode(), None)
        return f"{MARK}{self.key_id}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str) -> str:
        """Raises KeyMissing."""
        if not sealed.startswith(MARK):
            return sealed
        _, key, body = sealed.split(":", 2)
        raw = base64.b64decode(body)
        try:
            return self._gcm[key].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
        except (KeyError, InvalidTag) as error:
            raise KeyMissing(WRONG_KEY) from error

    def fingerprints(self, text: str) -> dict[str, str]:
        """What stands for an identity once it was erased, by key id: nobody makes the identity of it, even who can guess."""
        return {key: hmac.new(secret, text.encode(), hashlib.sha256).hexdigest() for key, secret in self._hashing.items()}

    def fingerprint(self, text: str) -> str:
        return self.fingerprints(text)[self.key_id]


def new_key() -> str:
    return Fernet.generate_key().decode()


def key_id(key: str) -> str:
    """Names a key without telling anything of it."""
    return hashlib.sha256(b"sapa key id" + key.encode()).hexdigest()[:KEY_ID_LENGTH]


def _derived(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"sapa {purpose}".encode(), hashlib.sha256).digest()
