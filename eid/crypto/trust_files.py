"""A trust store out of the contents of files: CSCA certificates, revocation lists and master lists, in DER or PEM."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from eid.crypto.master_list import find_own_anchors, verify_master_list
from eid.crypto.policy import ICAO, Policy
from eid.crypto.tlv import GENERALIZED_TIME, OID, SEQUENCE, UTC_TIME, parse_tlv
from eid.crypto.trust import MAX_BYTES, RevocationList, TrustStore, read_revocation_list
from eid.crypto.x509 import Certificate, read_certificate
from eid.errors import Malformed

_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL|CMS|PKCS7)-----(.+?)-----END \1-----", re.DOTALL)
_TIMES = (UTC_TIME, GENERALIZED_TIME)


def parse_trust_store(files: Iterable[bytes], *, policy: Policy = ICAO) -> TrustStore:
    """A store of these files' contents.

    A master list is believed where one of the certificates beside it certified its signer. Where there are no
    certificates beside it, whoever gives the list vouches for it, and its own CSCA serves: then its signature shows that it
    is whole, not who made it. Raises Malformed (`trust_malformed`) where a file cannot be read, VerificationFailed where a
    master list does not hold.
    """
    anchors: list[Certificate] = []
    lists: list[RevocationList] = []
    master_lists: list[bytes] = []
    for file in files:
        for data in _parse_pem(file) if b"-----BEGIN " in file[:4096] else [file]:
            found = _read(data)
            if isinstance(found, RevocationList):
                lists.append(found)
            elif isinstance(found, Certificate):
                anchors.append(found)
            else:
                master_lists.append(found)
    pinned = TrustStore(anchors)
    for master_list in master_lists:
        store = pinned if anchors else TrustStore(find_own_anchors(master_list))
        anchors += verify_master_list(master_list, trust_store=store, policy=policy).certificates
    return TrustStore({anchor.raw: anchor for anchor in anchors}.values(), lists)


def _parse_pem(text: bytes) -> list[bytes]:
    try:
        found = [base64.b64decode(b"".join(body.split()), validate=True) for _kind, body in _PEM.findall(text)]
    except binascii.Error as error:
        raise Malformed("trust_malformed", "A PEM file of trust anchors cannot be read.") from error
    if not found:
        raise Malformed("trust_malformed", "A PEM file holds neither a certificate nor a revocation list.")
    return found


def _read(data: bytes) -> Certificate | RevocationList | bytes:
    """A certificate, a revocation list, or the bytes of what may be a master list, told apart by their structure."""
    element = parse_tlv(data, SEQUENCE, max_bytes=MAX_BYTES)
    first = element.children(min_count=2)[0]
    if first.tag == OID:
        return data
    parts = first.expect(SEQUENCE).children(min_count=4)
    if parts[2].tag in _TIMES or parts[3].tag in _TIMES:
        return read_revocation_list(element)
    return read_certificate(element)
