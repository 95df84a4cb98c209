"""The only reader of the operating system's random source. Pure code receives `rng=` instead."""

from __future__ import annotations

import random
import secrets

TOKEN_BYTES = 32
"""256 bits: twice what RFC 6749, section 10.10, asks of a token that nobody may guess."""


def random_bytes(length: int) -> bytes:
    return secrets.token_bytes(length)


def random_token() -> str:
    """An opaque value that nobody can guess, 43 characters of base64url."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def random_digits(length: int) -> str:
    """Decimal digits, each uniformly distributed."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def system_rng() -> random.Random:
    """An unpredictable generator for pure code that takes `rng=`."""
    return random.SystemRandom()
