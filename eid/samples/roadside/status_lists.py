"""Reading a status list (draft-ietf-oauth-status-list-20): its signature, its time, and the status at a place. Pure."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

from eid.samples.signatures import Keys, NotVerified, check_expected, verify_signature

LARGEST = 1 << 20
"""Bytes of a list that is unpacked; more is refused before it fills the memory."""


@dataclass(frozen=True)
class StatusList:
    uri: str
    bits: int
    packed: bytes
    issued_at: int
    expires_at: int

    def find_status(self, index: int) -> int:
        """The status at this place (section 8.3). Raises NotVerified: status."""
        if not isinstance(index, int) or not 0 <= index < len(self.packed) * 8 // self.bits:
            raise NotVerified("status", "the list has no such place")
        place = index * self.bits
        return self.packed[place // 8] >> place % 8 & (1 << self.bits) - 1


def read_status_list(token: str, *, uri: str, keys: Keys) -> StatusList:
    """The list of this address. Raises NotVerified.

    1. It is a status list, signed by a key that is trusted.
    2. It is the one that was asked for: `sub` is its address (section 8.3).
    3. It says when it was made and until when it holds; whether that is over is for the caller to judge.
    4. It unpacks to statuses of 1, 2, 4 or 8 bits, and to no more than a list may be.
    """
    # (1)
    _header, claims = verify_signature(token, typ="statuslist+jwt", keys=keys)
    # (2)
    check_expected(claims, sub=uri)
    # (3)
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        raise NotVerified("status", "the list does not say when it was made")
    # (4)
    listed = claims.get("status_list")
    if not isinstance(listed, dict) or listed.get("bits") not in (1, 2, 4, 8) or not isinstance(listed.get("lst"), str):
        raise NotVerified("status", "the list is none")
    return StatusList(uri, listed["bits"], _unpack(listed["lst"]), issued_at, expires_at)


def _unpack(text: str) -> bytes:
    try:
        unpacking = zlib.decompressobj()
        packed = unpacking.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), LARGEST)
    except (ValueError, zlib.error) as error:
        raise NotVerified("status", "the list cannot be unpacked") from error
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise NotVerified("status", "the list is larger than a list may be, or cut off")
    return packed
