"""Token Status List (draft-ietf-oauth-status-list-20) in its JSON and JWT forms: packing, building, reading, verifying;
eid.crypto.status_list_cwt has the CBOR and CWT forms.

Statuses are packed from the least significant bit of each byte, compressed with zlib, written in base64url (sections 4.1, 4.2).
Fetching a list, aggregation and historical resolution are not here.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from eid.crypto.jwt import LAST_SECOND, LEEWAY, verify_signature
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

TYP = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"
WIDTHS = (1, 2, 4, 8)
MAX_BYTES = 1 << 24
"""A list that unpacks to more than this (16 MiB: 2^27 statuses of one bit) is refused before it fills the memory."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class StatusType(IntEnum):
    """Section 7.1; every other value belongs to the application or to the future."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


@frozen
class StatusList:
    """Statuses of `bits` bits each, packed; the index of a status is its place."""

    bits: int
    packed: bytes

    def __len__(self) -> int:
        return len(self.packed) * 8 // self.bits

    def find_status(self, index: int) -> int:
        """The status at this index (section 8.3, step 6). Raises VerificationFailed outside the list."""
        if not 0 <= index < len(self):
            raise VerificationFailed("status_index", "status_index", "The status list has no such place.")
        place = index * self.bits
        return self.packed[place // 8] >> place % 8 & (1 << self.bits) - 1


@frozen
class StatusReference:
    """Where a token says that its status stands (section 6.1)."""

    uri: str
    index: int


@frozen
class VerifiedStatusList:
    uri: str
    statuses: StatusList
    issued_at: int
    """Seconds since 1970, as `exp` is."""
    expires_at: int | None
    time_to_live: timedelta | None
    """How long a copy may be used before a fresh one is fetched."""


def pack_statuses(statuses: Mapping[int, int], *, size: int, bits: int) -> StatusList:
    """A list of `size` places, all 0 but those given (section 4.1).

    Raises ValueError where the width is none of the four, the size does not fill whole bytes, or an index or a status does
    not fit: those are mistakes of the issuer, not of somebody who asks.
    """
    if bits not in WIDTHS or size <= 0 or size * bits % 8:
        raise ValueError("a status list has 1, 2, 4 or 8 bits a status and fills whole bytes")
    packed = bytearray(size * bits // 8)
    for index, status in statuses.items():
        if not 0 <= index < size or not 0 <= status < 1 << bits:
            raise ValueError("a status or its index does not fit into the list")
        place = index * bits
        packed[place // 8] &= ~(((1 << bits) - 1) << place % 8) & 0xFF
        packed[place // 8] |= status << place % 8
    return StatusList(bits, bytes(packed))


def build_status_list(statuses: StatusList) -> dict[str, Any]:
    """The `status_list` claim: `bits` and `lst` (section 4.2)."""
    return {"bits": statuses.bits, "lst": urlsafe_b64encode(compress_statuses(statuses)).rstrip(b"=").decode()}


def compress_statuses(statuses: StatusList) -> bytes:
    """The octets of `lst` (section 4.1)."""
    return zlib.compress(statuses.packed, level=9)


def parse_status_list(claim: object) -> StatusList:
    """The inverse of build_status_list. Raises VerificationFailed (step status_list) for anything else."""
    if not isinstance(claim, Mapping):
        raise _list_malformed("no object")
    bits, lst = claim.get("bits"), claim.get("lst")
    if not isinstance(lst, str) or not _BASE64URL.fullmatch(lst):
        raise _list_malformed("lst")
    try:
        compressed = urlsafe_b64decode(lst + "=" * (-len(lst) % 4))
    except binascii.Error as error:
        raise _list_malformed(type(error).__name__) from error
    return unpack_statuses(bits, compressed)


def unpack_statuses(bits: object, compressed: bytes) -> StatusList:
    """The inverse of compress_statuses. Raises VerificationFailed (step status_list) for anything else."""
    if not isinstance(bits, int) or bits not in WIDTHS or isinstance(bits, bool):
        raise _list_malformed("bits")
    try:
        unpacker = zlib.decompressobj()
        packed = unpacker.decompress(compressed, MAX_BYTES)
    except zlib.error as error:
        raise _list_malformed(type(error).__name__) from error
    if not unpacker.eof or unpacker.unused_data or not packed:
        raise _list_malformed("not one whole zlib stream of acceptable size")
    return StatusList(bits, packed)


def build_status_list_claims(
    statuses: StatusList, *, uri: str, now: datetime, lifetime: timedelta, time_to_live: timedelta
) -> dict[str, Any]:
    """The claims of a status list token (section 5.1): `sub` is its own address."""
    return {
        "sub": uri,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "ttl": int(time_to_live.total_seconds()),
        "status_list": build_status_list(statuses),
    }


def build_status(reference: StatusReference) -> dict[str, Any]:
    """The `status` claim of a token whose status stands at this place (section 6.1)."""
    return {"status_list": {"idx": reference.index, "uri": reference.uri}}


def parse_status(claim: object) -> StatusReference:
    """The inverse of build_status. Raises VerificationFailed (step status) for anything else."""
    place = claim.get("status_list") if isinstance(claim, Mapping) else None
    index, uri = (place.get("idx"), place.get("uri")) if isinstance(place, Mapping) else (None, None)
    if not isinstance(index, int) or isinstance(index, bool) or index < 0 or not isinstance(uri, str) or not uri:
        raise VerificationFailed("status", "token_status", "The token does not say where its status stands.")
    return StatusReference(uri, index)


def verify_status_list(
    token: str, *, keys: Iterable[Mapping[str, Any]], expected_uri: str, now: datetime
) -> VerifiedStatusList:
    """A status list of which all of this holds (section 8.3); else VerificationFailed with the step.

    1. It is a compact JWS with `typ` statuslist+jwt, and its signature holds under the key of `keys` that its `kid` names.
    2. Its `sub` is exactly the address that the token gave.
    3. `iat` is there and not in the future; `exp`, where it is there, is not past; `ttl`, where it is there, is positive.
    4. Its list can be unpacked.
    """
    # (1)
    verified = verify_signature(token, keys=keys, expected_typ=TYP)
    claims = verified.claims
    # (2)
    if claims.get("sub") != expected_uri:
        raise VerificationFailed("status_uri", "status_list_uri", "The status list is another one.")
    # (3)
    times = check_list_times(claims, now)
    # (4)
    return VerifiedStatusList(expected_uri, parse_status_list(claims.get("status_list")), *times)


def check_list_times(claims: Mapping[str, Any], now: datetime) -> tuple[int, int | None, timedelta | None]:
    """`iat`, `exp` and `ttl` of a list that is valid now. Raises VerificationFailed (step status_time)."""
    issued_at, expires_at, ttl = (_find_seconds(claims, name) for name in ("iat", "exp", "ttl"))
    if issued_at is None or issued_at > (now + LEEWAY).timestamp() or (ttl is not None and ttl <= 0):
        raise VerificationFailed("status_time", "status_list_time", "The status list does not say when it is valid.")
    if expires_at is not None and expires_at <= (now - LEEWAY).timestamp():
        raise VerificationFailed(
            "status_time", "status_list_expired", "The status list has expired; fetch a fresh one."
        )
    return issued_at, expires_at, None if ttl is None else timedelta(seconds=ttl)


def check_status(reference: StatusReference, verified: VerifiedStatusList) -> None:
    """Raise VerificationFailed (step status) unless the token at this place is valid; an unknown status is no valid one."""
    if reference.uri != verified.uri:
        raise VerificationFailed("status_uri", "status_list_uri", "The status list is another one.")
    status = verified.statuses.find_status(reference.index)
    if status == StatusType.SUSPENDED:
        raise VerificationFailed("status", "paper_suspended", "The paper is suspended.")
    if status != StatusType.VALID:
        raise VerificationFailed("status", "paper_invalid", "The paper is no longer valid.")


def _find_seconds(claims: Mapping[str, Any], name: str) -> int | None:
    seconds = claims.get(name)
    if seconds is None or (type(seconds) is int and 0 <= seconds <= LAST_SECOND):
        return seconds
    raise VerificationFailed("status_time", "status_list_time", "The status list does not say when it is valid.")


def _list_malformed(reason: str) -> VerificationFailed:
    return VerificationFailed("status_list", "status_list_malformed", "The status list cannot be read.", reason=reason)
