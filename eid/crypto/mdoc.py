"""ISO/IEC 18013-5 mdocs: what an issuer signs (8.3.2.1.2.2, 9.1.2.4), built and read.

Each element of data is salted and stands in the mobile security object (MSO) as a digest only; a holder shows the elements that
are asked for. What was read is kept octet by octet: a digest is over what was sent, never over a new encoding. Who signed and
whether it holds is eid.crypto.mdoc_verification's matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.cbor import DATE_TIME, EMBEDDED, Cbor, Encoded, Tag, build_cbor, build_embedded, build_head, parse_cbor
from eid.crypto.cose import ALG, ES256, X5CHAIN, CoseKey, Sign1, build_sign1, parse_sign1, write_cose_key
from eid.crypto.status_list import StatusReference, build_status
from eid.errors import Malformed

DIGESTS = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}
"""Table 21."""
SALT_BYTES, MIN_SALT_BYTES = 32, 16
"""9.1.2.5: at least 16 octets. Digest identifiers are the ranks of the salts, so a salt is longer than it need be."""
MAX_ELEMENTS = 256
VERSION = "1.0"

Elements = Mapping[str, Mapping[str, Cbor]]
"""Name space → element identifier → value."""


@dataclass(frozen=True)
class IssuerSignedItem:
    raw: bytes
    """IssuerSignedItemBytes, tag and all: what its digest is over."""
    digest_id: int
    random: bytes
    name: str
    value: Cbor


@dataclass(frozen=True)
class Validity:
    signed_at: datetime
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class MobileSecurityObject:
    version: str
    digest_algorithm: str
    digests: Mapping[str, Mapping[int, bytes]]
    device_key: CoseKey
    authorised: Mapping[str, frozenset[str] | None]
    """Name spaces whose elements the holder's device may sign itself; None for all elements of one (keyAuthorizations)."""
    doc_type: str
    validity: Validity
    status: Mapping[str, Any] | None


@dataclass(frozen=True)
class IssuerSigned:
    items: Mapping[str, tuple[IssuerSignedItem, ...]]
    issuer_auth: Sign1
    raw_issuer_auth: bytes


@dataclass(frozen=True)
class MdocSigner:
    """A document signer: its key of P-256, and its certificate in DER without the root's."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    @cached_property
    def header(self) -> Encoded:
        """The unprotected header, the same for all that it signs."""
        return Encoded(build_cbor({X5CHAIN: self.certificate}))


def build_issuer_signed(
    elements: Elements,
    *,
    doc_type: str,
    device_key: CoseKey,
    validity: Validity,
    signer: MdocSigner,
    rng: Random,
    status: StatusReference | None = None,
) -> bytes:
    """IssuerSigned with every element in it, as OpenID4VCI hands it out. Times are whole seconds.

    `rng` must be one that nobody can predict; the digest identifiers say nothing of the elements' order.
    """
    raw_items: dict[str, list[bytes]] = {}
    digests: dict[str, Encoded] = {}
    for name_space, named in elements.items():
        raw_items[name_space] = items = _build_items(named, rng)
        digests[name_space] = _build_digests(items)
    mso: dict[str, Cbor] = {
        "version": VERSION,
        "digestAlgorithm": "SHA-256",
        "valueDigests": digests,
        "deviceKeyInfo": {"deviceKey": write_cose_key(device_key)},
        "docType": doc_type,
        "validityInfo": _build_validity(validity),
    }
    if status is not None:
        mso["status"] = build_status(status)
    issuer_auth = build_sign1(
        build_embedded(build_cbor(mso)),
        key=signer.key,
        protected={ALG: ES256},
        unprotected=signer.header,
    )
    return write_issuer_signed(raw_items, issuer_auth)


def _build_items(named: Mapping[str, Cbor], rng: Random) -> list[bytes]:
    """IssuerSignedItemBytes in the order of their salts, which is nobody's choice."""
    salts = rng.randbytes(SALT_BYTES * len(named))
    drawn = sorted(
        (salts[at * SALT_BYTES : (at + 1) * SALT_BYTES], name, value) for at, (name, value) in enumerate(named.items())
    )
    return [
        build_embedded(
            b"\xa4frandom\x58\x20%bhdigestID%blelementValue%b%b"
            % (salt, build_head(0, digest_id), build_cbor(value), _build_identifier(name))
        )
        for digest_id, (salt, name, value) in enumerate(drawn)
    ]


@lru_cache(maxsize=64)
def _build_validity(validity: Validity) -> Encoded:
    """Credentials of one batch have the same times."""
    times = {"signed": validity.signed_at, "validFrom": validity.valid_from, "validUntil": validity.valid_until}
    return Encoded(build_cbor({name: build_time(at) for name, at in times.items()}))


@lru_cache(maxsize=1024)
def _build_identifier(name: str) -> bytes:
    """There are few names of elements in the world."""
    return b"qelementIdentifier" + build_cbor(name)


def _build_digests(items: Sequence[bytes]) -> Encoded:
    """DigestIDs: the digests under the items' places, which are their identifiers."""
    return Encoded(
        build_head(5, len(items))
        + b"".join([build_head(0, at) + b"\x58\x20" + hashlib.sha256(item).digest() for at, item in enumerate(items)])
    )


def write_issuer_signed(raw_items: Mapping[str, Sequence[bytes]], raw_issuer_auth: bytes) -> bytes:
    """IssuerSigned of items that are encoded already, and of an issuerAuth as it was signed."""
    spaces = [
        build_cbor(name) + build_head(4, len(items)) + b"".join(items) for name, items in sorted(raw_items.items())
    ]
    return b"\xa2jnameSpaces" + build_head(5, len(spaces)) + b"".join(spaces) + b"jissuerAuth" + raw_issuer_auth


def parse_issuer_signed(value: Cbor) -> IssuerSigned:
    """IssuerSigned as parse_cbor read it. Raises Malformed: `mdoc_malformed`, `cose_malformed`, `cbor_malformed`."""
    if not isinstance(value, dict) or not value.keys() <= {"nameSpaces", "issuerAuth"}:
        raise malformed("IssuerSigned is another map")
    spaces = value.get("nameSpaces", {})
    if not isinstance(spaces, dict) or not all(isinstance(items, list) and items for items in spaces.values()):
        raise malformed("nameSpaces")
    if sum(map(len, spaces.values())) > MAX_ELEMENTS:
        raise malformed("too many elements")
    items = {_text(name): tuple(map(_parse_item, found)) for name, found in spaces.items()}
    auth = value.get("issuerAuth")
    return IssuerSigned(items, parse_sign1(auth), build_cbor(auth))


def _parse_item(value: Cbor) -> IssuerSignedItem:
    content = parse_embedded(value)
    if not isinstance(content, dict) or content.keys() != {"digestID", "random", "elementIdentifier", "elementValue"}:
        raise malformed("IssuerSignedItem")
    digest_id, random, name = content["digestID"], content["random"], content["elementIdentifier"]
    if type(digest_id) is not int or digest_id < 0 or not isinstance(random, bytes):
        raise malformed("digestID or random")
    if len(random) < MIN_SALT_BYTES:
        raise malformed("a salt that is too short")
    return IssuerSignedItem(value.raw, digest_id, random, _text(name), content["elementValue"])


def parse_mso(payload: bytes | None) -> MobileSecurityObject:
    """MobileSecurityObjectBytes. Raises Malformed: `mdoc_malformed`, `cbor_malformed`. Unknown members are for the future."""
    mso = parse_embedded(parse_cbor(payload or b""))
    if not isinstance(mso, dict):
        raise malformed("the MSO is no map")
    status, digests = mso.get("status"), mso.get("valueDigests")
    key_info = mso.get("deviceKeyInfo")
    if status is not None and not isinstance(status, dict):
        raise malformed("status")
    if not isinstance(key_info, dict) or not isinstance(key_info.get("deviceKey"), dict):
        raise malformed("deviceKeyInfo")
    if not isinstance(digests, dict) or not digests:
        raise malformed("valueDigests")
    return MobileSecurityObject(
        version=_text(mso.get("version")),
        digest_algorithm=_text(mso.get("digestAlgorithm")),
        digests={_text(space): _parse_digests(found) for space, found in digests.items()},
        device_key=key_info["deviceKey"],
        authorised=_parse_authorisations(key_info.get("keyAuthorizations", {})),
        doc_type=_text(mso.get("docType")),
        validity=_parse_validity(mso.get("validityInfo")),
        status=status,
    )


def _parse_digests(value: Cbor) -> Mapping[int, bytes]:
    if not isinstance(value, dict) or not value:
        raise malformed("DigestIDs")
    if any(type(at) is not int or at < 0 or not isinstance(digest, bytes) for at, digest in value.items()):
        raise malformed("DigestIDs")
    return value


def _parse_authorisations(value: Cbor) -> Mapping[str, frozenset[str] | None]:
    if not isinstance(value, dict):
        raise malformed("keyAuthorizations")
    whole, single = value.get("nameSpaces", []), value.get("dataElements", {})
    if not isinstance(whole, list) or not isinstance(single, dict):
        raise malformed("keyAuthorizations")
    found: dict[str, frozenset[str] | None] = {_text(space): None for space in whole}
    if found.keys() & single.keys():
        raise malformed("keyAuthorizations")
    for space, names in single.items():
        if not isinstance(names, list):
            raise malformed("keyAuthorizations")
        found[_text(space)] = frozenset(map(_text, names))
    return found


def _parse_validity(value: Cbor) -> Validity:
    if not isinstance(value, dict):
        raise malformed("validityInfo")
    signed, starts, ends = (parse_time(value.get(name)) for name in ("signed", "validFrom", "validUntil"))
    return Validity(signed, starts, ends)


def build_time(at: datetime) -> Tag:
    """`tdate` (RFC 8949, 3.4.1) in UTC, without fractions (9.1.2.4)."""
    return Tag(DATE_TIME, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def parse_time(value: Cbor) -> datetime:
    """The inverse of build_time. Raises Malformed: `mdoc_malformed`."""
    text = value.value if isinstance(value, Tag) and value.number == DATE_TIME else None
    if not isinstance(text, str) or not text.endswith("Z") or len(text) != 20:
        raise malformed("a time")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise malformed("a time") from error


def parse_embedded(value: Cbor) -> Cbor:
    """What `#6.24(bstr .cbor …)` holds. Raises Malformed."""
    if not isinstance(value, Tag) or value.number != EMBEDDED or not isinstance(value.value, bytes):
        raise malformed("no embedded CBOR")
    return parse_cbor(value.value)


def _text(value: Cbor) -> str:
    if not isinstance(value, str) or not value:
        raise malformed("a text is missing")
    return value


def malformed(reason: str) -> Malformed:
    return Malformed("mdoc_malformed", "This is no mdoc as it must be written.", reason=reason)
