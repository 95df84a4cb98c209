"""Making a credential offer, and showing it to the wallet that follows its address (OpenID4VCI 1.0, section 4.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import delete, select

from eid.accounts.service import find_account
from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.config import current_settings
from eid.db import db
from eid.errors import NotFound
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.grant_types import CODE, PRE_AUTHORIZED
from eid.oauth.offers.models import CredentialOffer
from eid.oauth.offers.secrets import TX_CODE_DIGITS, derive_code, derive_state, digest_tx_code, draw_tx_code
from eid.oauth.opaque import digest_of
from eid.outbox import MessageKind, post_message
from eid.randomness import random_token, system_rng

OFFER_LIFE = timedelta(minutes=5)
KEPT = timedelta(days=1)
SCHEME = "openid-credential-offer://"
"""Section 12.1.1: what opens a wallet of which nothing else is known."""


@frozen
class MadeOffer:
    """What the page shows. The code that is texted is not among it."""

    uri: str = field(repr=False)
    """What a QR code says, and a link leads to: the offer by reference (section 4.1.3), short enough for any camera."""
    uri_by_value: str = field(repr=False)
    """The same with the offer in it (section 4.1.2), for a wallet that fetches nothing."""
    phone: str
    """Where the code was texted to."""
    expires_at: datetime


def make_offer(session: Session, configurations: Sequence[str]) -> MadeOffer:
    """Afterwards a wallet that is shown the offer, and told the code that was texted, may have these credentials; committed.

    Offers that the same person made before and nobody took are over.
    """
    now, token, secret = wall_now(), random_token(), current_keystore().find_secret(SecretUse.LOOKUPS)
    account, tx_code = find_account(session.person_id), draw_tx_code(system_rng())
    _end_earlier(session.person_id, now)
    offer = CredentialOffer(
        uri_digest=digest_of(token),
        code_digest=digest_of(derive_code(token, secret=secret)),
        state_digest=digest_of(derive_state(token, secret=secret)),
        tx_code_digest=digest_tx_code(tx_code, uri_digest=digest_of(token), secret=secret),
        tries=0,
        person_id=session.person_id,
        account_id=session.account_id,
        session_id=session.id,
        acr=session.level,
        amr=list(session.amr),
        authenticated_at=session.authenticated_at,
        configurations=list(configurations),
        made_at=now,
        expires_at=now + OFFER_LIFE,
    )
    db.session.add(offer)
    post_message(MessageKind.TEXT, recipient=account.phone, body=_write_text(tx_code))
    record_act(
        "make_offer",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        configurations=list(configurations),
    )
    phone = account.phone
    db.session.commit()
    by_value = json.dumps(_describe(token, configurations), separators=(",", ":"))
    return MadeOffer(
        uri=_write_uri(credential_offer_uri=f"{current_settings().public_url}/oauth/credential-offers/{token}"),
        uri_by_value=_write_uri(credential_offer=by_value),
        phone=phone,
        expires_at=now + OFFER_LIFE,
    )


def find_offer(token: str) -> dict[str, Any]:
    """The offer object (section 4.1.1). Raises NotFound (offer_over) where it is unknown, taken or too old."""
    offer = db.session.scalar(select(CredentialOffer).where(CredentialOffer.uri_digest == digest_of(token)))
    if offer is None or offer.redeemed_at is not None or offer.expires_at <= wall_now():
        raise NotFound("offer_over", "This offer is over. Make a new one on the page of the paper.")
    return _describe(token, offer.configurations)


def _write_uri(**parameter: str) -> str:
    return f"{SCHEME}?{urlencode(parameter)}"


def _describe(token: str, configurations: Sequence[str]) -> dict[str, Any]:
    secret = current_keystore().find_secret(SecretUse.LOOKUPS)
    return {
        "credential_issuer": current_settings().public_url,
        "credential_configuration_ids": list(configurations),
        "grants": {
            PRE_AUTHORIZED: {
                "pre-authorized_code": derive_code(token, secret=secret),
                "tx_code": {
                    "input_mode": "numeric",
                    "length": TX_CODE_DIGITS,
                    "description": "The six digits that were texted to your phone",
                },
            },
            CODE: {"issuer_state": derive_state(token, secret=secret)},
        },
    }


def _end_earlier(person_id: int, now: datetime) -> None:
    db.session.execute(
        delete(CredentialOffer).where(CredentialOffer.person_id == person_id, CredentialOffer.redeemed_at.is_(None))
    )
    db.session.execute(delete(CredentialOffer).where(CredentialOffer.expires_at < now - KEPT))


def _write_text(tx_code: str) -> str:
    """Texts are Vietnamese, whatever the pages are in."""
    return f"eid: {tx_code} là mã để đưa giấy tờ vào ví của bạn, dùng trong 5 phút. Không đưa mã này cho ai."
