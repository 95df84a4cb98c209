"""What a verification rested on, so that it can be named in a receipt: trust store, revocation list, certificates. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from eid.crypto.passive_auth import VerifiedDocument
from eid.crypto.revocation_lists import RevocationList
from eid.crypto.tlv import INTEGER, SEQUENCE, parse_tlv
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.late_dataclasses import frozen

_CRL_NUMBER = "2.5.29.20"
_EXTENSIONS = 0xA0


@frozen
class ConsultedList:
    """A revocation list that a signer was looked for in."""

    number: int | None
    """RFC 5280, section 5.2.3; None where the list has none."""
    this_update: datetime
    next_update: datetime | None


@frozen
class EvidentTrust:
    """A trust store whose contents can be named."""

    store: TrustStore
    sha256: bytes
    """Over the SHA-256 of each certificate and each list, DER, in ascending order: who has the same ones computes the same."""
    lists: Mapping[bytes, ConsultedList]
    """By the list's signature."""

    def find_consulted_list(self, document: VerifiedDocument) -> ConsultedList | None:
        """The list in which the document's signer was looked for; None where there was none."""
        told = dict(next(step.evidence for step in document.steps if step.step == "revocation"))
        lists = self.store.find_revocation_lists({document.signer.issuer, document.anchor.subject})
        found = [crl for crl in lists if crl.this_update == told.get("this_update")]
        return self.lists[found[0].signature] if found else None


@frozen
class VerificationEvidence:
    """How a document was verified."""

    policy: str
    at: datetime
    """The time by which it was judged, the world's."""
    challenge_id: str | None
    """Of the challenge that the chip answered; None where it was not asked."""
    trust_sha256: bytes
    revocation_list: ConsultedList | None


def build_trust(anchors: Sequence[bytes], revocation_lists: Sequence[bytes]) -> EvidentTrust:
    """A trust store of these certificates and lists, all DER. Raises Malformed: trust_malformed."""
    store = parse_trust_store((*anchors, *revocation_lists))
    digests = sorted(hashlib.sha256(part).digest() for part in (*anchors, *revocation_lists))
    lists = {crl.signature: _describe_list(crl) for crl in store.revocation_lists}
    return EvidentTrust(store, hashlib.sha256(b"".join(digests)).digest(), lists)


def _describe_list(crl: RevocationList) -> ConsultedList:
    return ConsultedList(_read_number(crl), crl.this_update, crl.next_update)


def _read_number(crl: RevocationList) -> int | None:
    """The cRLNumber of a list that was read before, so that its structure is known to hold."""
    last = parse_tlv(crl.raw_tbs, SEQUENCE, max_bytes=len(crl.raw_tbs)).children(max_count=8)[-1]
    if last.tag != _EXTENSIONS:
        return None
    for extension in last.children(SEQUENCE)[0].children(max_count=64):
        name, *_critical, value = extension.children(min_count=2, max_count=3)
        if name.oid() == _CRL_NUMBER:
            return parse_tlv(value.value, INTEGER).integer()
    return None
