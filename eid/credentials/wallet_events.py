"""What wallets say became of what they were given (OpenID4VCI 1.0, section 11), and how their holders see it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.credentials.catalogue import Paper
from eid.credentials.configurations import CONFIGURATIONS, CredentialFormat, list_configurations_of
from eid.credentials.models import CredentialIssuance, WalletEvent
from eid.credentials.statuses import record_issuance_ended
from eid.credentials.wallet_requests import Notification, refused
from eid.db import db
from eid.late_dataclasses import frozen
from eid.oauth.models import Client
from eid.oauth.opaque import digest_of
from eid.oauth.tokens import AccessGrant

SHOWN = 10


@frozen
class KeptPaper:
    """What one wallet was given of a paper at one time."""

    wallet: str
    """Its name, as it was registered."""
    format: CredentialFormat
    count: int
    requested_at: datetime
    issued_at: datetime | None
    """None where the agency has yet to answer."""
    event: WalletEvent | None
    """None where the wallet has said nothing of it."""


def record_wallet_event(grant: AccessGrant, notification: Notification) -> None:
    """Afterwards it is known what became of credentials in a wallet; what it has not kept is invalid; committed.

    To say the same again changes nothing. Raises OAuthError: invalid_notification_id; invalid_notification_request where the
    wallet said before that it has them no longer.
    """
    query = select(CredentialIssuance).where(
        CredentialIssuance.notification_digest == digest_of(notification.notification_id),
        CredentialIssuance.client_id == grant.client_id,
        CredentialIssuance.person_id == grant.person_id,
    )
    issuance = db.session.scalar(query.with_for_update())
    if issuance is None:
        raise refused("invalid_notification_id", "Nothing was issued under this notification_id.")
    if issuance.event == notification.event:
        return
    if issuance.event in (WalletEvent.FAILURE, WalletEvent.DELETED):
        raise refused("invalid_notification_request", "The wallet said before that it does not have these credentials.")
    issuance.event, issuance.event_at = notification.event, wall_now()
    if notification.event is not WalletEvent.ACCEPTED:
        record_issuance_ended(issuance.id)
    record_act(
        "record_wallet_event",
        actor_kind=ActorKind.CLIENT,
        actor=grant.client_id,
        person_id=grant.person_id,
        configuration=issuance.configuration,
        event=notification.event,
    )
    db.session.commit()


def list_kept(person_id: int, paper: Paper) -> list[KeptPaper]:
    """What wallets were given of this paper, newest first."""
    query = (
        select(CredentialIssuance, Client.name)
        .join(Client, Client.client_id == CredentialIssuance.client_id)
        .where(
            CredentialIssuance.person_id == person_id,
            CredentialIssuance.configuration.in_(list_configurations_of(paper)),
        )
        .order_by(CredentialIssuance.id.desc())
        .limit(SHOWN)
    )
    return [_describe(issuance, name) for issuance, name in db.session.execute(query)]


def _describe(issuance: CredentialIssuance, wallet: str) -> KeptPaper:
    return KeptPaper(
        wallet=wallet,
        format=CONFIGURATIONS[issuance.configuration].format,
        count=issuance.count,
        requested_at=issuance.requested_at,
        issued_at=issuance.issued_at,
        event=None if issuance.event is None else WalletEvent(issuance.event),
    )
