"""ISO/IEC 18013-5 mdocs: what an issuer signs (8.3.2.1.2.2, 9.1.2.4), built and read.

Each element of data is salted and stands in the mobile security object (MSO) as a digest only; a holder shows the elements that
are asked for. What was read is kept octet by octet: a digest is over what was sent, never over a new encoding. Who signed and
whether it holds is eid.crypto.mdoc_verification's matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from eid.crypto.cbor import DATE_TIME, EMBEDDED, Cbor, Tag, build_cbor, build_head, parse_cbor
from eid.crypto.cose import CoseKey, Sign1, parse_sign1
from eid.errors import Malformed
from eid.late_dataclasses import frozen

DIGESTS = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}
"""Table 21."""
MIN_SALT_BYTES = 16
"""9.1.2.5."""
MAX_ELEMENTS = 256
VERSION = "1.0"

Elements = Mapping[str, Mapping[str, Cbor]]
"""Name space → element identifier → value."""


@frozen
class IssuerSignedItem:
    raw: bytes
    """IssuerSignedItemBytes, tag and all: what its digest is over."""
    digest_id: int
    random: bytes
    name: str
    value: Cbor


@frozen
class Validity:
    signed_at: datetime
    valid_from: datetime
    valid_until: datetime


@frozen
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


@frozen
class IssuerSigned:
    items: Mapping[str, tuple[IssuerSignedItem, ...]]
    issuer_auth: Sign1
    raw_issuer_auth: bytes


def write_name_space(name: str, items: Sequence[bytes]) -> bytes:
    """Items that are encoded already, under the name of their space."""
    return build_cbor(name) + build_head(4, len(items)) + b"".join(items)


def write_issuer_signed(name_spaces: Collection[bytes], raw_issuer_auth: bytes) -> bytes:
    """IssuerSigned of name spaces as write_name_space has them, and of an issuerAuth as it was signed."""
    spaces = build_head(5, len(name_spaces)) + b"".join(sorted(name_spaces))
    return b"\xa2jnameSpaces" + spaces + b"jissuerAuth" + raw_issuer_auth


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
