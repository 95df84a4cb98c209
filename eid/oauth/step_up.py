"""Whether the sign-in behind an access token suffices for what is asked, and how to ask for a better one (RFC 9470). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from eid.accounts.levels import AuthenticationLevel
from eid.errors import OAuthError
from eid.oauth.sender import challenge


class Authenticated(Protocol):
    """What an access token says of the sign-in behind it."""

    @property
    def acr(self) -> str: ...
    @property
    def authenticated_at(self) -> datetime: ...
    @property
    def scheme(self) -> str: ...


def check_authentication(
    grant: Authenticated, *, level: AuthenticationLevel, max_age: timedelta | None = None, now: datetime
) -> None:
    """Raise OAuthError: insufficient_user_authentication (401), whose challenge says all that is lacking (RFC 9470, section 3).

    1. The sign-in reached the level (`acr_values`).
    2. It is not older than `max_age`, however young the token is (`max_age`, in seconds).
    """
    lacking: dict[str, str] = {}
    # (1)
    if AuthenticationLevel(grant.acr) < level:
        lacking["acr_values"] = str(level)
    # (2)
    if max_age is not None and now - grant.authenticated_at > max_age:
        lacking["max_age"] = str(int(max_age.total_seconds()))
    if lacking:
        raise OAuthError(
            "insufficient_user_authentication",
            "A stronger or more recent sign-in is needed for this paper.",
            status=401,
            challenge=challenge(grant.scheme, "insufficient_user_authentication", **lacking),
        )
