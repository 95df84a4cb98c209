"""Phone numbers as accounts keep them. Pure."""

from __future__ import annotations

import re

from eid.errors import Malformed

PHONE = re.compile(r"0\d{9}", re.ASCII)


def parse_phone(phone: str) -> str:
    """A Vietnamese phone number: a zero and nine digits, blanks and dots left out. Raises Malformed."""
    digits = re.sub(r"[\s.]", "", phone)
    if not PHONE.fullmatch(digits):
        raise Malformed("phone_malformed", "A phone number is a zero and nine more digits.")
    return digits
