"""The trust store: what a verifier believes, and what it may come to believe through that. Bytes in; it reads no files.

Anchors are believed because whoever runs the verifier put them here; nothing about them is checked but that they can
be read. Everything else in it is believed only through an anchor, or not at all. How a store comes out of files is in
trust_files.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from eid.crypto.deviations import DeviationList, ListedDeviation, SignedDocument
from eid.crypto.outlines import Certificates, Outline, read_outline
from eid.crypto.revocation_lists import RevocationList
from eid.crypto.x509 import Certificate, NameKey, parse_certificate
from eid.errors import Malformed

MAX_CANDIDATES = 16
"""Of 869 real CSCA certificates no country has more than that under one name and key identifier."""
MAX_BYTES = 16 * 1024 * 1024

Fact = tuple[object, ...]

MAX_FACTS = 4096
"""How much a store remembers: a signer's chain, a list's signature. Ten countries' signers of a decade."""


_Entry = Certificate | bytes
"""A certificate, or its DER until it is used."""


class _Index:
    """Certificates by their key identifier and by their name, in the order in which they came."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self.by_key_id: dict[bytes, list[_Entry]] = {}
        self.by_name: dict[NameKey, list[_Entry]] = {}
        self.by_issuer: dict[NameKey, list[_Entry]] = {}
        for entry, outline in _outline_each(certificates):
            if outline.subject_key_id:
                self.by_key_id.setdefault(outline.subject_key_id, []).append(entry)
            self.by_name.setdefault(outline.subject, []).append(entry)
            self.by_issuer.setdefault(outline.issuer, []).append(entry)

    def find_issuers(self, certificate: Certificate) -> list[_Entry]:
        key_id = certificate.authority_key_id
        found = self.by_key_id.get(key_id, []) if key_id else []
        by_name = self.by_name.get(certificate.issuer, [])
        if not found or found == by_name:
            return by_name
        return found + [other for other in by_name if other not in found]


def _outline_each(certificates: Iterable[Certificate]) -> Iterator[tuple[_Entry, Outline]]:
    if isinstance(certificates, Certificates):
        return ((raw, read_outline(raw)) for raw in certificates.raws)
    return ((certificate, read_outline(certificate.raw)) for certificate in certificates)


class TrustStore:
    """Immutable once made.

    `anchors` are believed by themselves; they may be Certificates, and then each is read when it is used. `links` are
    CSCA certificates that whoever runs the verifier put here without pinning them: they are believed through a chain of
    links to an anchor, or, where a policy says so, alone. `offered` are CSCA certificates of any origin: through an anchor,
    or not at all. `signers` serve documents that do not bring their signer's certificate, and are believed as little as one
    that a document brings. `deviation_lists` were verified.

    What was once verified against it stays true of it, so it remembers: a signer's certificate comes with ten
    thousands of documents. Another store, with other anchors or newer lists, remembers nothing of this one's.
    """

    def __init__(
        self,
        anchors: Iterable[Certificate],
        revocation_lists: Iterable[RevocationList] = (),
        *,
        links: Iterable[Certificate] = (),
        offered: Iterable[Certificate] = (),
        signers: Iterable[Certificate] = (),
        deviation_lists: Iterable[DeviationList] = (),
    ) -> None:
        self.anchors = anchors if isinstance(anchors, Certificates) else tuple(anchors)
        self.links, self.offered, self.signers = tuple(links), tuple(offered), tuple(signers)
        self.revocation_lists, self.deviation_lists = tuple(revocation_lists), tuple(deviation_lists)
        self._pinned = frozenset(_raws(self.anchors))
        self._vouched_for = self._pinned.union(_raws(self.links)) if self.links else self._pinned
        self._anchors, self._others = _Index(self.anchors), _Index((*self.links, *self.offered))
        self._lists: dict[NameKey, list[RevocationList]] = {}
        for crl in self.revocation_lists:
            for name in {crl.issuer, *crl.former_names}:
                self._lists.setdefault(name, []).append(crl)
        self._facts: dict[Fact, object] = {}

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
        return TrustStore(
            Certificates(dict.fromkeys((*_raws(self.anchors), *_raws(other.anchors)))),
            (*self.revocation_lists, *other.revocation_lists),
            links=(*self.links, *other.links),
            offered=(*self.offered, *other.offered),
            signers=(*self.signers, *other.signers),
            deviation_lists=(*self.deviation_lists, *other.deviation_lists),
        )

    def is_anchor(self, certificate: Certificate) -> bool:
        return certificate.raw in self._pinned

    def is_vouched_for(self, certificate: Certificate) -> bool:
        """Whether whoever runs the verifier put it here, as an anchor or as a link."""
        return certificate.raw in self._vouched_for

    def find_issuers(self, certificate: Certificate) -> list[Certificate]:
        """Certificates that may have issued another, by its authority key identifier and by its issuer's name, both:
        names and key identifiers are each shared by several real CSCAs. Anchors first, so that no number of others
        crowds them out; at most MAX_CANDIDATES of them, and as many others."""
        found = self._anchors.find_issuers(certificate)[:MAX_CANDIDATES]
        if self.links or self.offered:
            found = found + self._others.find_issuers(certificate)[:MAX_CANDIDATES]
        return _read(found)

    def count_issuers(self, certificate: Certificate) -> int:
        """How many there are, beyond what is tried too."""
        return len(self._anchors.find_issuers(certificate)) + len(self._others.find_issuers(certificate))

    def find_successors(self, csca: Certificate) -> list[Certificate]:
        """Certificates that a CSCA may have issued to its successor, by its name; not those that it issued to itself."""
        found = [*self._anchors.by_issuer.get(csca.subject, ()), *self._others.by_issuer.get(csca.subject, ())]
        return [other for other in _read(found[: 2 * MAX_CANDIDATES]) if other.raw != csca.raw][:MAX_CANDIDATES]

    def find_namesakes(self, name: NameKey) -> list[Certificate]:
        """Anchors that bear this name."""
        return _read(self._anchors.by_name.get(name, [])[:MAX_CANDIDATES])

    def find_revocation_lists(self, names: Collection[NameKey]) -> list[RevocationList]:
        """Revocation lists of issuers of these names, present or former, newest first."""
        found = {crl.signature: crl for name in names for crl in self._lists.get(name, ())}
        return sorted(found.values(), key=lambda crl: crl.this_update, reverse=True)

    def find_deviations(self, document: SignedDocument) -> Sequence[ListedDeviation]:
        """What the newest deviation list of each country says of a document."""
        newest: dict[str, DeviationList] = {}
        for found in sorted(self.deviation_lists, key=_signing_time):
            newest[found.country] = found
        return [listed for found in newest.values() for listed in found.find(document)]


def _raws(certificates: Sequence[Certificate]) -> Sequence[bytes]:
    return certificates.raws if isinstance(certificates, Certificates) else [found.raw for found in certificates]


def _read(entries: Iterable[_Entry]) -> list[Certificate]:
    """Those that can be read; where none can, the refusal of the first. One that cannot issued nothing that could be
    verified, so it must not stand in the way of its namesakes."""
    found: list[Certificate] = []
    refusal: Malformed | None = None
    for entry in entries:
        try:
            found.append(parse_certificate(entry) if isinstance(entry, bytes) else entry)
        except Malformed as error:
            refusal = refusal or error
    if refusal is not None and not found:
        raise refusal
    return found


def _signing_time(found: DeviationList) -> datetime:
    return found.signed_at
