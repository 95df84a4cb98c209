"""The security events that services can be told of, and what each of them says (CAEP 1.0; RISC Profile 1.0). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
_RISC = "https://schemas.openid.net/secevent/risc/event-type/"

SESSION_REVOKED = f"{_CAEP}session-revoked"
ASSURANCE_LEVEL_CHANGE = f"{_CAEP}assurance-level-change"
CREDENTIAL_CHANGE = f"{_CAEP}credential-change"
ACCOUNT_DISABLED = f"{_RISC}account-disabled"
ACCOUNT_ENABLED = f"{_RISC}account-enabled"
ACCOUNT_PURGED = f"{_RISC}account-purged"

SUPPORTED = (
    SESSION_REVOKED,
    ASSURANCE_LEVEL_CHANGE,
    CREDENTIAL_CHANGE,
    ACCOUNT_DISABLED,
    ACCOUNT_ENABLED,
    ACCOUNT_PURGED,
)

VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"
"""Told whenever it is asked for (Shared Signals Framework 1.0, section 8.1.4)."""

LEVEL_NAMESPACE = "eid-account-level"
"""Levels of an account, 1 and 2, as Decree 69/2024 has them."""

CREDENTIAL_TYPES = {
    "password": "password",
    "passcode": "pin",
    "totp": "app",
    "device": "app",
    "passkey": "fido2-roaming",
    "phone": "phone-sms",
}
"""What changed, in the words of CAEP 1.0 (credential-change); a passkey may be carried from one device to another."""


def build_session_revoked(at: datetime) -> dict[str, Any]:
    return {"event_timestamp": int(at.timestamp())}


def build_level_change(before: str, after: str, at: datetime) -> dict[str, Any]:
    """CAEP 1.0, assurance-level-change."""
    return {
        "namespace": LEVEL_NAMESPACE,
        "current_level": after,
        "previous_level": before,
        "change_direction": "increase" if after > before else "decrease",
        "event_timestamp": int(at.timestamp()),
    }


def build_credential_change(kind: str, change: str, at: datetime) -> dict[str, Any]:
    """CAEP 1.0, credential-change; `change` is create, update, delete or revoke."""
    return {
        "credential_type": CREDENTIAL_TYPES[kind],
        "change_type": change,
        "event_timestamp": int(at.timestamp()),
    }


def select_delivered(requested: list[str]) -> list[str]:
    """Of what a service asked for, what we tell."""
    return [event for event in SUPPORTED if event in requested]
