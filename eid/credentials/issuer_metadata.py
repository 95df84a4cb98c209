"""What this issuer says of itself (OpenID4VCI 1.0, section 12.2), plain and signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.configurations import CONFIGURATIONS, Configuration, CredentialFormat
from eid.credentials.encryption import ALG, find_request_keys
from eid.credentials.mobile_documents import list_elements
from eid.credentials.wallet_credentials import type_of
from eid.credentials.wallet_requests import MAX_PROOFS
from eid.crypto.jwe import CONTENT_ENCRYPTION
from eid.crypto.jwt import build_jwt
from eid.keystore import KeyUse, current_keystore

METADATA_TYP = "openidvci-issuer-metadata+jwt"
SIGNED_FOR = timedelta(days=1)
LOCALES = ("vi", "en")

Translate = Callable[[str, str], str]
"""From a message and a locale to its words."""

COSE_ES256 = -7
_PROOF = {"proof_signing_alg_values_supported": ["ES256"]}


def build_issuer_metadata(translate: Translate) -> dict[str, Any]:
    """Section 12.2.4: endpoints, what can be had, and how it is called."""
    issuer = current_settings().public_url
    return {
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/oauth/credentials",
        "nonce_endpoint": f"{issuer}/oauth/nonce",
        "deferred_credential_endpoint": f"{issuer}/oauth/deferred-credentials",
        "notification_endpoint": f"{issuer}/oauth/notifications",
        "credential_request_encryption": {
            "jwks": {"keys": find_request_keys()},
            "enc_values_supported": list(CONTENT_ENCRYPTION),
            "encryption_required": False,
        },
        "credential_response_encryption": {
            "alg_values_supported": [ALG],
            "enc_values_supported": list(CONTENT_ENCRYPTION),
            "encryption_required": False,
        },
        "batch_credential_issuance": {"batch_size": MAX_PROOFS},
        "display": _display("eid – synthetic identification", translate),
        "credential_configurations_supported": {one.id: _describe(one, translate) for one in CONFIGURATIONS.values()},
    }


def sign_issuer_metadata(metadata: Mapping[str, Any]) -> str:
    """Section 12.2.3: the same as a JWT, by who signs credentials, with the certificate."""
    signer, now = current_keystore().issuing_keys.find_signer(KeyUse.PAPERS), wall_now()
    issuer = current_settings().public_url
    times = {"iat": int(now.timestamp()), "exp": int((now + SIGNED_FOR).timestamp())}
    claims = {"iss": issuer, "sub": issuer, **times, **metadata}
    return build_jwt(claims, key=signer.key, typ=METADATA_TYP, x5c=signer.x5c)


def _describe(configuration: Configuration, translate: Translate) -> dict[str, Any]:
    is_vc = configuration.format is CredentialFormat.SD_JWT
    kind = {"vct": type_of(configuration.paper)} if is_vc else {"doctype": configuration.doc_type}
    return {
        "format": str(configuration.format),
        "scope": configuration.scope,
        **kind,
        "cryptographic_binding_methods_supported": ["jwk" if is_vc else "cose_key"],
        "credential_signing_alg_values_supported": ["ES256" if is_vc else COSE_ES256],
        "proof_types_supported": {"jwt": _PROOF, "attestation": {**_PROOF, "key_attestations_required": {}}},
        "credential_metadata": {
            "display": _display(configuration.paper.title, translate),
            "claims": _list_claims(configuration, translate),
        },
    }


def _list_claims(configuration: Configuration, translate: Translate) -> list[dict[str, Any]]:
    if configuration.format is CredentialFormat.MDOC:
        space = configuration.name_space
        return [
            {"path": [space, name], **({"display": _display(label, translate)} if label else {})}
            for name, label in list_elements(configuration)
        ]
    return [
        {"path": [attribute.name], "display": _display(attribute.label, translate)}
        for attribute in configuration.paper.attributes
        if not attribute.is_only_by_name
    ]


def _display(message: str, translate: Translate) -> list[dict[str, str]]:
    return [{"name": translate(message, locale), "locale": locale} for locale in LOCALES]
