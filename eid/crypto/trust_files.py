"""A trust store out of the contents of files: CSCA certificates, revocation lists, master lists and deviation lists, in
DER or PEM.

Which certificates are believed: one that says that it signed itself is an anchor, because whoever runs the verifier put
it there. One that another key signed is a link: it is believed through an anchor, so that a folder into which link
certificates were gathered from anywhere believes no more than its anchors do. Real states offer nothing but a link,
though, whose own CSCA nobody has: such a one is believed alone where the policy tolerates `link_unanchored`, and the
report says so. Every certificate of a master list is an anchor, links too: the state that signed the list vouches for
each (9303-12, 5.3), and old self-signed ones drop out of lists before their links do.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from eid.crypto.checks.profiles import DIGITAL_SIGNATURE, KEY_CERT_SIGN
from eid.crypto.deviation_list import DEVIATION_LIST, verify_deviation_list
from eid.crypto.master_list import find_own_anchors, verify_master_list
from eid.crypto.outlines import Certificates, read_outline
from eid.crypto.policy import ICAO, Policy
from eid.crypto.revocation_lists import RevocationList, read_revocation_list
from eid.crypto.sod import parse_signed_data
from eid.crypto.tlv import GENERALIZED_TIME, OID, SEQUENCE, UTC_TIME, parse_tlv
from eid.crypto.trust import MAX_BYTES, TrustStore
from eid.crypto.x509 import BASIC_CONSTRAINTS, Certificate, parse_certificate
from eid.errors import Malformed

_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL|CMS|PKCS7)-----([^-]+)-----END \1-----")
"""The body of a block holds no hyphen, so a search never goes over the same octets twice."""
_BEGINNING = re.compile(rb"-----BEGIN (?:CERTIFICATE|X509 CRL|CMS|PKCS7)-----")
_TIMES = (UTC_TIME, GENERALIZED_TIME)


@dataclass
class _Sorted:
    """What was found in files."""

    anchors: list[bytes] = field(default_factory=list)
    """In DER, read when they are used."""
    links: list[Certificate] = field(default_factory=list)
    signers: list[Certificate] = field(default_factory=list)
    revocation_lists: list[RevocationList] = field(default_factory=list)
    master_lists: list[bytes] = field(default_factory=list)
    deviation_lists: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """A certificate, a revocation list or a list in CMS, told apart by their structure. Raises Malformed."""
        element = parse_tlv(data, SEQUENCE, max_bytes=MAX_BYTES)
        first = element.children(min_count=2)[0]
        if first.tag == OID:
            kind = parse_signed_data(data, max_bytes=MAX_BYTES).form.content_type
            (self.deviation_lists if kind == DEVIATION_LIST else self.master_lists).append(data)
            return
        parts = first.expect(SEQUENCE).children(min_count=4)
        if parts[2].tag in _TIMES or parts[3].tag in _TIMES:
            self.revocation_lists.append(read_revocation_list(element))
        elif read_outline(data).is_self_signed:
            self.anchors.append(data)
        else:
            self._add_other(parse_certificate(data))

    def _add_other(self, certificate: Certificate) -> None:
        usage = certificate.key_usage
        signs_documents = usage is not None and DIGITAL_SIGNATURE in usage and KEY_CERT_SIGN not in usage
        if signs_documents and certificate.find_extension(BASIC_CONSTRAINTS) is not None:  # two real CSCAs
            signs_documents = not (certificate.basic_constraints or (False,))[0]
        (self.signers if signs_documents else self.links).append(certificate)

    def make_store(self) -> TrustStore:
        anchors = dict.fromkeys(self.anchors)
        links = {link.raw: link for link in self.links if link.raw not in anchors}
        signers = {signer.raw: signer for signer in self.signers}
        return TrustStore(Certificates(anchors), self.revocation_lists, links=links.values(), signers=signers.values())


def parse_trust_store(files: Iterable[bytes] | Mapping[str, bytes], *, policy: Policy = ICAO) -> TrustStore:
    """A store of these files' contents, which may have names.

    A master list is believed where one of the certificates beside it certified its signer. Where there are no
    certificates beside it, whoever gives the list vouches for it, and its own CSCA serves: then its signature shows that it
    is whole, not who made it. A deviation list is believed where any anchor certified its signer, one of a master list
    too. Raises Malformed (`trust_malformed`, the file's name being its reason) where one cannot be read, VerificationFailed
    where a list does not hold.
    """
    found = _Sorted()
    for name, file in files.items() if isinstance(files, Mapping) else ((str(n), f) for n, f in enumerate(files, 1)):
        try:
            for data in _parse_pem(file) if b"-----BEGIN " in file[:4096] else [file]:
                found.add(data)
        except Malformed as error:
            raise Malformed("trust_malformed", "A file of trust anchors cannot be read.", reason=name) from error
    pinned = found.make_store()
    has_certificates = bool(found.anchors or found.links)
    for master_list in found.master_lists:
        store = pinned if has_certificates else TrustStore(find_own_anchors(master_list), found.revocation_lists)
        found.anchors += verify_master_list(master_list, trust_store=store, policy=policy).certificates.raws
    store = found.make_store() if found.master_lists else pinned
    if not found.deviation_lists:
        return store
    verified = [verify_deviation_list(data, trust_store=store, policy=policy) for data in found.deviation_lists]
    return store.extended(TrustStore((), deviation_lists=[each.list for each in verified]))


def _parse_pem(text: bytes) -> list[bytes]:
    try:
        found = [base64.b64decode(b"".join(body.split()), validate=True) for _kind, body in _PEM.findall(text)]
    except binascii.Error as error:
        raise Malformed("trust_malformed", "A PEM file of trust anchors cannot be read.") from error
    if not found:
        raise Malformed("trust_malformed", "A PEM file holds neither a certificate nor a revocation list.")
    if len(found) != len(_BEGINNING.findall(text)):
        raise Malformed("trust_malformed", "A PEM file of trust anchors is cut off in the middle.")
    return found
