"""Who calls the JSON API: a request's access token, who sends it, and what it allows (RFC 6750, section 2.1; RFC 9449, 7)."""

from __future__ import annotations

from collections.abc import Collection

from flask import Request, Response

from eid.api.client_certificates import find_called_base, find_client_certificate
from eid.errors import OAuthError
from eid.flask_context import current_request
from eid.oauth.client_tokens import ClientGrant, check_client_token
from eid.oauth.dpop import ShownProofs
from eid.oauth.proofs import make_dpop_nonce
from eid.oauth.sender import BEARER, DPOP, NO_PROOFS, Sender, challenge
from eid.oauth.tokens import AccessGrant, check_access_token

_SCHEMES = {scheme.lower(): scheme for scheme in (BEARER, DPOP)}
_PROVEN = "eid.proven"
"""Where it is kept what a request has proved, whose token is looked at again, as for each line of a batch."""
_PROOF = "HTTP_DPOP"
"""The header DPoP as WSGI has it."""


def current_grant(scope: str = "", *, paper: str = "") -> AccessGrant:
    """What the request's access token allows, with `scope` among it, or a paper by scope or by authorization details (RFC 9396).

    Raises OAuthError with the challenge that is due.

    The token is taken from the Authorization header and from nowhere else: addresses and bodies end up in logs.
    """
    sent = current_request()
    scheme, token = _shown_token(sent)
    grant = check_access_token(token, scope, paper=paper, sender=read_sender(sent, scheme))
    sent.environ[_PROVEN] = grant.confirmation
    return grant


def current_client(scopes: Collection[str]) -> ClientGrant:
    """What the client behind the request's token may do in its own name, with these scopes among it. Raises as current_grant."""
    sent = current_request()
    scheme, token = _shown_token(sent)
    grant = check_client_token(token, scopes, sender=read_sender(sent, scheme))
    sent.environ[_PROVEN] = grant.confirmation
    return grant


def read_sender(sent: Request, scheme: str = BEARER) -> Sender:
    """What this request shows of who sends it, with a token by this scheme where it brings one."""
    certificate = find_client_certificate(sent)
    thumbprint = certificate.thumbprint if certificate else None
    return Sender(scheme, _shown_proofs(sent), thumbprint, sent.environ.get(_PROVEN))


def shown_in(sent: Request, name: str) -> tuple[str, ...]:
    """What a header of the request says, if it is there: by its name in WSGI, which joins several into one (PEP 3333)."""
    value = sent.environ.get(name)
    return () if value is None else (value,)


def offer_nonce(response: Response) -> Response:
    """Whoever proves keys gets the nonce for the next proof with each answer (RFC 9449, section 8.2)."""
    is_challenged = response.status_code >= 400 and "dpop" in response.headers.get("WWW-Authenticate", "").lower()
    if is_challenged or _PROOF in current_request().environ:
        response.headers["DPoP-Nonce"] = make_dpop_nonce()
    return response


def _shown_proofs(sent: Request) -> ShownProofs:
    """The request's address is one that we publish, whatever a proxy made of it."""
    proofs = shown_in(sent, _PROOF)
    return ShownProofs(proofs, sent.method, find_called_base(sent) + sent.path) if proofs else NO_PROOFS


def _shown_token(sent: Request) -> tuple[str, str]:
    named, _, token = sent.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    scheme, token = _SCHEMES.get(named.lower()), token.strip()
    if scheme is None or not token:
        both = ", ".join(challenge(each) for each in (BEARER, DPOP))
        raise OAuthError("unauthorized", "An access token is needed.", status=401, challenge=both)
    return scheme, token
