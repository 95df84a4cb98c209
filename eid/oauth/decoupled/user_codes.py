"""Codes that a person reads on one device and enters on another (RFC 8628, section 6.1). Pure.

Eight of twenty consonants: no vowels, so that no words come about, and no digits, so that nothing is mistaken for another; 20⁸
are 34.5 bits, which bears the few tries that there are (section 5.1).
"""

from __future__ import annotations

import random

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
LONGEST = 40
"""What is longer was not copied from a screen."""


def draw_user_code(rng: random.Random) -> str:
    """A code as it is kept, without the dash."""
    return "".join(rng.choice(ALPHABET) for _ in range(LENGTH))


def write_user_code(code: str) -> str:
    """As a screen shows it: BCDF-GHJK."""
    return f"{code[:4]}-{code[4:]}"


def parse_user_code(text: str) -> str | None:
    """The code that was entered, however it was written; None where it can be none."""
    if len(text) > LONGEST:
        return None
    code = "".join(character for character in text.upper() if character.isalnum())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
