"""Signers that must not be believed any more: put onto their CSCA's revocation list, and the lists themselves.

A list is worked out, not kept: it says what the table of revoked signers says, as of this day or of the newest
revocation. So every process gives the same one, and none is ever older than a day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select, update

from eid.audit import record_act
from eid.cards.certificates import build_crl
from eid.cards.models import Card, CardState, RevocationReason, RevokedSigner, write_serial
from eid.cards.signing_keys import SIGNERS, encode, find_csca, find_key_period, name_crl, signing_key
from eid.clock import VIETNAM, world_now
from eid.config import current_settings
from eid.crypto.key_kinds import Padding
from eid.crypto.x509 import DOCUMENT_TYPES, parse_certificate
from eid.db import db, run, table_of
from eid.errors import Conflict, NotFound
from eid.keystore import CertificateUse, CertifiedKey, current_keystore
from eid.late_dataclasses import frozen
from eid.prepared import Prepared


@frozen
class SignerOfCards:
    """A signer that the authority certified, and what hangs on it."""

    serial: str
    use: CertificateUse
    starts: datetime
    ends: datetime
    """When its key may sign, from and until."""
    cards: int
    """How many cards it signed that are still in somebody's hands."""
    revoked_at: datetime | None


def list_signers() -> list[SignerOfCards]:
    """Every signer of documents and of master lists, oldest first."""
    keystore = current_keystore()
    revoked = {row.serial: row.revoked_at for row in db.session.scalars(select(RevokedSigner))}
    signed = select(Card.signer_serial, func.count()).where(Card.state.in_(_IN_USE)).group_by(Card.signer_serial)
    cards = {serial: count for serial, count in db.session.execute(signed)}  # noqa: C416 - rows are no pairs to mypy
    found = []
    for use in SIGNERS:
        for key in keystore.find_certified_keys(use):
            serial = write_serial(key.certificate.serial_number)
            starts, ends = find_key_period(key.certificate)
            found.append(SignerOfCards(serial, use, starts, ends, cards.get(serial, 0), revoked.get(serial)))
    return found


_IN_USE = (CardState.MADE, CardState.ACTIVE, CardState.WITHHELD)


def revoke_signer(serial: str, *, reason: RevocationReason) -> SignerOfCards:
    """Afterwards the signer with this serial number stands on its CSCA's list, every card that it signed is refused, and
    the next card is signed by another; committed.

    Raises NotFound: signer_unknown; Conflict: signer_revoked.
    """
    wanted = serial.replace(":", "").replace(" ", "").upper().lstrip("0")
    certificates = {
        write_serial(key.certificate.serial_number): key.certificate
        for use in SIGNERS
        for key in current_keystore().find_certified_keys(use)
    }
    name = next((known for known in certificates if wanted and known.lstrip("0") == wanted), None)
    if name is None:
        raise NotFound("signer_unknown", "No signer has this serial number; `eid cards signers` lists them.")
    if db.session.scalar(select(RevokedSigner.id).where(RevokedSigner.serial == name)) is not None:
        raise Conflict("signer_revoked", "This signer is revoked already.")
    _assign_older_cards(name, certificates[name])
    issuer = parse_certificate(encode(certificates[name])).raw_issuer
    db.session.add(RevokedSigner(serial=name, issuer=issuer, reason=reason, revoked_at=world_now()))
    record_act("revoke_signer", serial=name, reason=str(reason))
    db.session.commit()
    return next(signer for signer in list_signers() if signer.serial == name)


def _assign_older_cards(serial: str, certificate: x509.Certificate) -> None:
    """Cards from before their signer was kept are this one's where they are from its time: one signed at a time then."""
    first, last = (time.astimezone(VIETNAM).date() for time in find_key_period(certificate))
    older = update(Card).where(Card.signer_serial.is_(None), Card.issued_on.between(first, last))
    if DOCUMENT_TYPES in {found.oid.dotted_string for found in certificate.extensions}:
        db.session.execute(older.values(signer_serial=serial).execution_options(synchronize_session=False))


def list_revocation_lists() -> list[bytes]:
    """The revocation lists of this day in the world, DER: one for each name that a CSCA has or had."""
    return list(find_revocation_lists().values())


def find_revocation_lists() -> dict[str, bytes]:
    """As list_revocation_lists, by the names of their files.

    A CSCA that has had several keys has one list, signed with the newest of them (9303-12, 7.2).
    """
    return write_lists(find_authority_state())


class AuthorityState(NamedTuple):
    """All that certificates and lists are made of: while it is the same, they are."""

    cscas: tuple[CertifiedKey, ...]
    """Oldest first."""
    revoked: tuple[tuple[str, bytes, datetime], ...]
    """Serial number, issuer and time of each revoked signer, in the order in which they were revoked."""
    day: datetime
    """The world's, as its midnight in UTC."""
    rsa_padding: Padding


_REVOKED = Prepared(
    select(*table_of(RevokedSigner).c["serial", "issuer", "revoked_at"]).order_by(table_of(RevokedSigner).c.id)
)


def find_authority_state() -> AuthorityState:
    """What holds now, by the key store and the database; a CSCA that is due is made first."""
    find_csca()
    cscas = current_keystore().find_certified_keys(CertificateUse.CSCA)
    revoked = tuple((serial, issuer, since) for serial, issuer, since in run(_REVOKED, {}))
    day = world_now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return AuthorityState(tuple(cscas), revoked, day, current_settings().rsa_padding)


def write_lists(state: AuthorityState) -> dict[str, bytes]:
    """The lists of find_revocation_lists that this state makes."""
    cscas = list(state.cscas)
    newest = {name_crl(cscas, csca): csca for csca in cscas}
    return {name: _write_list(csca, state) for name, csca in newest.items()}


def _write_list(csca: CertifiedKey, state: AuthorityState) -> bytes:
    name = parse_certificate(encode(csca.certificate)).raw_subject
    entries = tuple((int(serial, 16), since) for serial, issuer, since in state.revoked if issuer == name)
    as_of = max([state.day, csca.certificate.not_valid_before_utc, *(since for _serial, since in entries)])
    return _sign_list(csca, as_of.replace(microsecond=0), entries, state.rsa_padding)


@lru_cache(maxsize=32)
def _sign_list(
    csca: CertifiedKey, as_of: datetime, entries: tuple[tuple[int, datetime], ...], rsa_padding: Padding
) -> bytes:
    """Its number is the second that it is of, and one more for each entry, so that it always grows."""
    number = int(as_of.timestamp()) + len(entries)
    since = dict(entries)
    crl = build_crl(
        csca.certificate,
        signing_key(csca),
        at=as_of,
        revoked=since,
        since=since,
        number=number,
        rsa_padding=rsa_padding,
    )
    return crl.public_bytes(Encoding.DER)
