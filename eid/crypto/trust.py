"""The trust store: which CSCA certificates and revocation lists a verifier believes. Bytes in; it reads no files
itself.

Anchors are believed because whoever runs the verifier put them here; nothing about them is checked but that they can
be read. How a store comes out of files is in trust_files.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from eid.crypto.algorithms import Algorithm, parse_algorithm
from eid.crypto.tlv import BIT_STRING, GENERALIZED_TIME, SEQUENCE, UTC_TIME, Tlv
from eid.crypto.x509 import Certificate, NameKey, parse_name
from eid.errors import Malformed

MAX_CANDIDATES = 16
"""Of 869 real CSCA certificates no country has more than that under one name and key identifier."""
MAX_BYTES = 16 * 1024 * 1024

_TIMES = (UTC_TIME, GENERALIZED_TIME)
_CRL_EXTENSIONS = {"2.5.29.35", "2.5.29.20", "2.5.29.18"}


@dataclass(frozen=True)
class RevocationList:
    """A CRL (RFC 5280, 5), read and not verified."""

    raw_tbs: bytes
    algorithm: Algorithm
    tbs_algorithm: Algorithm
    issuer: NameKey
    this_update: datetime
    next_update: datetime | None
    revoked: frozenset[int]
    """Serial numbers, as signed numbers: four real CSCAs have negative ones."""
    unknown_critical: tuple[str, ...]
    signature: bytes


Fact = tuple[object, ...]

MAX_FACTS = 4096
"""How much a store remembers: a signer's chain, a list's signature. Ten countries' signers of a decade."""


class TrustStore:
    """Anchors by key identifier and by name, and revocation lists by issuer. Immutable once made.

    What was once verified against it stays true of it, so it remembers: a signer's certificate comes with ten
    thousands of documents. Another store, with other anchors or newer lists, remembers nothing of this one's.
    """

    def __init__(self, anchors: Iterable[Certificate], revocation_lists: Iterable[RevocationList] = ()) -> None:
        self.anchors = tuple(anchors)
        self.revocation_lists = tuple(revocation_lists)
        self._facts: dict[Fact, object] = {}
        self._by_key_id: dict[bytes, list[Certificate]] = {}
        self._by_name: dict[NameKey, list[Certificate]] = {}
        for anchor in self.anchors:
            if anchor.subject_key_id:
                self._by_key_id.setdefault(anchor.subject_key_id, []).append(anchor)
            self._by_name.setdefault(anchor.subject, []).append(anchor)

    def recall(self, key: Fact) -> object | None:
        """What was remembered under this key, or None."""
        return self._facts.get(key)

    def remember(self, key: Fact, fact: object) -> None:
        """Keep what was verified against this store; when it is full, everything is forgotten."""
        if len(self._facts) >= MAX_FACTS:
            self._facts.clear()
        self._facts[key] = fact

    def extended(self, other: TrustStore) -> TrustStore:
        """A store with what another one holds besides."""
        return TrustStore((*self.anchors, *other.anchors), (*self.revocation_lists, *other.revocation_lists))

    def find_issuers(self, certificate: Certificate) -> list[Certificate]:
        """Anchors that may have issued a certificate, by its authority key identifier and by its issuer's name, both:
        names and key identifiers are each shared by several real CSCAs. At most MAX_CANDIDATES."""
        key_id = certificate.authority_key_id
        found = [*self._by_key_id.get(key_id, ())] if key_id else []
        found += [anchor for anchor in self._by_name.get(certificate.issuer, ()) if anchor not in found]
        return found[:MAX_CANDIDATES]

    def find_namesakes(self, name: NameKey) -> list[Certificate]:
        """Anchors that bear this name."""
        return self._by_name.get(name, [])[:MAX_CANDIDATES]

    def find_revocation_lists(self, issuers: Collection[NameKey]) -> list[RevocationList]:
        """Revocation lists of these issuers, newest first."""
        found = [crl for crl in self.revocation_lists if crl.issuer in issuers]
        return sorted(found, key=lambda crl: crl.this_update, reverse=True)


def read_revocation_list(element: Tlv) -> RevocationList:
    """A CertificateList at this element. Raises Malformed."""
    tbs, algorithm, signature = element.expect(SEQUENCE).children(SEQUENCE, SEQUENCE, BIT_STRING)
    fields = tbs.children(min_count=4, max_count=7)
    if fields[0].tag == 0x02:
        if fields[0].integer() != 1:
            raise Malformed("crl_malformed", "A revocation list is of an unknown version.")
        del fields[0]
    tbs_algorithm, issuer, this_update, *rest = fields
    next_update = rest.pop(0).time() if rest and rest[0].tag in _TIMES else None
    entries = rest.pop(0).children(max_count=100_000) if rest and rest[0].tag == SEQUENCE else []
    critical: list[str] = []
    if rest:
        [extensions] = rest[0].expect(0xA0).children(SEQUENCE)
        critical = _critical(extensions)
    revoked = []
    for entry in entries:
        serial, _time, *extra = entry.expect(SEQUENCE).children(min_count=2, max_count=3)
        revoked.append(serial.integer())
        critical += [oid for part in extra for oid in _critical(part.expect(SEQUENCE))]
    return RevocationList(
        raw_tbs=tbs.raw,
        algorithm=parse_algorithm(algorithm),
        tbs_algorithm=parse_algorithm(tbs_algorithm),
        issuer=parse_name(issuer.raw),
        this_update=this_update.time(),
        next_update=next_update,
        revoked=frozenset(revoked),
        unknown_critical=tuple(oid for oid in critical if oid not in _CRL_EXTENSIONS),
        signature=signature.bits(),
    )


def _critical(extensions: Tlv) -> list[str]:
    found = []
    for extension in extensions.children(max_count=64):
        parts = extension.expect(SEQUENCE).children(min_count=2, max_count=3)
        if len(parts) == 3 and parts[1].boolean():
            found.append(parts[0].oid())
    return found
