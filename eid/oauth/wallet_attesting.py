"""The demo's own wallet provider: it vouches for any wallet and any key that it is shown, so that attestations can be tried. In
production there is none (eid.oauth.wallet_providers says who is believed)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.jwt import build_jwt
from eid.errors import Malformed
from eid.keystore import KeyUse, current_keystore
from eid.oauth.attestations import CLIENT_TYP, KEY_TYP, MAX_ATTESTED

ATTESTED_FOR = timedelta(hours=1)
STORAGE = "iso_18045_basic"
"""OpenID4VCI 1.0, appendix D.2: keys in software resist nobody of more than basic potential."""


def attest_client(client_id: str, instance_key: Mapping[str, Any]) -> str:
    """A client attestation for the wallet instance that holds this key, for an hour."""
    return sign_attestation({"sub": client_id, "cnf": {"jwk": _public(instance_key)}}, CLIENT_TYP)


def attest_keys(keys: Sequence[Mapping[str, Any]], *, nonce: str) -> str:
    """A key attestation for these keys, in answer to an issuer's nonce (appendix D.1). Raises Malformed: attestation_keys."""
    if not 1 <= len(keys) <= MAX_ATTESTED:
        raise Malformed("attestation_keys", "From one to 64 keys are attested at a time.")
    resistance = {"key_storage": [STORAGE], "user_authentication": [STORAGE]}
    return sign_attestation({"attested_keys": [_public(key) for key in keys], "nonce": nonce, **resistance}, KEY_TYP)


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing but a public key on P-256 is vouched for. Raises Malformed: attestation_keys."""
    found = {name: key.get(name) for name in ("kty", "crv", "x", "y")}
    if (found["kty"], found["crv"]) != ("EC", "P-256") or not all(isinstance(one, str) for one in found.values()):
        raise Malformed("attestation_keys", "A key is a public JSON Web Key on P-256.")
    return found


def sign_attestation(claims: Mapping[str, Any], typ: str) -> str:
    now = wall_now()
    signer = current_keystore().issuing_keys.find_signer(KeyUse.WALLET_PROVIDER)
    times = {"iat": int(now.timestamp()), "exp": int((now + ATTESTED_FOR).timestamp())}
    issuer = f"{current_settings().public_url}/wallet-provider"
    return build_jwt({"iss": issuer, **times, **claims}, key=signer.key, typ=typ, x5c=signer.x5c)
