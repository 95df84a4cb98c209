"""A logout request: who asks, for whose session, and where to lead on afterwards (RP-Initiated Logout, sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eid.errors import NotFound, OAuthError, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.clients import find_client
from eid.oauth.logout.addresses import build_return_address
from eid.oauth.models import Client
from eid.oauth.notices.signing import read_own_id_token
from eid.oauth.parameters import Parameters

LONGEST_HINT = 8000
LONGEST_STATE = 2000


@frozen
class LogoutRequest:
    """A request of which everything that it says holds."""

    client: Client | None
    """None where nobody said who asks."""
    session_identifier: str | None
    """The session that the ID token names, at this client; None without an ID token."""
    address: str | None
    """Where the client wants the person back, with its state: an address of its registration."""

    @property
    def is_proved(self) -> bool:
        """Whether an ID token shows that this client really was in a session of ours; anybody can write a client_id."""
        return self.session_identifier is not None


def check_logout_request(parameters: Parameters, *, issuer: str) -> LogoutRequest:
    """What is asked. Raises OAuthError, never redirectable: as long as one thing is wrong, nobody is led anywhere.

    1. No parameter came twice.
    2. The ID token is one of ours, however old, signed by any key of ours; it says which client asks.
    3. A client that is named is registered, and is the one of the ID token.
    4. The address to lead on to is registered for the client, character by character. Where nobody said who asks, there
       is none to lead on to, whatever the request says.
    """
    # (1)
    if parameters.repeated:
        raise _refuse("a parameter came twice")
    # (2)
    hint = parameters.find_single("id_token_hint")
    claims = {} if hint is None else _read_hint(hint, issuer)
    # (3)
    client = _find_client(parameters.find_single("client_id"), claims.get("aud"))
    # (4)
    wanted, state = parameters.find_single("post_logout_redirect_uri"), parameters.find_single("state")
    if client is None or wanted is None:
        return LogoutRequest(client, claims.get("sid"), None)
    if wanted not in client.post_logout_redirect_uris:
        raise _refuse("post_logout_redirect_uri is not registered")
    if state is not None and len(state) > LONGEST_STATE:
        raise _refuse("state is too long")
    return LogoutRequest(client, claims.get("sid"), build_return_address(wanted, state))


def _read_hint(hint: str, issuer: str) -> Mapping[str, Any]:
    try:
        if len(hint) > LONGEST_HINT:
            raise VerificationFailed("form", "token_form", "The token is too long.")
        claims = read_own_id_token(hint)
    except VerificationFailed as failed:
        raise _refuse(f"id_token_hint: {failed.code}") from failed
    if claims.get("iss") != issuer or not isinstance(claims.get("aud"), str) or not isinstance(claims.get("sid"), str):
        raise _refuse("id_token_hint is of another kind or issuer")
    return claims


def _find_client(named: str | None, audience: str | None) -> Client | None:
    if named is not None and audience is not None and named != audience:
        raise _refuse("client_id is not the audience of id_token_hint")
    client_id = audience or named
    if client_id is None:
        return None
    try:
        return find_client(client_id)
    except NotFound as unknown:
        raise _refuse("unknown client") from unknown


def _refuse(reason: str) -> OAuthError:
    """One sentence for the person, who can do nothing about it; the log has what was wrong."""
    return OAuthError(
        "invalid_request",
        "The service that sent you here asked for something that cannot be done. Nothing has changed.",
        reason=reason,
    )
