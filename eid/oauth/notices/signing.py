"""Signing what a client is sent as its ID tokens are signed, and knowing our own ID tokens again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eid.crypto.jwt import build_jwt, verify_signature
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.keystore import KeyUse, current_keystore
from eid.oauth.models import Client


def sign_for_client(client: Client, claims: Mapping[str, Any], *, typ: str) -> str:
    """These claims as a token that is signed as this client's ID tokens are."""
    key = current_keystore().find_signing_key(KeyUse.ID_TOKEN, client.id_token_signed_response_alg)
    return build_jwt(claims, key=key, typ=typ)


def read_own_id_token(token: str) -> Mapping[str, Any]:
    """What an ID token of ours says, signed by any key that we ever had, however long ago. Raises VerificationFailed."""
    keys = current_keystore().find_known_jwks(KeyUse.ID_TOKEN)
    return verify_signature(token, keys=keys, expected_typ="JWT", algorithms=SIGNING_ALGORITHMS).claims
