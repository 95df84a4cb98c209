"""The trial's own addresses: description and keys for one client alone, and the status list of one spoilt paper.

Description and keys are asked for by nobody in particular, so their faults are met only where the trial's reference is named.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eid.clock import wall_now
from eid.db import db
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.faults.models import PlannedFault, Trial
from eid.oauth.faults.wire import derive_key, mark_invalid, read_token, sign

PARAMETER = "trial"
FAULT_PARAMETER = "fault"


def discovery_address(issuer: str, trial: Trial) -> str:
    """Where the service of this trial reads the provider's description, to meet the faults of description and keys."""
    return f"{issuer}/.well-known/openid-configuration?{PARAMETER}={trial.reference}"


def lead_to_trial(document: dict[str, Any], reference: str) -> dict[str, Any]:
    """The description with the trial's own address of keys."""
    return {**document, "jwks_uri": f"{document['jwks_uri']}?{PARAMETER}={reference}"}


def add_next_keys(document: dict[str, Any], reference: str) -> dict[str, Any]:
    """The key set with the keys that faults of this trial have signed with."""
    query = (
        select(PlannedFault.reference)
        .join(Trial, Trial.client_id == PlannedFault.client_id)
        .where(
            Trial.reference == reference,
            Trial.ends_at > wall_now(),
            PlannedFault.fault == "key_rotated",
            PlannedFault.met_at.is_not(None),
        )
    )
    secret = current_keystore().find_secret(SecretUse.LOOKUPS)
    following = [derive_key(secret, found).public_jwk() for found in db.session.scalars(query)]
    return {**document, "keys": [*document["keys"], *following]}


def revoke_in_list(token: str, reference: str) -> str | None:
    """The status list as the fault of this reference has it; None where there is no such fault."""
    query = select(PlannedFault.kept).where(PlannedFault.reference == reference, PlannedFault.fault == "status_revoked")
    kept = db.session.scalar(query)
    if kept is None:
        return None
    signed = read_token(token)
    claims = mark_invalid(signed.claims, index=kept["index"], uri=kept["uri"])
    return sign(signed.header, claims, current_keystore().find_signing_key(KeyUse.PAPERS))
