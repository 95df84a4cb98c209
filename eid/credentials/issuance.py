"""Papers as credentials that a wallet holds, by OpenID4VCI 1.0: for the keys that it proves, at once or, where the agency has yet
to answer, later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from eid.audit import ActorKind, record_act, record_disclosure
from eid.clock import wall_now, world_now
from eid.config import current_settings
from eid.credentials.additions import AdditionState, find_addition
from eid.credentials.building import Times
from eid.credentials.catalogue import Paper
from eid.credentials.configurations import CONFIGURATIONS, Configuration
from eid.credentials.models import CredentialIssuance
from eid.credentials.proofs import NONCE_LABEL, Judge, verify_proofs
from eid.credentials.service import FoundPaper, check_paper_issuable, status_at_issue
from eid.credentials.statuses import record_places
from eid.credentials.wallet_credentials import build_credentials
from eid.credentials.wallet_grants import check_still_granted
from eid.credentials.wallet_requests import CredentialRequest, refused
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.nonces import build_nonce
from eid.oauth.opaque import digest_of
from eid.oauth.tokens import AccessGrant
from eid.oauth.wallet_providers import find_wallet_anchors
from eid.randomness import random_bytes, random_token

LIFETIME = timedelta(days=14)
DEFERRED_LIFE = timedelta(days=1)
"""For how long a wallet may come back for what takes time."""
MIN_INTERVAL, MAX_INTERVAL = 5, 300
"""Seconds that a wallet is asked to wait."""


@frozen
class WalletAnswer:
    """Credentials and how to tell of them, or when to come back for them."""

    credentials: tuple[str, ...] = ()
    notification_id: str | None = None
    transaction_id: str | None = None
    interval: int | None = None

    def to_json(self) -> dict[str, Any]:
        if self.transaction_id is not None:
            return {"transaction_id": self.transaction_id, "interval": self.interval}
        return {
            "credentials": [{"credential": one} for one in self.credentials],
            "notification_id": self.notification_id,
        }


def make_nonce() -> str:
    """A c_nonce (section 7), good for five minutes."""
    return build_nonce(NONCE_LABEL, secret=_nonce_secret(), randomness=random_bytes(16), now=wall_now())


def issue_credentials(grant: AccessGrant, configuration: Configuration, request: CredentialRequest) -> WalletAnswer:
    """Afterwards the wallet has one credential for each key that it proved, or is told when to come back; recorded and committed.

    Raises OAuthError: invalid_proof, invalid_nonce, credential_request_denied.
    """
    judge = Judge(_nonce_secret(), current_settings().public_url, grant.client_id, find_wallet_anchors(), wall_now())
    keys = verify_proofs(request, judge)
    issuance = CredentialIssuance(
        person_id=grant.person_id,
        client_id=grant.client_id,
        configuration=configuration.id,
        count=len(keys),
        keys=keys,
        requested_at=judge.now,
    )
    return _answer(grant, configuration, issuance)


def issue_deferred_credentials(grant: AccessGrant, transaction_id: str) -> WalletAnswer:
    """As issue_credentials, for what was asked for before (section 9); once it was delivered there is no such transaction.

    Raises OAuthError: invalid_transaction_id, credential_request_denied, insufficient_scope.
    """
    query = select(CredentialIssuance).where(
        CredentialIssuance.transaction_digest == digest_of(transaction_id),
        CredentialIssuance.client_id == grant.client_id,
        CredentialIssuance.person_id == grant.person_id,
        CredentialIssuance.requested_at > wall_now() - DEFERRED_LIFE,
    )
    issuance = db.session.scalar(query.with_for_update())
    if issuance is None:
        raise refused("invalid_transaction_id", "There is nothing to be fetched under this transaction_id.")
    configuration = CONFIGURATIONS[issuance.configuration]
    check_still_granted(grant, configuration)
    return _answer(grant, configuration, issuance, transaction_id)


def _answer(
    grant: AccessGrant, configuration: Configuration, issuance: CredentialIssuance, transaction_id: str = ""
) -> WalletAnswer:
    try:
        found = check_paper_issuable(grant.person_id, configuration.paper)
    except (NotFound, Conflict) as refusal:
        seconds = _seconds_to_wait(grant.person_id, configuration.paper) if refusal.code == "paper_not_added" else None
        if seconds is None:
            raise refused("credential_request_denied", refusal.detail, refusal.code) from refusal
        return _defer(grant, issuance, transaction_id, seconds)
    return _issue(grant, configuration, found, issuance)


def _seconds_to_wait(person_id: int, paper: Paper) -> int | None:
    """Until the agency has answered; None where nobody waits for it."""
    addition = find_addition(person_id, paper.name)
    if addition.state is not AdditionState.IN_PROGRESS or addition.answered_at is None:
        return None
    left = int((addition.answered_at - world_now()).total_seconds()) + 1
    return min(max(left, MIN_INTERVAL), MAX_INTERVAL)


def _defer(grant: AccessGrant, issuance: CredentialIssuance, transaction_id: str, seconds: int) -> WalletAnswer:
    if not transaction_id:
        transaction_id = random_token()
        issuance.transaction_digest = digest_of(transaction_id)
        db.session.add(issuance)
        record_act(
            "defer_credentials",
            actor_kind=ActorKind.CLIENT,
            actor=grant.client_id,
            person_id=grant.person_id,
            configuration=issuance.configuration,
        )
    db.session.commit()
    return WalletAnswer(transaction_id=transaction_id, interval=seconds)


def _issue(
    grant: AccessGrant, configuration: Configuration, found: FoundPaper, issuance: CredentialIssuance
) -> WalletAnswer:
    now, notification_id = wall_now(), random_token()
    keys, issuance.keys = issuance.keys or [], None
    issuance.transaction_digest, issuance.issued_at = None, now
    issuance.notification_digest = digest_of(notification_id)
    db.session.add(issuance)
    db.session.flush()
    hour = now.replace(minute=0, second=0, microsecond=0)
    times = Times(hour, hour + LIFETIME)
    statuses = record_places(
        [random_token() for _ in keys],
        person_id=grant.person_id,
        paper=found.paper.name,
        audience=grant.client_id,
        status=status_at_issue(found),
        issued_at=now,
        expires_at=times.expires_at,
        issuance_id=issuance.id,
        **found.answer_columns(),
    )
    credentials = build_credentials(configuration, found, keys, statuses, times, person_id=grant.person_id)
    record_disclosure(
        "issue_credentials",
        actor_kind=ActorKind.CLIENT,
        actor=grant.client_id,
        person_id=grant.person_id,
        paper=found.paper.name,
        count=len(credentials),
        attributes=found.paper.whole,
        purpose=grant.purpose,
    )
    db.session.commit()
    return WalletAnswer(tuple(credentials), notification_id)


def _nonce_secret() -> bytes:
    return current_keystore().find_secret(SecretUse.LOOKUPS)
