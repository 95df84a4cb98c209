"""What the transmitter says of itself (Shared Signals Framework 1.0, section 7.1). Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from eid.oauth.signals.models import DeliveryMethod

SHORTEST_VERIFICATION_INTERVAL = timedelta(seconds=2)


def build_signals_metadata(issuer: str) -> dict[str, Any]:
    """The document of /.well-known/ssf-configuration."""
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": f"{issuer}/oauth/jwks.json",
        "delivery_methods_supported": list(DeliveryMethod),
        "configuration_endpoint": f"{issuer}/ssf/streams",
        "status_endpoint": f"{issuer}/ssf/status",
        "add_subject_endpoint": f"{issuer}/ssf/subjects/add",
        "remove_subject_endpoint": f"{issuer}/ssf/subjects/remove",
        "verification_endpoint": f"{issuer}/ssf/verify",
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
        "default_subjects": "ALL",
    }


def build_poll_address(issuer: str, stream_id: str) -> str:
    """Where a stream's events are fetched (RFC 8936); another for each stream."""
    return f"{issuer}/ssf/streams/{stream_id}/events"
