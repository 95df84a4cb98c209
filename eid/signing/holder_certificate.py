"""A person's signing certificate, as its holder and services see it. Pure."""

from __future__ import annotations

from datetime import datetime

from eid.late_dataclasses import frozen


@frozen
class HolderCertificate:
    id: int
    credential_id: str
    """By which services name it; it stands in the certificate too."""
    account_id: int
    person_id: int
    serial: str
    """In hexadecimal."""
    certificate: bytes
    """DER."""
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
