"""People's signing certificates: issued on request to the holder of an active account of level 2, and revoked.

The private key is made here, sealed under the key that seals every stored secret, and destroyed at its revocation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from cryptography.x509 import ReasonFlags
from sqlalchemy import select, update

from eid.accounts.authenticators import check_passcode
from eid.accounts.guardianships import is_ward
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.sealing_rotation import SealedColumn
from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.crypto.sealing import NONCE_BYTES, read_head, seal_secret, unseal_secret
from eid.crypto.signing_certificates import build_holder_certificate
from eid.db import db
from eid.errors import Conflict, NotFound, Refused
from eid.events import AccountClosed, AccountLevelChanged, AccountLocked, PersonDied, PinReplaced
from eid.keystore import SecretUse, current_keystore
from eid.population.service import find_person_by_id
from eid.randomness import random_bytes
from eid.signing.authority import find_authority
from eid.signing.holder_certificate import HolderCertificate
from eid.signing.models import SigningCertificate, SigningRequest
from eid.signing.request_states import Verdict


def issue_signing_certificate(session: Session, *, passcode: str) -> HolderCertificate:
    """The holder has a certificate for a year, and the service the key to it; recorded and committed.

    1. It is the holder: the passcode is right (Refused, its tries are counted).
    2. The account is active, of level 2, and used by its holder alone (Conflict: account_level; Refused: account_not_active,
       signing_ward).
    3. They have none that is good (Conflict: signing_certificate_exists); one that has ended is followed.
    """
    # (1)
    check_passcode(session.account_id, passcode)
    # (2)
    account = db.session.get_one(Account, session.account_id, with_for_update=True, populate_existing=True)
    check_may_sign(account)
    # (3)
    now, before = wall_now(), _find_row(account.id)
    if before is not None and before.expires_at > now:
        raise Conflict("signing_certificate_exists", "You have a signing certificate already.")
    if before is not None:
        _record_revoked(before, ReasonFlags.superseded, now)
        db.session.flush()
    row = _record_new(account, now)
    record_act(
        "issue_signing_certificate",
        actor_kind=ActorKind.PERSON,
        actor=account.person_id,
        person_id=account.person_id,
        serial=row.serial,
    )
    db.session.commit()
    return _describe(row)


def revoke_signing_certificate(session: Session, *, passcode: str) -> None:
    """The holder's certificate is on the revocation list, and its key is gone; recorded and committed.

    Raises Refused: passcode_wrong; NotFound: signing_certificate_none.
    """
    check_passcode(session.account_id, passcode)
    row = _find_row(session.account_id, hold=True)
    if row is None:
        raise _none()
    _record_revoked(row, ReasonFlags.cessation_of_operation, wall_now())
    db.session.commit()


def find_certificate(account_id: int) -> HolderCertificate | None:
    """The account's certificate that is not revoked, ended or not; None where there is none."""
    row = _find_row(account_id)
    return None if row is None else _describe(row)


def list_certificates(person_id: int) -> Sequence[HolderCertificate]:
    """All that this person ever had, the newest first."""
    query = select(SigningCertificate).where(SigningCertificate.person_id == person_id)
    return [_describe(row) for row in db.session.scalars(query.order_by(SigningCertificate.id.desc()))]


def find_usable_certificate(account_id: int) -> HolderCertificate:
    """The certificate with which this account's holder may sign now; its row and the account's stay as they are until this
    transaction ends. Raises NotFound: signing_certificate_none; Conflict: signing_certificate_expired, and as check_may_sign."""
    account = db.session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    check_may_sign(account)
    row = _find_row(account_id, hold=True)
    if row is None:
        raise _none()
    if row.expires_at <= wall_now():
        raise Conflict("signing_certificate_expired", "Your signing certificate has ended; get a new one.")
    return _describe(row)


def check_may_sign(account: Account) -> None:
    """Raise Refused: account_not_active, signing_ward; Conflict: account_level."""
    if account.state != AccountState.ACTIVE:
        raise Refused("account_not_active", "The account is not active.")
    if account.level != AccountLevel.TWO:
        raise Conflict(
            "account_level", "Documents are signed with an account of level 2: any desk raises yours, card in hand."
        )
    if is_ward(account.person_id):
        raise Refused("signing_ward", "An account that is used with a guardian's word signs no documents.")


def sign_prehashed(certificate: HolderCertificate, digest: bytes) -> bytes:
    """An ECDSA signature, DER, over a SHA-256 digest with the certificate's key. Raises Conflict where the key is gone."""
    sealed = db.session.scalar(
        select(SigningCertificate.sealed_key).where(
            SigningCertificate.id == certificate.id, SigningCertificate.revoked_at.is_(None)
        )
    )
    if sealed is None:
        raise Conflict("signing_certificate_revoked", "This signing certificate was revoked.")
    private_key = load_der_private_key(_unseal(sealed, certificate.credential_id), password=None)
    assert isinstance(private_key, ec.EllipticCurvePrivateKey)
    return private_key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))


def revoke_for_lock(locked: AccountLocked) -> None:
    """Handles AccountLocked: a locked account signs nothing, and what it would sign later needs a new certificate."""
    _revoke_of_account(locked.account_id, ReasonFlags.privilege_withdrawn)


def revoke_for_closing(closed: AccountClosed) -> None:
    """Handles AccountClosed."""
    _revoke_of_account(closed.account_id, ReasonFlags.cessation_of_operation)


def revoke_for_level(changed: AccountLevelChanged) -> None:
    """Handles AccountLevelChanged: an account of level 1 signs nothing."""
    if changed.after != AccountLevel.TWO:
        _revoke_of_account(changed.account_id, ReasonFlags.privilege_withdrawn)


def revoke_for_death(died: PersonDied) -> None:
    """Handles PersonDied."""
    _revoke_of_person(died.person_id, ReasonFlags.cessation_of_operation)


def revoke_for_new_pin(replaced: PinReplaced) -> None:
    """Handles PinReplaced: the name on the certificate may be one that was corrected."""
    _revoke_of_person(replaced.person_id, ReasonFlags.affiliation_changed)


def reseal_signing_key(sealed: bytes, credential_id: str) -> bytes:
    """The same key under the newest sealing key. Raises VerificationFailed (step `seal`)."""
    return _seal(_unseal(sealed, credential_id), credential_id)


SEALED_COLUMNS = (
    SealedColumn(
        SigningCertificate,
        SigningCertificate.sealed_key,
        select(SigningCertificate.id, SigningCertificate.sealed_key, SigningCertificate.credential_id),
        reseal_signing_key,
    ),
)
"""What the rotation of sealing keys has to seal anew."""


def _record_new(account: Account, now: datetime) -> SigningCertificate:
    person, credential_id = find_person_by_id(account.person_id), random_bytes(12).hex()
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = build_holder_certificate(
        key.public_key(),
        find_authority(),
        full_name=person.full_name,
        surname=person.surname,
        given_names=" ".join(part for part in (person.middle_name, person.given_name) if part),
        identifier=f"EID-{credential_id}",
        at=now,
    )
    row = SigningCertificate(
        credential_id=credential_id,
        account_id=account.id,
        person_id=account.person_id,
        serial=f"{certificate.serial_number:x}",
        certificate=certificate.public_bytes(Encoding.DER),
        sealed_key=_seal(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), credential_id),
        issued_at=now,
        expires_at=certificate.not_valid_after_utc,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _find_row(account_id: int, *, hold: bool = False) -> SigningCertificate | None:
    query = select(SigningCertificate).where(
        SigningCertificate.account_id == account_id, SigningCertificate.revoked_at.is_(None)
    )
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def _revoke_of_account(account_id: int, reason: ReasonFlags) -> None:
    row = _find_row(account_id, hold=True)
    if row is not None:
        _record_revoked(row, reason, wall_now())


def _revoke_of_person(person_id: int, reason: ReasonFlags) -> None:
    query = select(SigningCertificate).where(
        SigningCertificate.person_id == person_id, SigningCertificate.revoked_at.is_(None)
    )
    for row in db.session.scalars(query.with_for_update()).all():
        _record_revoked(row, reason, wall_now())


def _record_revoked(row: SigningCertificate, reason: ReasonFlags, now: datetime) -> None:
    """On the list from now on, the key gone, and nothing that was asked about it can be signed; the caller commits."""
    row.revoked_at, row.revocation_reason, row.sealed_key = now, reason.value, None
    db.session.execute(
        update(SigningRequest)
        .where(SigningRequest.certificate_id == row.id, SigningRequest.used_at.is_(None))
        .values(verdict=Verdict.REVOKED, decided_at=now, sad_digest=None)
    )
    record_act(
        "revoke_signing_certificate",
        actor_kind=ActorKind.SYSTEM,
        person_id=row.person_id,
        serial=row.serial,
        reason=reason.value,
    )


def _describe(row: SigningCertificate) -> HolderCertificate:
    return HolderCertificate(
        row.id,
        row.credential_id,
        row.account_id,
        row.person_id,
        row.serial,
        row.certificate,
        row.issued_at,
        row.expires_at,
        row.revoked_at,
    )


def _seal(secret: bytes, credential_id: str) -> bytes:
    key = current_keystore().find_secret(SecretUse.SEALING)
    return seal_secret(secret, key=key, nonce=random_bytes(NONCE_BYTES), context=_context(credential_id))


def _unseal(sealed: bytes, credential_id: str) -> bytes:
    key = current_keystore().find_sealing_key(read_head(sealed))
    return unseal_secret(sealed, key=key, context=_context(credential_id))


def _context(credential_id: str) -> str:
    return f"signing-key:{credential_id}"


def _none() -> NotFound:
    return NotFound("signing_certificate_none", "There is no signing certificate.")
