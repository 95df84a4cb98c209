"""Where refusals of authorization requests may not lead: to addresses that anybody could register (RFC 9700, 4.11.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from eid.errors import OAuthError
from eid.oauth.interactions import SignedIn
from eid.oauth.models import Client


@contextmanager
def answered_only_if_trusted(client: Client, session: SignedIn | None) -> Iterator[None]:
    """A refusal for a client that nobody reviewed leads to our own page until somebody has signed in.

    Anybody with a token may register such a client, and would else lead people to its address from ours. With prompt=none it
    is the same: the address is not trusted. What the refusal is stands on the page as its code, and in the log.
    """
    try:
        yield
    except OAuthError as refusal:
        if not client.is_test or session is not None or refusal.answer is None:
            raise
        raise OAuthError(
            refusal.code,
            "A service for tests sent you here with a request that cannot be answered before you have signed in.",
            reason=refusal.detail,
        ) from refusal
