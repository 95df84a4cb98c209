"""Signing at a distance, as services ask for it (Cloud Signature Consortium, CSC API 2.0, sections 11.4 to 11.10).

Refusals are those of the specification, in its words.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from eid.accounts.sessions import hash_token
from eid.audit import ActorKind, record_act, record_disclosure
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, NotFound, OAuthError, Refused
from eid.late_dataclasses import frozen
from eid.randomness import random_token
from eid.signing.authority import list_authorities
from eid.signing.certificates import (
    find_certificate,
    find_usable_certificate,
    sign_prehashed,
)
from eid.signing.csc_wire import AuthorizeInput, SignHashInput, check_same_digests, invalid
from eid.signing.holder_certificate import HolderCertificate
from eid.signing.request_states import HANDLE_LIFE, RequestState
from eid.signing.requests import (
    Asker,
    OpenedRequest,
    ToSign,
    find_by_handle,
    find_by_sad,
    record_request_used,
    record_signing_request,
    state_of,
)


@frozen
class Service:
    """A service that works with this person's certificate, by its access token."""

    client_id: str
    name: str
    purpose: str
    account_id: int
    person_id: int


@frozen
class Activation:
    """What a service signs with, once; or nothing yet, and it asks again."""

    sad: str | None = field(repr=False, default=None)
    expires_in: int = 0


def list_signing_credentials(service: Service) -> list[HolderCertificate]:
    """The person's certificate, if there is one that is not revoked; recorded as told to the service, and committed."""
    found = find_certificate(service.account_id)
    record_disclosure(
        "list_signing_certificates",
        person_id=service.person_id,
        attributes=["signing_certificate"] if found else [],
        purpose=service.purpose,
        actor_kind=ActorKind.CLIENT,
        actor=service.client_id,
    )
    db.session.commit()
    return [found] if found else []


def find_signing_credential(service: Service, credential_id: str) -> tuple[HolderCertificate, list[bytes]]:
    """The credential of this name and its issuers' certificates. Raises OAuthError for one that is not this person's."""
    found = find_certificate(service.account_id)
    if found is None or found.credential_id != credential_id:
        raise invalid("Invalid parameter credentialID")
    return found, list_authorities()[::-1]


def ask_for_signatures(service: Service, wanted: AuthorizeInput) -> OpenedRequest:
    """The person's phone is asked to have these digests signed; committed. Raises OAuthError; Refused where there is no phone;
    TooManyAttempts."""
    certificate = _find_usable(service, wanted.credential_id)
    documents = [ToSign(digest, f"{number}/{len(wanted.digests)}") for number, digest in enumerate(wanted.digests, 1)]
    asker = Asker(service.name, service.purpose, wanted.description, service.client_id)
    opened = record_signing_request(certificate, documents, asker)
    db.session.commit()
    return opened


def take_activation(service: Service, handle: str) -> Activation:
    """Activation data where the person has approved, nothing while they have not answered; committed. Who lost them asks again:
    the ones before are void.

    Raises OAuthError: invalid_request for a handle that is unknown, over or too old; access_denied where the person said no;
    invalid_authentication_data where they typed another number.
    """
    row = find_by_handle(handle, client_id=service.client_id, person_id=service.person_id)
    state = RequestState.OVER if row is None else state_of(row)
    if row is None or state in (RequestState.OVER, RequestState.SIGNED):
        raise invalid("Invalid parameter handle")
    if state is RequestState.EXPIRED:
        raise invalid("The handle has expired")
    if state is RequestState.REFUSED:
        raise OAuthError("access_denied", "The signer has refused")
    if state is RequestState.WRONG_NUMBER:
        raise OAuthError("invalid_authentication_data", "The authentication data is invalid")
    if state is RequestState.WAITING:
        return Activation()
    sad, now = random_token(), wall_now()
    assert row.decided_at is not None
    row.sad_digest, row.sad_expires_at = hash_token(sad), row.decided_at + HANDLE_LIFE
    db.session.commit()
    return Activation(sad, _seconds_until(row.sad_expires_at, now))


def sign_digests(service: Service, wanted: SignHashInput) -> list[bytes]:
    """Signatures over these digests, in their order; recorded and committed. Of many calls at once with the same activation data,
    one signs.

    1. Account and certificate are good; both rows are held, before any other, as whoever locks the account does (OAuthError).
    2. The activation data are this service's, for this person and credential, and not too old (OAuthError).
    3. The digests are those that the person approved, all of them and no others (OAuthError).
    4. This transaction is the one that uses the data up (OAuthError).
    """
    # (1)
    certificate = _find_usable(service, wanted.credential_id)
    # (2)
    row = find_by_sad(wanted.sad, client_id=service.client_id, person_id=service.person_id)
    state = RequestState.OVER if row is None else state_of(row)
    if row is None or row.certificate_id != certificate.id or state in (RequestState.OVER, RequestState.SIGNED):
        raise invalid("Invalid parameter SAD")
    if state is not RequestState.APPROVED:
        raise invalid("SAD expired")
    # (3)
    check_same_digests(wanted.digests, row.digests)
    # (4)
    try:
        record_request_used(row.id)
    except Conflict as refusal:
        raise invalid("Invalid parameter SAD", reason=refusal.code) from refusal
    signatures = [sign_prehashed(certificate, bytes.fromhex(digest)) for digest in wanted.digests]
    record_act(
        "sign_digests",
        actor_kind=ActorKind.CLIENT,
        actor=service.client_id,
        person_id=service.person_id,
        purpose=service.purpose,
        digests=list(wanted.digests),
        serial=certificate.serial,
    )
    db.session.commit()
    return signatures


def _find_usable(service: Service, credential_id: str) -> HolderCertificate:
    try:
        found = find_usable_certificate(service.account_id)
    except NotFound as refusal:
        raise invalid("Invalid parameter credentialID", reason=refusal.code) from refusal
    except (Conflict, Refused) as refusal:
        is_expired = refusal.code == "signing_certificate_expired"
        text = (
            "Signing certificate is expired" if is_expired else "The credential identified by credentialID is disabled"
        )
        raise invalid(text, reason=refusal.code) from refusal
    if found.credential_id != credential_id:
        raise invalid("Invalid parameter credentialID")
    return found


def _seconds_until(at: datetime, now: datetime) -> int:
    return max(0, int((at - now).total_seconds()))
