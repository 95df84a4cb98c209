"""Certificates are read as two implementations that are not ours read them, asn1crypto and cryptography: every CSCA of the
German and of ICAO's master list, and the quirks. Where one of them cannot, it is counted here.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from functools import cache

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.crypto.checks.links import verify_issued
from eid.crypto.master_list import parse_master_list
from eid.crypto.public_keys import PlainKey
from eid.crypto.sod import parse_signed_data
from eid.crypto.trust import MAX_BYTES, TrustStore
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Malformed, VerificationFailed
from tests.crypto.test_specimens import DATA

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="real certificates are data beside the repository (../shared/chipdata), which are not here",
)


@cache
def certificates() -> tuple[Certificate, ...]:
    """Of two master lists and the quirks, each once."""
    lists = [
        parse_signed_data(path.read_bytes(), max_bytes=MAX_BYTES) for path in sorted(DATA.glob("master-lists/*.ml"))
    ]
    found = [certificate for signed in lists for certificate in parse_master_list(signed.content)]
    found += [
        parse_certificate(path.read_bytes()) for path in sorted((*DATA.glob("quirks/*"), *DATA.glob("vietnam/*")))
    ]
    return tuple({certificate.raw: certificate for certificate in found}.values())


def extensions_of(certificate: Certificate) -> dict[str, tuple[bool, bytes | None]]:
    critical = certificate.critical_extensions
    return {oid: (oid in critical, certificate.find_extension(oid)) for oid in certificate.places.extensions}


def test_asn1crypto_reads_every_field_as_we_do() -> None:
    """RFC 5280, 4.1. It cannot read the key identifiers of three Lithuanian ones."""
    unread = Counter[str]()
    for ours in certificates():
        theirs = asn1.Certificate.load(ours.raw, strict=True)
        tbs = theirs["tbs_certificate"]
        assert (tbs.dump(), theirs["signature_algorithm"].dump()) == (ours.raw_tbs, ours.algorithm.raw)
        assert theirs["signature_value"].native == ours.signature
        assert tbs["serial_number"].native == ours.serial
        assert (tbs["issuer"].dump(), tbs["subject"].dump()) == (ours.raw_issuer, ours.raw_subject)
        assert tbs["validity"]["not_before"].native == ours.not_before
        assert tbs["validity"]["not_after"].native == ours.not_after
        assert tbs["subject_public_key_info"].dump() == ours.raw_public_key
        assert tbs["subject"].native.get("country_name", "").upper() == ours.country
        try:
            native = tbs["extensions"].native
        except ValueError:
            unread[ours.country] += 1
            continue
        found = {
            part["extn_id"].dotted: (part["critical"].native, part["extn_value"].contents) for part in tbs["extensions"]
        }
        assert (found if native else {}) == extensions_of(ours)
    assert (len(certificates()), unread) == (743, {"LT": 3})


@pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning"
)  # of negative serial numbers, and NULL
def test_cryptography_reads_as_we_do_what_it_can_read() -> None:
    """Of 743 it refuses 8 at once, the extensions of 7 more and the keys of 124; all others are to it what they are to us."""
    unread = Counter[str]()
    for ours in certificates():
        try:
            theirs = x509.load_der_x509_certificate(ours.raw)
            assert theirs.serial_number == ours.serial
        except ValueError:
            unread["certificate"] += 1
            continue
        assert (theirs.tbs_certificate_bytes, theirs.signature) == (ours.raw_tbs, ours.signature)
        assert (theirs.not_valid_before_utc, theirs.not_valid_after_utc) == (ours.not_before, ours.not_after)
        try:
            extensions = {found.oid.dotted_string: found.critical for found in theirs.extensions}
            assert extensions == {oid: critical for oid, (critical, _value) in extensions_of(ours).items()}
            _compare_extensions(ours, theirs.extensions)
        except ValueError:
            unread["extensions"] += 1
        try:
            key = theirs.public_key()
        except UnsupportedAlgorithm:
            unread["key"] += 1
            continue
        assert not isinstance(ours.public_key, PlainKey)
        point = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert key.public_bytes(*point) == ours.public_key.public_bytes(*point)
    assert unread == {"certificate": 8, "extensions": 7, "key": 124}


def _compare_extensions(ours: Certificate, theirs: x509.Extensions) -> None:
    for extension in theirs:
        value = extension.value
        if isinstance(value, x509.BasicConstraints):
            assert ours.basic_constraints == (value.ca, value.path_length)
        elif isinstance(value, x509.SubjectKeyIdentifier):
            assert ours.subject_key_id == value.digest
        elif isinstance(value, x509.AuthorityKeyIdentifier):
            assert ours.authority_key_id == value.key_identifier
        elif isinstance(value, x509.KeyUsage):
            assert ours.key_usage is not None
            assert (5 in ours.key_usage, 6 in ours.key_usage) == (value.key_cert_sign, value.crl_sign)
            assert (0 in ours.key_usage) == value.digital_signature
        elif isinstance(value, x509.PrivateKeyUsagePeriod):
            assert ours.private_key_usage_period == tuple(
                time and time.replace(tzinfo=UTC) for time in (value.not_before, value.not_after)
            )


def test_every_signature_holds_whose_issuer_is_here() -> None:
    """479 signed themselves, 256 are signed by another one that is here, and 8 name the key of one that is not."""
    store = TrustStore(certificates())
    found = Counter[str]()
    for certificate in certificates():
        issuers = store.find_issuers(certificate)
        if _is_signed(certificate, certificate):
            found["itself"] += 1
        elif any(_is_signed(certificate, issuer) for issuer in issuers):
            found["another"] += 1
        else:
            found["absent"] += 1
            key_id = certificate.authority_key_id
            assert not [issuer for issuer in issuers if key_id is None or _key_id(issuer) == key_id], (
                certificate.subject
            )
    assert found == {"itself": 479, "another": 256, "absent": 8}


def _key_id(certificate: Certificate) -> bytes | None:
    try:
        return certificate.subject_key_id
    except Malformed:
        return None


def _is_signed(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        verify_issued(issuer, certificate, step="step", code="code")
    except VerificationFailed:
        return False
    return True
