"""Verifier packs: all that one audience needs to verify credentials without a network, made when it is fetched."""

from __future__ import annotations

from datetime import timedelta

from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.configurations import KEPT
from eid.credentials.status_lists import find_status_list_token, list_live_lists
from eid.credentials.statuses import list_uri
from eid.credentials.trust import find_trust_list
from eid.credentials.type_metadata import find_type_metadata
from eid.crypto.verifier_pack import VerifierPack, build_verifier_pack
from eid.keystore import KeyUse, current_keystore
from eid.oauth.clients import find_client

LIFETIME = timedelta(days=1)
"""So old a status may be at a counter that has no network."""


def find_verifier_pack(audience: str) -> str:
    """The pack of this client as of now, signed by the key of the trust list. Raises NotFound: client_unknown."""
    client = find_client(audience)
    now = wall_now().replace(microsecond=0)
    pack = VerifierPack(
        issuer=current_settings().public_url,
        audience=client.client_id,
        issued_at=now,
        expires_at=now + LIFETIME,
        trust_list=find_trust_list(),
        status_lists={
            list_uri(number): find_status_list_token(number, lifetime=LIFETIME) for number in list_live_lists()
        },
        types={metadata["vct"]: metadata for metadata in map(find_type_metadata, KEPT)},
    )
    return build_verifier_pack(pack, key=current_keystore().find_signing_key(KeyUse.TRUST_LIST))
