"""Marks by which a browser is known to have been signed in to an account; they prove nothing else.

A browser that is known has counters of its own, so that a stranger's guessing does not keep its holder out.
"""

from __future__ import annotations

import hmac

from eid.accounts.guessing import digest_lookup
from eid.randomness import random_token


def issue_browser_mark(account_id: int) -> str:
    """A new mark for a browser that has just signed in to this account."""
    nonce = random_token()
    return f"{nonce}.{digest_lookup('known-browser', account_id, nonce)}"


def read_browser_mark(mark: str, account_id: int | None) -> str:
    """The mark's nonce where it is this account's, else nothing."""
    nonce, _, digest = mark.partition(".")
    expected = digest_lookup("known-browser", account_id or 0, nonce)
    return nonce if hmac.compare_digest(digest.encode(), expected.encode()) else ""
