"""Receipts for consents: what was agreed to, for whom, what for and until when, signed, for the citizen and the service to keep.

A compact JWS of type `eid-consent-receipt+jwt`, in the spirit of ISO/IEC TS 27560: docs/sign-in.md has its fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.jwt import build_jwt
from eid.db import db
from eid.errors import NotFound
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.asking import build_groups
from eid.oauth.consents import asked_items, ends_at, granted_items
from eid.oauth.models import Client, Consent
from eid.oauth.subjects import build_subject

RECEIPT_TYPE = "eid-consent-receipt+jwt"
RECEIPT_MEDIA_TYPE = f"application/{RECEIPT_TYPE}"
SCHEMA_VERSION = "eid-consent-receipt-1"


@frozen
class ConsentReceipt:
    token: str
    claims: Mapping[str, Any]


def issue_consent_receipt(person_id: int, consent_id: int) -> ConsentReceipt:
    """The service's signed word for a consent of this person, as it stands today or stood until it was withdrawn; committed.

    Raises NotFound: consent_unknown.
    """
    consent = db.session.get(Consent, (consent_id, person_id))
    if consent is None:
        raise NotFound("consent_unknown", "There is no such consent.")
    receipt = _sign_receipt(consent)
    record_act(
        "issue_consent_receipt",
        actor_kind=ActorKind.PERSON,
        actor=person_id,
        person_id=person_id,
        client=consent.client.client_id,
    )
    db.session.commit()
    return receipt


def issue_receipt_to_client(person_id: int, client_id: str) -> ConsentReceipt:
    """The same receipt for the service that the consent was given to, which must be able to show what it works under; committed.

    Raises NotFound: consent_unknown.
    """
    query = (
        select(Consent)
        .join(Consent.client)
        .where(Consent.person_id == person_id, Client.client_id == client_id, Consent.withdrawn_at.is_(None))
    )
    consent = db.session.scalar(query)
    if consent is None:
        raise NotFound("consent_unknown", "There is no such consent.")
    receipt = _sign_receipt(consent)
    record_act(
        "issue_consent_receipt",
        actor_kind=ActorKind.CLIENT,
        actor=client_id,
        person_id=person_id,
        client=client_id,
    )
    db.session.commit()
    return receipt


def _sign_receipt(consent: Consent) -> ConsentReceipt:
    keystore, now = current_keystore(), wall_now()
    secret = keystore.find_secret(SecretUse.SUBJECTS)
    subject = build_subject(secret, sector=consent.client.sector, person_id=consent.person_id)
    claims = build_receipt(consent, issuer=current_settings().public_url, subject=subject, now=now)
    return ConsentReceipt(build_jwt(claims, key=keystore.find_signing_key(KeyUse.RECEIPTS), typ=RECEIPT_TYPE), claims)


def build_receipt(consent: Consent, *, issuer: str, subject: str, now: datetime) -> dict[str, Any]:
    """The claims of a receipt; times are RFC 3339 in UTC."""
    client = consent.client
    return {
        "iss": issuer,
        "sub": subject,
        "iat": int(now.timestamp()),
        "jti": f"consent-{consent.id}",
        "schema_version": SCHEMA_VERSION,
        "record_id": f"consent-{consent.id}",
        "pii_principal_id": subject,
        "pii_controllers": [
            {"name": client.name, "identifier": client.client_id, "role": "recipient"},
            {"name": "eid", "identifier": issuer, "role": "provider"},
        ],
        "purposes": [
            {
                "purpose": consent.purpose,
                "lawful_basis": "consent",
                "jurisdiction": "VN",
                "scopes": list(consent.granted_scopes),
                "pii": _describe(granted_items(consent), consent),
                "withheld": _describe([i for i in asked_items(consent) if i not in granted_items(consent)], consent),
            }
        ],
        "event": {
            "state": "withdrawn" if consent.withdrawn_at else "given",
            "given_at": _moment(consent.given_at),
            "valid_until": _moment(ends_at(consent)),
            "given_by": "guardian" if consent.given_by else "principal",
            "method": "passcode",
            **({"withdrawn_at": _moment(consent.withdrawn_at)} if consent.withdrawn_at else {}),
        },
        "withdrawal": f"{issuer}/citizen/services",
        "keys": f"{issuer}/api/v1/keys",
    }


def _describe(items: Any, consent: Consent) -> list[dict[str, Any]]:
    """Each attribute in words, with the names under which it is told."""
    groups = build_groups(items, scopes=consent.asked_scopes)
    return [
        {"attribute": title, "names": list(one.items)}
        for group in groups
        for one in group.attributes
        for title in ([one.titles[0]] if one.field == "claim" else [group.title])
    ]


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
