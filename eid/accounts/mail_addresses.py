"""Mail addresses as accounts keep them. Pure."""

from __future__ import annotations

import re

from eid.errors import Malformed

LONGEST = 254
ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""What HTML's <input type=email> takes, with a domain of at least two labels."""


def parse_mail_address(text: str) -> str | None:
    """The address, blanks around it left out; None for nothing. Raises Malformed: email_malformed."""
    address = text.strip()
    if not address:
        return None
    if len(address) > LONGEST or not ADDRESS.fullmatch(address):
        raise Malformed("email_malformed", "This is not a mail address.", fields={"email": ["name@example.test"]})
    return address
