"""Papers as SD-JWT VCs that a wallet holds, by OpenID4VCI 1.0: what the issuer offers, nonces, and credentials for proven keys.

Every attribute can be withheld; what judges the credential cannot (SD-JWT VC, section 3.2.2.2). Times are whole hours, and each
credential has salts and a status place of its own, so that two of one batch share nothing but the issuer's part. Offers,
deferred issuance, encrypted responses and mdocs are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eid.audit import ActorKind, record_disclosure
from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.catalogue import CATALOGUE, Paper
from eid.credentials.proofs import NONCE_LABEL, CredentialRequest, refused, verify_proof
from eid.credentials.service import FoundPaper, check_paper_issuable, status_at_issue
from eid.credentials.statuses import record_place
from eid.crypto.sd_jwt import build_sd_jwt
from eid.crypto.status_list import build_status
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.nonces import build_nonce
from eid.oauth.tokens import AccessGrant
from eid.randomness import random_bytes, random_token, system_rng

TYP = "dc+sd-jwt"
LIFETIME = timedelta(days=14)
DECOYS = 4

_CONFIGURATION_SUFFIX = "_sd_jwt"


@dataclass(frozen=True)
class IssuedCredential:
    credential: str
    expires_at: datetime


def type_of(paper: Paper) -> str:
    """The `vct` of a paper: where its description is."""
    return f"{current_settings().public_url}/api/v1/credential-types/{paper.name}"


def find_offered(configuration: str) -> Paper:
    """The paper of a configuration. Raises OAuthError: unknown_credential_configuration."""
    paper = CATALOGUE.get(configuration.removesuffix(_CONFIGURATION_SUFFIX))
    if paper is None or configuration != paper.name + _CONFIGURATION_SUFFIX:
        raise refused("unknown_credential_configuration", "There is no credential of this configuration.")
    return paper


def find_offered_configurations() -> dict[str, dict[str, Any]]:
    """credential_configurations_supported (section 12.2.4), one a paper."""
    return {
        paper.name + _CONFIGURATION_SUFFIX: {
            "format": TYP,
            "scope": paper.name,
            "vct": type_of(paper),
            "cryptographic_binding_methods_supported": ["jwk"],
            "credential_signing_alg_values_supported": ["ES256"],
            "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
            "credential_metadata": {
                "display": [{"name": paper.title, "locale": "en"}],
                "claims": [
                    {"path": [attribute.name], "display": [{"name": attribute.label, "locale": "en"}]}
                    for attribute in paper.attributes
                ],
            },
        }
        for paper in CATALOGUE.values()
    }


def make_nonce() -> str:
    """A c_nonce (section 7), good for five minutes."""
    return build_nonce(NONCE_LABEL, secret=_nonce_secret(), randomness=random_bytes(16), now=wall_now())


def issue_credentials(grant: AccessGrant, paper: Paper, request: CredentialRequest) -> list[IssuedCredential]:
    """Afterwards the wallet has one credential for each key that it proved; recorded and committed.

    Raises OAuthError: invalid_proof, invalid_nonce, credential_request_denied.
    """
    now, issuer = wall_now(), current_settings().public_url
    keys = [
        verify_proof(proof, secret=_nonce_secret(), expected_issuer=issuer, expected_client=grant.client_id, now=now)
        for proof in request.proofs
    ]
    if len({(key["x"], key["y"]) for key in keys}) != len(keys):
        raise refused("invalid_proof", "Each proof must prove another key.")
    found = _check_issuable(grant.person_id, paper)
    issued = [_issue_one(grant, found, key, now) for key in keys]
    record_disclosure(
        "issue_credentials",
        actor_kind=ActorKind.CLIENT,
        actor=grant.client_id,
        person_id=grant.person_id,
        paper=paper.name,
        count=len(issued),
        attributes=paper.whole,
        purpose=grant.purpose,
    )
    db.session.commit()
    return issued


def _check_issuable(person_id: int, paper: Paper) -> FoundPaper:
    try:
        return check_paper_issuable(person_id, paper)
    except (NotFound, Conflict) as refusal:
        raise refused("credential_request_denied", refusal.detail, refusal.code) from refusal


def _issue_one(grant: AccessGrant, found: FoundPaper, key: Mapping[str, Any], now: datetime) -> IssuedCredential:
    issued_at = now.replace(minute=0, second=0, microsecond=0)
    expires_at = issued_at + LIFETIME
    status = record_place(
        token_id=random_token(),
        person_id=grant.person_id,
        paper=found.paper.name,
        audience=grant.client_id,
        status=status_at_issue(found),
        issued_at=now,
        expires_at=expires_at,
    )
    claims = {
        "iss": current_settings().public_url,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "vct": type_of(found.paper),
        "status": build_status(status),
    }
    credential = build_sd_jwt(
        claims,
        disclosable=found.content,
        key=current_keystore().find_signing_key(KeyUse.PAPERS),
        typ=TYP,
        rng=system_rng(),
        holder_key=key,
        decoys=DECOYS,
    )
    return IssuedCredential(str(credential), expires_at)


def _nonce_secret() -> bytes:
    return current_keystore().find_secret(SecretUse.LOOKUPS)
