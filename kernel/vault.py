"""Encryption at rest: Fernet keys from the environment, newest first, and a keyed digest for looking sealed values up."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _keys() -> tuple[str, ...]:
    if not settings.DATA_KEYS:
        raise ImproperlyConfigured("DATA_KEYS is empty: papers and personal values cannot be sealed. `./dev up` makes a key.")
    return tuple(settings.DATA_KEYS)


def seal(plain: bytes) -> bytes:
    """Encrypt bytes with the newest key."""
    return _fernet(_keys()).encrypt(plain)


def unseal(sealed: bytes) -> bytes:
    """Decrypt bytes sealed with any known key; raises cryptography's InvalidToken when tampered or unknown."""
    return _fernet(_keys()).decrypt(sealed)


def reseal(sealed: bytes) -> bytes | None:
    """Seal again, with the newest key, what an older one sealed; None when it is the newest's already.

    Raises InvalidToken as `unseal`.
    """
    try:
        _fernet(_keys()[:1]).decrypt(sealed)
    except InvalidToken:
        return seal(unseal(sealed))
    return None


def lookup_key() -> str:
    """The key of all digests: `settings.LOOKUP_KEY`, else what follows from the oldest data key and does not lead back to it."""
    return settings.LOOKUP_KEY or hashlib.sha256(f"lookup|{_keys()[-1]}".encode()).hexdigest()


def digest(text: str) -> str:
    """Keyed SHA-256 of a text (hex), the same in every process, useless without the lookup key; it opens nothing (ADR 0008)."""
    return hmac.new(lookup_key().encode(), text.encode(), hashlib.sha256).hexdigest()


class SealedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value in (None, "") else seal(value.encode()).decode("ascii")

    def from_db_value(self, value, expression, connection):
        if value in (None, ""):
            return value
        try:
            return unseal(value.encode("ascii")).decode()
        except InvalidToken:
            return "�"  # the key is gone: show that something was here rather than fail the page
