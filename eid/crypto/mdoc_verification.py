"""Verifying ISO/IEC 18013-5 mdocs (9.3.1): what the issuer signed, and that its holder shows it in this session.

Nothing is fetched: roots, times, the session and a status list are given. An argument in numbered steps, each of which refuses
with a step and a code.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.cbor import Cbor, parse_cbor
from eid.crypto.cose import ALG, HMAC_256, X5CHAIN, Sign1, build_mac0_tag, parse_cose_key, verify_sign1
from eid.crypto.iaca import MDOC_SIGNER, VerifiedIssuer, verify_issuer
from eid.crypto.jwt import LEEWAY
from eid.crypto.mdoc import (
    DIGESTS,
    VERSION,
    IssuerSigned,
    MobileSecurityObject,
    Validity,
    parse_issuer_signed,
    parse_mso,
)
from eid.crypto.mdoc_device import (
    OK,
    DeviceSigned,
    Document,
    build_device_authentication,
    derive_mac_key,
    parse_device_response,
)
from eid.crypto.status_list import StatusReference, VerifiedStatusList, check_status, parse_status
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

STEPS = (
    "structure",
    "certificate",
    "signature",
    "mso",
    "digests",
    "doc_type",
    "validity",
    "status",
    "device_key",
    "device_elements",
    "device_auth",
)
"""Every step, in the order in which they are taken."""


@frozen
class VerifiedMdoc:
    """What an mdoc says, all of it bound by a signature that a root stands behind."""

    doc_type: str
    elements: Mapping[str, Mapping[str, Cbor]]
    """Name space → element → value: those that were shown."""
    device_key: ec.EllipticCurvePublicKey
    validity: Validity
    status: StatusReference | None
    issuer: VerifiedIssuer
    device_elements: Mapping[str, Mapping[str, Cbor]]
    """Signed by the holder's device, with the issuer's leave; empty where no device was asked."""


@frozen
class Session:
    """What a reader knows of the session in which it asked."""

    transcript: bytes
    """SessionTranscript, encoded."""
    reader_key: ec.EllipticCurvePrivateKey | None = None
    """The reader's ephemeral key, where a device may answer with a MAC."""


def verify_issuer_signed(
    data: bytes,
    *,
    roots: Sequence[Certificate],
    expected_doc_type: str,
    now: datetime,
    status_list: VerifiedStatusList | None = None,
) -> VerifiedMdoc:
    """The mdoc of an IssuerSigned – what a wallet is given – of which steps 1 to 9 of verify_device_response hold."""
    # (1)
    with _malformed_at("structure"):
        signed = parse_issuer_signed(parse_cbor(data))
    # (2) to (9)
    return _verify_signed(signed, roots, expected_doc_type, expected_doc_type, now, status_list)


def verify_device_response(
    data: bytes,
    *,
    roots: Sequence[Certificate],
    expected_doc_type: str,
    session: Session | None,
    now: datetime,
    status_list: VerifiedStatusList | None = None,
) -> VerifiedMdoc:
    """The one document of a DeviceResponse, of which all of this holds; else VerificationFailed with the step.

     1. It is CBOR as it must be written, within the caps: version 1.0, status OK, one document (step structure).
     2. The signer's certificate is that of an mdoc signer, from a root that is trusted (step certificate; eid.crypto.iaca).
     3. `issuerAuth` is signed by its key, with the algorithm that its protected header names (step signature).
     4. The MSO is of version 1.0 and a digest algorithm that is known (step mso).
     5. Each element has the digest that the MSO says under its identifier; none stands twice (step digests).
     6. The MSO, the document and who asks mean the same type (step doc_type).
     7. It was signed while its signer's certificate was valid, and is valid now (step validity).
     8. It says where its status stands, if anywhere, and where a list is given it stands there as valid (step status).
     9. It names a key of a device (step device_key).
    10. What the device adds the issuer authorised it to say (step device_elements).
    11. The device proved its key over this session, this type and what it adds (step device_auth). Who gives no session learns
        what the issuer signed, and not that whoever shows it holds it.
    """
    # (1)
    with _malformed_at("structure"):
        response = parse_device_response(data)
    if response.version != VERSION or response.status != OK or len(response.documents) != 1:
        raise VerificationFailed("structure", "mdoc_response", "The answer holds not exactly one document.")
    document = response.documents[0]
    # (2) to (10)
    mdoc = _verify_signed(
        document.issuer_signed, roots, document.doc_type, expected_doc_type, now, status_list, document.device_signed
    )
    # (11)
    if session is not None:
        _check_device_auth(document, mdoc.device_key, session)
    return mdoc


def _verify_signed(
    signed: IssuerSigned,
    roots: Sequence[Certificate],
    doc_type: str,
    expected_doc_type: str,
    now: datetime,
    status_list: VerifiedStatusList | None,
    device_signed: DeviceSigned | None = None,
) -> VerifiedMdoc:
    auth = signed.issuer_auth
    # (2)
    issuer = verify_issuer(_x5chain(auth), anchors=roots, at=now, usage=MDOC_SIGNER)
    # (3)
    verify_sign1(auth, issuer.key, step="signature", code="issuer_signature")
    # (4)
    with _malformed_at("mso"):
        mso = parse_mso(auth.payload)
    if mso.version != VERSION:
        raise VerificationFailed("mso", "mso_version", "The mdoc is of another version.")
    if mso.digest_algorithm not in DIGESTS:
        raise VerificationFailed("mso", "mso_digest_algorithm", "The mdoc's digests are not by an accepted algorithm.")
    # (5)
    elements = _check_digests(signed, mso)
    # (6)
    if not mso.doc_type == doc_type == expected_doc_type:
        raise VerificationFailed("doc_type", "doc_type", "The mdoc is of another type.")
    # (7)
    _check_validity(mso.validity, issuer, now)
    # (8)
    status = _check_status(mso, status_list)
    # (9)
    with _malformed_at("device_key"):
        device_key = parse_cose_key(mso.device_key)
    # (10)
    device_elements = device_signed.elements if device_signed else {}
    _check_authorised(device_elements, mso)
    return VerifiedMdoc(mso.doc_type, elements, device_key, mso.validity, status, issuer, device_elements)


def _x5chain(auth: Sign1) -> list[bytes]:
    """RFC 9360: one certificate, or several as a list; in the unprotected header (9.1.2.4)."""
    chain = auth.unprotected.get(X5CHAIN)
    found = chain if isinstance(chain, list) else [chain]
    certificates = [each for each in found if isinstance(each, bytes)]
    return certificates if len(certificates) == len(found) else []


def _check_digests(signed: IssuerSigned, mso: MobileSecurityObject) -> dict[str, dict[str, Cbor]]:
    compute = DIGESTS[mso.digest_algorithm]
    elements: dict[str, dict[str, Cbor]] = {}
    for space, items in signed.items.items():
        known, met = mso.digests.get(space, {}), set()
        found = elements[space] = {}
        for item in items:
            if item.digest_id in met or item.name in found:
                raise VerificationFailed("digests", "element_twice", "An element of the mdoc stands twice.")
            met.add(item.digest_id)
            expected = known.get(item.digest_id)
            if expected is None or not hmac.compare_digest(compute(item.raw).digest(), expected):
                raise VerificationFailed("digests", "digest_mismatch", "An element is not what the issuer signed.")
            found[item.name] = item.value
    return elements


def _check_validity(validity: Validity, issuer: VerifiedIssuer, now: datetime) -> None:
    certificate = issuer.certificate
    if not certificate.not_before <= validity.signed_at <= certificate.not_after:
        raise VerificationFailed("validity", "mdoc_signed_at", "The mdoc was signed when its signer might not sign.")
    if validity.valid_from < validity.signed_at or validity.valid_until <= validity.valid_from:
        raise VerificationFailed("validity", "mdoc_times", "The mdoc's times contradict one another.")
    if now < validity.valid_from - LEEWAY:
        raise VerificationFailed("validity", "mdoc_not_yet_valid", "The mdoc is not valid yet.")
    if now >= validity.valid_until + LEEWAY:
        raise VerificationFailed("validity", "mdoc_expired", "The mdoc has expired.")


def _check_status(mso: MobileSecurityObject, status_list: VerifiedStatusList | None) -> StatusReference | None:
    if mso.status is None:
        if status_list is not None:
            raise VerificationFailed("status", "token_status", "The mdoc does not say where its status stands.")
        return None
    status = parse_status(mso.status)
    if status_list is not None:
        check_status(status, status_list)
    return status


def _check_device_auth(document: Document, key: ec.EllipticCurvePublicKey, session: Session) -> None:
    device = document.device_signed
    content = build_device_authentication(session.transcript, document.doc_type, device.raw_name_spaces)
    proof = device.signature or device.mac
    if proof is None or proof.payload is not None:
        raise VerificationFailed("device_auth", "device_payload", "The device's proof brings its own content.")
    if device.signature is not None:
        verify_sign1(proof, key, step="device_auth", code="device_signature", payload=content)
        return
    if session.reader_key is None:
        raise VerificationFailed("device_auth", "device_mac", "The device's proof is a MAC that nobody here can check.")
    if proof.protected.get(ALG) != HMAC_256 or session.reader_key.curve.name != key.curve.name:
        raise VerificationFailed("device_auth", "cose_algorithm", "The device's proof is by another algorithm.")
    mac_key = derive_mac_key(session.reader_key, key, session.transcript)
    expected = build_mac0_tag(mac_key, raw_protected=proof.raw_protected, payload=content)
    if not hmac.compare_digest(expected, proof.signature):
        raise VerificationFailed("device_auth", "device_mac", "The device's proof does not hold.")


def _check_authorised(elements: Mapping[str, Mapping[str, Cbor]], mso: MobileSecurityObject) -> None:
    for space, named in elements.items():
        allowed = mso.authorised.get(space, frozenset())
        if allowed is not None and not named.keys() <= allowed:
            raise VerificationFailed("device_elements", "device_not_authorised", "The device says what it may not say.")


@contextmanager
def _malformed_at(step: str) -> Iterator[None]:
    """What cannot be read fails this step."""
    try:
        yield
    except Malformed as refusal:
        raise VerificationFailed(step, refusal.code, refusal.detail, reason=refusal.reason) from refusal
