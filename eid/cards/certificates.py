"""Certificates and revocation lists that an authority over cards issues: ICAO 9303-12, 7.1 and 7.2. Pure.

Each has every field and extension that the profile makes mandatory, and none that it forbids; a document's key is at
work for three months, a CSCA's for five years, and their certificates outlive the longest card that they vouch for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from eid.cards.forgery import resign
from eid.crypto.algorithms import PrivateKey
from eid.crypto.checks.profiles import MASTER_LIST_SIGNER
from eid.crypto.curves import BY_NAME, build_explicit_curve
from eid.crypto.key_kinds import CurveParameters, Padding, choose_scheme
from eid.crypto.public_keys import EC_PUBLIC_KEY
from eid.crypto.tlv import BIT_STRING, PRINTABLE_STRING, build_integer, build_oid, build_sequence, build_set, build_tlv
from eid.crypto.x509 import DOCUMENT_TYPES, PRIVATE_KEY_USAGE_PERIOD
from eid.late_dataclasses import frozen

LONGEST_CARD = timedelta(days=50 * 366)
"""A card without an end is checked for as long as its holder lives; half a century must do."""
CSCA_SIGNS = timedelta(days=5 * 365)
SIGNER_SIGNS = timedelta(days=90)
CRL_LASTS = timedelta(days=90)
"""9303-12, 5: at least one list every ninety days."""
MRZ_STATE = "VNM"
_BACKDATED = timedelta(hours=1)
"""Verifiers' clocks may be a little behind."""
_Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512
_HASHES: dict[str, _Hash] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@frozen
class Style:
    """What an authority chooses for all that it certifies."""

    uri: str = "https://eid.example"
    """Where the authority is reached."""
    crl_uri: str = "https://eid.example/trust/csca-0001.crl"
    """Where its revocation list is found; it stays the same when the CSCA has a new key."""
    padding: Padding = Padding.PSS
    curve_parameters: CurveParameters = CurveParameters.NAMED


def build_csca_certificate(
    key: PrivateKey, *, at: datetime, style: Style, name: x509.Name | None = None, country: str = "VN"
) -> x509.Certificate:
    """A country signing certificate authority, self-signed, that may sign for five years from `at`.

    A CSCA keeps its name when it gets a new key: `name` is that of the one before.
    """
    name = name or _name("eid synthetic CSCA", country)
    until = at + CSCA_SIGNS + SIGNER_SIGNS + LONGEST_CARD
    builder = _certify(name, name, key, at=at, until=until, signs_until=at + CSCA_SIGNS, style=style)
    return _sign(_as_csca(builder, key), key, key, style)


def build_link_certificate(
    csca: x509.Certificate, key: PrivateKey, old: x509.Certificate, old_key: PrivateKey, *, at: datetime, style: Style
) -> x509.Certificate:
    """The old CSCA's word, at `at`, that the new one's key is its successor (9303-12, 4.2.1): the new certificate's
    subject and key, signed with the old key. It lasts no longer than the certificate of the key that signed it."""
    until = min(csca.not_valid_after_utc, old.not_valid_after_utc)
    builder = _certify(csca.subject, old.subject, key, at=at, until=until, signs_until=at + CSCA_SIGNS, style=style)
    return _sign(_as_csca(builder, old_key), old_key, key, style)


def build_signer_certificate(
    key: PrivateKey,
    csca: x509.Certificate,
    csca_key: PrivateKey,
    *,
    at: datetime,
    style: Style,
    country: str = "VN",
) -> x509.Certificate:
    """A document signer under a CSCA, that may sign identity cards for three months from `at`."""
    name = _name("eid synthetic document signer", country, serial=f"{at:%Y%m%d%H%M%S}")
    types = build_sequence(build_integer(0), build_set([build_tlv(PRINTABLE_STRING, b"ID")]))
    until = at + SIGNER_SIGNS + LONGEST_CARD
    builder = (
        _certify(name, csca.subject, key, at=at, until=until, signs_until=at + SIGNER_SIGNS, style=style)
        .add_extension(_key_usage(certifies=False), critical=True)
        .add_extension(_authority_key_id(csca_key), critical=False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier(DOCUMENT_TYPES), types), critical=False)
    )
    return _sign(builder, csca_key, key, style)


def build_list_signer_certificate(
    key: PrivateKey, csca: x509.Certificate, csca_key: PrivateKey, *, at: datetime, style: Style
) -> x509.Certificate:
    """A signer of master lists under a CSCA; it signs for as long as a CSCA does."""
    name = _name("eid synthetic master list signer", "VN", serial=f"{at:%Y%m%d%H%M%S}")
    until = csca.not_valid_after_utc
    builder = (
        _certify(name, csca.subject, key, at=at, until=until, signs_until=at + CSCA_SIGNS, style=style)
        .add_extension(_key_usage(certifies=False), critical=True)
        .add_extension(_authority_key_id(csca_key), critical=False)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(MASTER_LIST_SIGNER)]), critical=True)
    )
    return _sign(builder, csca_key, key, style)


def build_crl(
    csca: x509.Certificate,
    csca_key: PrivateKey,
    *,
    at: datetime,
    revoked: Iterable[int] = (),
    since: Mapping[int, datetime] | None = None,
    number: int | None = None,
    rsa_padding: Padding = Padding.PSS,
) -> x509.CertificateRevocationList:
    """A revocation list (RFC 5280, 5; 9303-12, 7.2) of this CSCA as of `at`, with these serial numbers on it, each since
    when `since` has it, or else since `at`.

    The profile forbids reasons in it. The same arguments give the same list, as far as the key's algorithm allows.
    """
    at = at.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(csca.subject)
        .last_update(at)
        .next_update(at + CRL_LASTS)
        .add_extension(_authority_key_id(csca_key), critical=False)
        .add_extension(x509.CRLNumber(int(at.timestamp()) if number is None else number), critical=False)
    )
    for serial in revoked:
        day = (since or {}).get(serial, at).replace(microsecond=0)
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(day)
        builder = builder.add_revoked_certificate(entry.build())
    is_ec = isinstance(csca_key, ec.EllipticCurvePrivateKey)
    algorithm, how = _find_way(csca_key, rsa_padding)
    return builder.sign(csca_key, algorithm, rsa_padding=how, ecdsa_deterministic=True if is_ec else None)


def _certify(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    *,
    at: datetime,
    until: datetime,
    signs_until: datetime,
    style: Style,
) -> x509.CertificateBuilder:
    """What all certificates of the profile have."""
    starts = at - _BACKDATED
    times = [f"{time:%Y%m%d%H%M%S}Z".encode() for time in (starts, signs_until)]
    period = build_sequence(build_tlv(0x80, times[0]), build_tlv(0x81, times[1]))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier(PRIVATE_KEY_USAGE_PERIOD), period), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(_contact(style)), critical=False)
        .add_extension(x509.IssuerAlternativeName(_contact(style)), critical=False)
        .add_extension(x509.CRLDistributionPoints([_distribution_point(style)]), critical=False)
    )


def _as_csca(builder: x509.CertificateBuilder, issuer_key: PrivateKey) -> x509.CertificateBuilder:
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certifies=True), critical=True)
        .add_extension(_authority_key_id(issuer_key), critical=False)
    )


def _sign(
    builder: x509.CertificateBuilder, issuer_key: PrivateKey, subject_key: PrivateKey, style: Style
) -> x509.Certificate:
    """`cryptography` writes curves by name only; where they are to be explicit, the key is exchanged and the certificate
    signed once more."""
    algorithm, how = _find_way(issuer_key, style.padding)
    certificate = builder.sign(issuer_key, algorithm, rsa_padding=how)
    if style.curve_parameters is CurveParameters.NAMED or not isinstance(subject_key, ec.EllipticCurvePrivateKey):
        return certificate
    scheme = choose_scheme(issuer_key, padding=style.padding)
    explicit = build_explicit_key_info(subject_key.public_key())
    return x509.load_der_x509_certificate(
        resign(certificate.public_bytes(Encoding.DER), issuer_key, scheme, public_key=explicit)
    )


def build_explicit_key_info(key: ec.EllipticCurvePublicKey) -> bytes:
    """SubjectPublicKeyInfo of this key with its curve's parameters in full."""
    curve, numbers = BY_NAME[key.curve.name], key.public_numbers()
    point = numbers.x.to_bytes(curve.octets, "big") + numbers.y.to_bytes(curve.octets, "big")
    algorithm = build_sequence(build_oid(EC_PUBLIC_KEY), build_explicit_curve(curve))
    return build_sequence(algorithm, build_tlv(BIT_STRING, b"\x00\x04", point))


def _find_way(key: PrivateKey, rsa_padding: Padding) -> tuple[_Hash, padding.PSS | padding.PKCS1v15 | None]:
    """How builders of `cryptography` sign as choose_scheme says."""
    scheme = choose_scheme(key, padding=rsa_padding)
    algorithm = _HASHES[scheme.hash_name]
    if scheme.kind == "ecdsa":
        return algorithm, None
    is_pss = scheme.kind == "pss"
    return algorithm, padding.PSS(padding.MGF1(algorithm), scheme.salt_length) if is_pss else padding.PKCS1v15()


def _contact(style: Style) -> list[x509.GeneralName]:
    """Where to ask, and the state's code as the MRZ has it, as a locality (9303-12, 7.1.1)."""
    state = x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, MRZ_STATE)])
    return [x509.UniformResourceIdentifier(style.uri), x509.DirectoryName(state)]


def _distribution_point(style: Style) -> x509.DistributionPoint:
    uri = x509.UniformResourceIdentifier(style.crl_uri)
    return x509.DistributionPoint(full_name=[uri], relative_name=None, reasons=None, crl_issuer=None)


def _name(common_name: str, country: str, *, serial: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, country),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "eid, a simulation"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(parts)


def _key_usage(*, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_key_id(csca_key: PrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(csca_key.public_key())
