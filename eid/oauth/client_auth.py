"""What a client shows to prove itself (RFC 6749, section 2.3.1; RFC 7521, section 4.2). Pure.

eid.oauth.client_authentication judges it.
"""

from __future__ import annotations

import binascii
from dataclasses import field
from urllib.parse import unquote_plus

from eid.errors import OAuthError, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.client_assertions import ASSERTION_TYPE, read_claimed_client
from eid.oauth.client_certificates import ClientCertificate
from eid.oauth.parameters import Parameters

CHALLENGE = 'Basic realm="eid", charset="UTF-8"'


@frozen
class ClientCredentials:
    """Unverified."""

    method: str
    """client_secret_basic, client_secret_post, client_assertion (one by secret or by key looks like the other) or none.

    A client that proves itself by its certificate shows nothing else, so it is none.
    """
    client_id: str
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)
    certificate: ClientCertificate | None = None
    proof: str = field(default="", repr=False)
    """By the key that `assertion`, a wallet provider's attestation, speaks of."""


@frozen
class ShownAttestation:
    """The values of OAuth-Client-Attestation and OAuth-Client-Attestation-PoP, unverified; empty where there is none."""

    attestations: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attestations or self.proofs)


NO_ATTESTATION = ShownAttestation()


def parse_client_credentials(
    authorization: str,
    parameters: Parameters,
    certificate: ClientCertificate | None = None,
    attestation: ShownAttestation = NO_ATTESTATION,
) -> ClientCredentials:
    """The one way in which the request authenticates its client. Raises OAuthError(invalid_client or invalid_request)."""
    named = parameters.find_single("client_id")
    secret = parameters.find_single("client_secret")
    assertion = parameters.find_single("client_assertion")
    if sum((bool(authorization), secret is not None, assertion is not None, bool(attestation))) > 1:
        raise OAuthError("invalid_request", "A client authenticates itself in one way only.")
    if authorization:
        shown = parse_basic(authorization)
    elif attestation:
        shown = parse_attestation(attestation)
    elif assertion is not None:
        shown = parse_assertion(assertion, parameters)
    elif named is None:
        raise refuse_client("The client did not say who it is.")
    elif secret is not None:
        shown = ClientCredentials("client_secret_post", named, secret)
    else:
        shown = ClientCredentials("none", named, certificate=certificate)
    if named is not None and named != shown.client_id:
        raise OAuthError("invalid_request", "The client_id is another one than that of the client's proof.")
    return shown


def parse_assertion(assertion: str, parameters: Parameters) -> ClientCredentials:
    """An assertion, of whom it says it is (RFC 7521, section 4.2: the client_id may be left out)."""
    if parameters.find_single("client_assertion_type") != ASSERTION_TYPE:
        raise refuse_client(f"The client_assertion_type is {ASSERTION_TYPE}.")
    try:
        return ClientCredentials("client_assertion", read_claimed_client(assertion), assertion=assertion)
    except VerificationFailed as failure:
        raise refuse_client(reason=f"assertion: {failure.step}") from failure


def parse_attestation(shown: ShownAttestation) -> ClientCredentials:
    """A wallet provider's attestation, and the proof of the key that it attests (draft, section 6.1): one of each."""
    if len(shown.attestations) != 1 or len(shown.proofs) != 1:
        raise refuse_client("A client is attested by one attestation and one proof of its key.")
    try:
        named = read_claimed_client(shown.attestations[0])
    except VerificationFailed as failure:
        raise refuse_client(reason=f"attestation: {failure.step}") from failure
    return ClientCredentials("client_attestation", named, assertion=shown.attestations[0], proof=shown.proofs[0])


def parse_basic(authorization: str) -> ClientCredentials:
    """HTTP Basic, whose two parts are form-encoded before they are joined (RFC 6749, section 2.3.1)."""
    scheme, _, value = authorization.partition(" ")
    try:
        decoded = binascii.a2b_base64(value.strip(), strict_mode=True).decode()
    except (binascii.Error, ValueError):
        decoded = ""
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise refuse_client("The Authorization header holds no client credentials.")
    return ClientCredentials("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))


def refuse_client(detail: str = "The client could not be authenticated.", *, reason: str = "") -> OAuthError:
    """RFC 6749, section 5.2: 401, with a challenge for the scheme that the client may have used."""
    return OAuthError("invalid_client", detail, reason=reason, status=401, challenge=CHALLENGE)
