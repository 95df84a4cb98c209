"""Who calls the JSON API: a request's access token, who sends it, and what it allows (RFC 6750, section 2.1; RFC 9449, 7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from flask import Response, request

from eid.api.client_certificates import find_called_base, find_client_certificate
from eid.errors import OAuthError
from eid.oauth.client_tokens import ClientGrant, check_client_token
from eid.oauth.dpop import ShownProofs
from eid.oauth.proofs import make_dpop_nonce
from eid.oauth.sender import BEARER, DPOP, Confirmation, Sender, challenge
from eid.oauth.tokens import AccessGrant, check_access_token

_SCHEMES = {scheme.lower(): scheme for scheme in (BEARER, DPOP)}
_PROVEN = "eid.proven"


def current_grant(scope: str = "", *, paper: str = "") -> AccessGrant:
    """What the request's access token allows, with `scope` among it, or a paper by scope or by authorization details (RFC 9396).

    Raises OAuthError with the challenge that is due.

    The token is taken from the Authorization header and from nowhere else: addresses and bodies end up in logs.
    """
    scheme, token = _shown_token()
    grant = check_access_token(token, scope, paper=paper, sender=_sender_of_token(scheme))
    _remember(grant.confirmation)
    return grant


def current_client(scopes: Collection[str]) -> ClientGrant:
    """What the client behind the request's token may do in its own name, with these scopes among it. Raises as current_grant."""
    scheme, token = _shown_token()
    grant = check_client_token(token, scopes, sender=_sender_of_token(scheme))
    _remember(grant.confirmation)
    return grant


def current_sender() -> Sender:
    """What this request shows of who sends it. Its address is one that we publish, whatever a proxy made of it."""
    uri = find_called_base(request) + request.path
    certificate = find_client_certificate(request)
    return Sender(
        shown=ShownProofs(shown_in("DPoP"), request.method, uri),
        certificate=certificate.thumbprint if certificate else None,
    )


def shown_in(field: str) -> tuple[str, ...]:
    """What this header of the request says, if it is there: WSGI joins those of one name into one (PEP 3333)."""
    value = request.headers.get(field)
    return () if value is None else (value,)


def offer_nonce(response: Response) -> Response:
    """Whoever proves keys gets the nonce for the next proof with each answer (RFC 9449, section 8.2)."""
    is_challenged = response.status_code >= 400 and "dpop" in response.headers.get("WWW-Authenticate", "").lower()
    if is_challenged or "HTTP_DPOP" in request.environ:
        response.headers["DPoP-Nonce"] = make_dpop_nonce()
    return response


def _sender_of_token(scheme: str) -> Sender:
    return replace(current_sender(), scheme=scheme, proven=request.environ.get(_PROVEN))


def _remember(found: Confirmation) -> None:
    """A request whose token is looked at again, as for each line of a batch, has proved its key already."""
    request.environ[_PROVEN] = found


def _shown_token() -> tuple[str, str]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in _SCHEMES or not token.strip():
        both = ", ".join(challenge(each) for each in (BEARER, DPOP))
        raise OAuthError("unauthorized", "An access token is needed.", status=401, challenge=both)
    return _SCHEMES[scheme.lower()], token.strip()
