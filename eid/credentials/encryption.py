"""Encrypted requests and answers of the credential and deferred endpoints (OpenID4VCI 1.0, section 10): ECDH-ES on P-256 alone.

The key for requests is published in the issuer's metadata; that for an answer comes in the request, which must then be encrypted
itself, so that nobody on the way can put their own in its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from joserfc.jwk import ECKey

from eid.credentials.wallet_requests import refused
from eid.crypto.jwe import CONTENT_ENCRYPTION, decrypt_compact, encrypt_compact
from eid.crypto.jwks import PublicKey, parse_jwk_set
from eid.errors import Malformed
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen

ALG = "ECDH-ES"


@frozen
class ReadRequest:
    """What a wallet sent, and how it wants to be answered."""

    body: object
    answer_key: PublicKey | None = None
    """None where the answer is not encrypted."""
    answer_enc: str = ""


def find_request_keys() -> list[dict[str, Any]]:
    """The public keys that wallets may encrypt requests for."""
    keys = current_keystore().find_published_jwks(KeyUse.CREDENTIAL_REQUESTS)
    return [{**key, "use": "enc", "alg": ALG} for key in keys]


def decrypt_request(token: str) -> ReadRequest:
    """The request in a JWE. Raises OAuthError: invalid_encryption_parameters, invalid_credential_request."""
    try:
        content = decrypt_compact(token, keys=_find_private_keys(), alg=ALG)
    except Malformed as malformed:
        raise refused(
            "invalid_encryption_parameters", "The request is not encrypted for a key of the metadata.", malformed.reason
        ) from malformed
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise refused("invalid_credential_request", "The request is no JSON object.") from error
    return read_request(body, is_encrypted=True)


def read_request(body: object, *, is_encrypted: bool = False) -> ReadRequest:
    """The request, with the key for its answer where there is one. Raises OAuthError: invalid_encryption_parameters."""
    wanted = body.get("credential_response_encryption") if isinstance(body, Mapping) else None
    if wanted is None:
        return ReadRequest(body)
    if not is_encrypted:
        raise refused("invalid_encryption_parameters", "Who wants an encrypted answer encrypts the request.")
    if not isinstance(wanted, Mapping) or wanted.get("enc") not in CONTENT_ENCRYPTION or "zip" in wanted:
        raise refused("invalid_encryption_parameters", "The enc is one of those that the metadata lists, without zip.")
    return ReadRequest(body, _read_key(wanted.get("jwk")), str(wanted["enc"]))


def encrypt_answer(answer: Mapping[str, Any], request: ReadRequest) -> str:
    """The answer for the wallet alone, as the request wants it."""
    assert request.answer_key is not None
    content = json.dumps(answer, separators=(",", ":")).encode()
    return encrypt_compact(content, key=request.answer_key, alg=ALG, enc=request.answer_enc)


def _read_key(jwk: object) -> PublicKey:
    if not isinstance(jwk, Mapping) or jwk.get("alg") != ALG:
        raise refused("invalid_encryption_parameters", f"The jwk is a public key whose alg is {ALG}.")
    try:
        [key] = parse_jwk_set({"keys": [jwk]})
    except (Malformed, ValueError) as error:
        raise refused("invalid_encryption_parameters", "The jwk cannot be read.") from error
    if getattr(key.jwk, "curve_name", "") != "P-256" or key.use not in (None, "enc"):
        raise refused("invalid_encryption_parameters", "The jwk is a public key on P-256, for encryption.")
    return key


def _find_private_keys() -> list[ECKey]:
    scheduled = current_keystore().signing_keys.find_scheduled_keys(KeyUse.CREDENTIAL_REQUESTS)
    return [ECKey.import_key(one.key.to_pem(), {"kid": one.key.kid}) for one in scheduled]
