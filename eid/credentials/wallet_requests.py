"""What a wallet asks for at the credential, deferred and notification endpoints (OpenID4VCI 1.0, sections 8.2, 9.1 and 11.1),
read and not believed. Pure; members that are not known are ignored, as the specification wants it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from eid.credentials.models import WalletEvent
from eid.errors import OAuthError
from eid.late_dataclasses import frozen

MAX_PROOFS = 8
"""Keys that one request may bind credentials to."""


class ProofType(StrEnum):
    """Appendix F."""

    JWT = "jwt"
    ATTESTATION = "attestation"


@frozen
class CredentialRequest:
    identifier: str | None
    """A credential_identifier of the token response."""
    configuration: str | None
    """Instead, a credential_configuration_id of the issuer's metadata."""
    proof_type: ProofType
    proofs: tuple[str, ...]


@frozen
class Notification:
    notification_id: str
    event: WalletEvent


def parse_credential_request(body: object) -> CredentialRequest:
    """What is asked for (section 8.2). Raises OAuthError with the error of section 8.3.1."""
    if not isinstance(body, Mapping):
        raise refused("invalid_credential_request", "The request is no JSON object.")
    identifier, configuration = body.get("credential_identifier"), body.get("credential_configuration_id")
    if (identifier is None) == (configuration is None):
        raise refused("invalid_credential_request", "Name one credential, by its identifier or its configuration.")
    return CredentialRequest(
        None if identifier is None else str(identifier),
        None if configuration is None else str(configuration),
        *_parse_proofs(body.get("proofs")),
    )


def _parse_proofs(proofs: object) -> tuple[ProofType, tuple[str, ...]]:
    if not isinstance(proofs, Mapping) or len(proofs) != 1 or not set(proofs) <= set(ProofType):
        raise refused("invalid_proof", "Proofs of the holder's keys are needed, all of one type: jwt or attestation.")
    [(name, given)] = proofs.items()
    most = MAX_PROOFS if name == ProofType.JWT else 1
    if not isinstance(given, list) or not 1 <= len(given) <= most or not all(isinstance(one, str) for one in given):
        raise refused("invalid_proof", "Send from one to eight proofs of type jwt, or one of type attestation.")
    return ProofType(name), tuple(given)


def parse_deferred_request(body: object) -> str:
    """The transaction_id (section 9.1). Raises OAuthError."""
    found = body.get("transaction_id") if isinstance(body, Mapping) else None
    if not isinstance(found, str) or not found:
        raise refused("invalid_credential_request", "The transaction_id is missing.")
    return found


def parse_notification(body: object) -> Notification:
    """What a wallet tells (section 11.1). Raises OAuthError: invalid_notification_request, invalid_notification_id."""
    given: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    event, description = given.get("event"), given.get("event_description", "")
    if event not in set(WalletEvent) or not isinstance(given.get("notification_id"), str):
        raise refused(
            "invalid_notification_request", "A notification has a notification_id and one of the three events."
        )
    if not isinstance(description, str) or not description.isascii():
        raise refused("invalid_notification_request", "The event_description is a text of ASCII characters.")
    return Notification(given["notification_id"], WalletEvent(event))


def refused(error: str, detail: str, reason: str = "") -> OAuthError:
    """A refusal in the form of OpenID4VCI, section 8.3.1."""
    return OAuthError(error, detail, reason=reason)
