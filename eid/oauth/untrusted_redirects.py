"""Where refusals of authorization requests may not lead: to addresses that anybody could register (RFC 9700, 4.11.2)."""

from __future__ import annotations

from eid.errors import OAuthError
from eid.oauth.interactions import SignedIn
from eid.oauth.models import Client


def check_answered(refusal: OAuthError, client: Client, session: SignedIn | None) -> None:
    """Raise this refusal without its answer where it must not be sent: for a client that nobody reviewed it leads to our own
    page until somebody has signed in.

    Anybody with a token may register such a client, and would else lead people to its address from ours. With prompt=none it
    is the same: the address is not trusted. What the refusal is stands on the page as its code, and in the log.
    """
    if client.is_test and session is None and refusal.answer is not None:
        raise OAuthError(
            refusal.code,
            "A service for tests sent you here with a request that cannot be answered before you have signed in.",
            reason=refusal.detail,
        ) from refusal
