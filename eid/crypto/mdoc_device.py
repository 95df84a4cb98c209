"""ISO/IEC 18013-5 mdocs in a holder's hands: a response with the elements that were asked for (8.3.2.1.2.2), and the device's
proof over this one session (9.1.3), with the handover of OpenID4VP 1.0 (B.2.6.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eid.crypto.cbor import EMBEDDED, Cbor, Tag, build_cbor, build_embedded, build_head, parse_cbor
from eid.crypto.cose import ALG, ES256, HMAC_256, Sign1, build_mac0_tag, build_sign1, parse_sign1
from eid.crypto.mdoc import (
    MAX_ELEMENTS,
    IssuerSigned,
    malformed,
    parse_embedded,
    parse_issuer_signed,
    write_issuer_signed,
    write_name_space,
)
from eid.late_dataclasses import frozen

MAX_DOCUMENTS = 16
VERSION = "1.0"
OK = 0
_NO_NAME_SPACES = build_embedded(b"\xa0")


@frozen
class DeviceSigned:
    raw_name_spaces: bytes
    """DeviceNameSpacesBytes, tag and all."""
    elements: Mapping[str, Mapping[str, Cbor]]
    signature: Sign1 | None
    mac: Sign1 | None
    """One of the two is there and the other is not."""


@frozen
class Document:
    doc_type: str
    issuer_signed: IssuerSigned
    device_signed: DeviceSigned


@frozen
class DeviceResponse:
    version: str
    documents: tuple[Document, ...]
    status: int


def build_openid4vp_transcript(*, client_id: str, nonce: str, response_uri: str, jwk_thumbprint: bytes | None) -> bytes:
    """The SessionTranscript of a presentation by redirects (OpenID4VP 1.0, B.2.6.1).

    `jwk_thumbprint` is that of the key that the answer is encrypted to (RFC 7638, SHA-256), None where it is not encrypted.
    """
    info = build_cbor([client_id, nonce, jwk_thumbprint, response_uri])
    return build_cbor([None, None, ["OpenID4VPHandover", hashlib.sha256(info).digest()]])


def build_device_authentication(transcript: bytes, doc_type: str, raw_name_spaces: bytes) -> bytes:
    """DeviceAuthenticationBytes (9.1.3.4): what a device's proof is over."""
    return build_embedded(
        b"\x84" + build_cbor("DeviceAuthentication") + transcript + build_cbor(doc_type) + raw_name_spaces
    )


def derive_mac_key(own: ec.EllipticCurvePrivateKey, other: ec.EllipticCurvePublicKey, transcript: bytes) -> bytes:
    """EMacKey (9.1.3.5), of the device's key and the reader's ephemeral one. Raises ValueError on different curves."""
    salt = hashlib.sha256(build_embedded(transcript)).digest()
    return HKDF(hashes.SHA256(), 32, salt, b"EMacKey").derive(own.exchange(ec.ECDH(), other))


def build_device_response(
    issuer_signed: bytes,
    *,
    doc_type: str,
    reveal: Mapping[str, Collection[str]],
    key: ec.EllipticCurvePrivateKey,
    transcript: bytes,
    reader_key: ec.EllipticCurvePublicKey | None = None,
) -> bytes:
    """DeviceResponse with one document that shows the elements of `reveal` alone: signed by the device's key, or, where a
    reader's ephemeral key is given, with a MAC that only this reader can check."""
    signed = parse_issuer_signed(parse_cbor(issuer_signed))
    kept = {
        space: [item.raw for item in items if item.name in reveal.get(space, ())]
        for space, items in signed.items.items()
    }
    spaces = [write_name_space(space, items) for space, items in kept.items() if items]
    shown = write_issuer_signed(spaces, signed.raw_issuer_auth)
    authentication = build_device_authentication(transcript, doc_type, _NO_NAME_SPACES)
    if reader_key is None:
        proof = build_sign1(authentication, key=key, protected={ALG: ES256}, is_detached=True)
        auth = b"\xa1" + build_cbor("deviceSignature") + proof
    else:
        head = build_cbor({ALG: HMAC_256})
        tag = build_mac0_tag(derive_mac_key(key, reader_key, transcript), raw_protected=head, payload=authentication)
        auth = build_cbor({"deviceMac": [head, {}, None, tag]})
    document = b"\xa3" + b"".join(
        (
            build_cbor("docType") + build_cbor(doc_type),
            build_cbor("issuerSigned") + shown,
            build_cbor("deviceSigned") + b"\xa2",
            build_cbor("deviceAuth") + auth,
            build_cbor("nameSpaces") + _NO_NAME_SPACES,
        )
    )
    head = b"\xa3" + build_cbor("status") + build_cbor(OK) + build_cbor("version") + build_cbor(VERSION)
    return head + build_cbor("documents") + build_head(4, 1) + document


def parse_device_response(data: bytes) -> DeviceResponse:
    """DeviceResponse. Raises Malformed: `mdoc_malformed`, `cose_malformed`, `cbor_malformed`."""
    value = parse_cbor(data)
    if not isinstance(value, dict) or not {"version", "status"} <= value.keys():
        raise malformed("DeviceResponse")
    documents, version, status = value.get("documents", []), value["version"], value["status"]
    if not isinstance(version, str) or type(status) is not int:
        raise malformed("version or status")
    if not isinstance(documents, list) or len(documents) > MAX_DOCUMENTS:
        raise malformed("documents")
    return DeviceResponse(version, tuple(map(_parse_document, documents)), status)


def _parse_document(value: Cbor) -> Document:
    if not isinstance(value, dict) or not {"docType", "issuerSigned", "deviceSigned"} <= value.keys():
        raise malformed("Document")
    if not value.keys() <= {"docType", "issuerSigned", "deviceSigned", "errors"} or not isinstance(
        value["docType"], str
    ):
        raise malformed("Document")
    signed = parse_issuer_signed(value["issuerSigned"])
    return Document(value["docType"], signed, _parse_device_signed(value["deviceSigned"]))


def _parse_device_signed(value: Cbor) -> DeviceSigned:
    if not isinstance(value, dict) or value.keys() != {"nameSpaces", "deviceAuth"}:
        raise malformed("DeviceSigned")
    spaces, auth = value["nameSpaces"], value["deviceAuth"]
    if not isinstance(spaces, Tag) or spaces.number != EMBEDDED:
        raise malformed("DeviceNameSpacesBytes")
    elements = parse_embedded(spaces)
    if not isinstance(elements, dict) or not all(isinstance(named, dict) for named in elements.values()):
        raise malformed("DeviceNameSpaces")
    if sum(map(len, elements.values())) > MAX_ELEMENTS:
        raise malformed("too many elements")
    if not isinstance(auth, dict) or auth.keys() not in ({"deviceSignature"}, {"deviceMac"}):
        raise malformed("DeviceAuth holds not one proof")
    [(kind, proof)] = auth.items()
    if isinstance(proof, Tag):
        raise malformed("a proof with a tag")
    parsed = parse_sign1(proof)
    is_signature = kind == "deviceSignature"
    return DeviceSigned(spaces.raw, elements, parsed if is_signature else None, None if is_signature else parsed)
