"""The only reader of the operating system's random source. Pure code receives `rng=` instead."""

from __future__ import annotations

import os
import random
import secrets
from binascii import b2a_base64

TOKEN_BYTES = 32
"""256 bits: twice what RFC 6749, section 10.10, asks of a token that nobody may guess."""

_TO_URL = bytes.maketrans(b"+/", b"-_")


def random_bytes(length: int) -> bytes:
    return secrets.token_bytes(length)


def random_token() -> str:
    """An opaque value that nobody can guess, 43 characters of base64url."""
    return b2a_base64(os.urandom(TOKEN_BYTES), newline=False).translate(_TO_URL, b"=").decode()


def random_digits(length: int) -> str:
    """Decimal digits, each uniformly distributed."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def system_rng() -> random.Random:
    """An unpredictable generator for pure code that takes `rng=`."""
    return random.SystemRandom()
