"""SecurityInfos: ICAO 9303-11, 9.2: what a chip says about its protocols, in EF.CardAccess before access and in DG14
after it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from eid.crypto.tlv import (
    INTEGER,
    OID,
    SEQUENCE,
    SET,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_tlv,
    parse_tlv,
)
from eid.errors import Malformed
from eid.late_dataclasses import frozen

TERMINAL_AUTHENTICATION = "0.4.0.127.0.7.2.2.2"
CHIP_AUTHENTICATION_AES_128 = "0.4.0.127.0.7.2.2.3.2.2"
CHIP_AUTHENTICATION_KEY_ECDH = "0.4.0.127.0.7.2.2.1.2"
PACE_ECDH_GM_AES_128 = "0.4.0.127.0.7.2.2.4.2.2"
ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"
PACE_PREFIX, CHIP_AUTHENTICATION_PREFIX = "0.4.0.127.0.7.2.2.4.", "0.4.0.127.0.7.2.2.3."
CHIP_AUTHENTICATION_ECDH_PREFIX = CHIP_AUTHENTICATION_PREFIX + "2."
BRAINPOOL_P256R1 = 13
MAX_CARD_ACCESS_BYTES = 4096
"""What is read is kept, so it must not be as large as a stranger likes; real ones have less than 500."""

ECDSA_PLAIN_HASHES = {
    "0.4.0.127.0.7.1.1.4.1.1": "sha1",
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}
"""ecdsa-plain-SHA…, by which DG14 says how an elliptic-curve chip answers (BSI TR-03111, 5.2.1.1)."""


STANDARDISED_PARAMETERS = "0.4.0.127.0.7.1.2"
"""As algorithm of a public key: its parameters are the number of a standardised curve (BSI TR-03110-3, A.2.1.1)."""


@frozen
class SecurityInfo:
    """One entry as it stands, and its protocol."""

    raw: bytes
    protocol: str


def build_card_access() -> bytes:
    """The EF.CardAccess that Vietnam's card is observed to have: terminal and chip authentication, PACE on
    brainpoolP256r1."""
    return build_tlv(
        SET,
        build_sequence(build_oid(TERMINAL_AUTHENTICATION), build_integer(1)),
        build_sequence(build_oid(CHIP_AUTHENTICATION_AES_128), build_integer(1)),
        build_sequence(build_oid(PACE_ECDH_GM_AES_128), build_integer(2), build_integer(BRAINPOOL_P256R1)),
    )


def build_dg14(*, chip_authentication_key: bytes, active_authentication_oid: str | None) -> bytes:
    """DG14: what EF.CardAccess says, the key of chip authentication (SubjectPublicKeyInfo), and how an elliptic-curve
    chip answers active authentication; None for an RSA chip, whose answer says that itself."""
    infos = [info.raw for info in parse_card_access(build_card_access())]
    infos.append(build_sequence(build_oid(CHIP_AUTHENTICATION_KEY_ECDH), chip_authentication_key))
    if active_authentication_oid is not None:
        infos.append(
            build_sequence(build_oid(ACTIVE_AUTHENTICATION), build_integer(1), build_oid(active_authentication_oid))
        )
    return build_tlv(0x6E, build_set(infos))


@lru_cache(maxsize=64)
def parse_card_access(data: bytes) -> tuple[SecurityInfo, ...]:
    """The entries of EF.CardAccess. Raises Malformed. A whole state's cards have the same, so it is kept."""
    if len(data) > MAX_CARD_ACCESS_BYTES:
        raise Malformed("tlv_too_large", "The data are larger than they may be.")
    return _parse_infos(data)


def parse_dg14(data: bytes) -> tuple[SecurityInfo, ...]:
    """The entries of DG14. Raises Malformed."""
    [infos] = parse_tlv(data, 0x6E).children(SET)
    return _parse_infos(infos.raw)


def _parse_infos(data: bytes) -> tuple[SecurityInfo, ...]:
    infos = parse_tlv(data, SET).children(max_count=64)
    return tuple(SecurityInfo(info.raw, _protocol_of(info)) for info in infos)


def _protocol_of(info: Tlv) -> str:
    return info.expect(SEQUENCE).children(min_count=2, max_count=3)[0].oid()


def parse_active_authentication_hash(infos: Iterable[SecurityInfo]) -> str | None:
    """By which digest an elliptic-curve chip answers, where DG14 says so. Raises Malformed (`unknown_algorithm`)."""
    for info in infos:
        if info.protocol == ACTIVE_AUTHENTICATION:
            _protocol, version, algorithm = parse_tlv(info.raw, SEQUENCE).children(OID, INTEGER, OID)
            if version.integer() != 1 or algorithm.oid() not in ECDSA_PLAIN_HASHES:
                raise Malformed("unknown_algorithm", "DG14 names an unknown algorithm for active authentication.")
            return ECDSA_PLAIN_HASHES[algorithm.oid()]
    return None


@frozen
class PaceInfo:
    """PACEInfo (9303-11, 9.2.2): a way of PACE that the chip speaks; `parameter` numbers standardised domain
    parameters."""

    protocol: str
    parameter: int | None


@frozen
class ChipAuthenticationInfo:
    """ChipAuthenticationInfo (9303-11, 9.2.5): a protocol, and which key it is for where there are several."""

    protocol: str
    key_id: int | None


@frozen
class ChipAuthenticationPublicKeyInfo:
    """ChipAuthenticationPublicKeyInfo (9303-11, 9.2.6): a key in SubjectPublicKeyInfo, as it stands."""

    public_key_info: bytes
    key_id: int | None


def parse_pace_infos(infos: Iterable[SecurityInfo]) -> list[PaceInfo]:
    """The ways of PACE that these entries offer, in their order. Raises Malformed. Explicit domain parameters, which
    have another form, are not read."""
    found = []
    for info in infos:
        if info.protocol.startswith(PACE_PREFIX) and info.protocol.count(".") == PACE_PREFIX.count(".") + 1:
            _protocol, version, *parameter = parse_tlv(info.raw, SEQUENCE).children()
            if version.integer() != 2:
                raise Malformed("pace_version", "The chip speaks PACE in a version that is unknown here.")
            found.append(PaceInfo(info.protocol, parameter[0].integer() if parameter else None))
    return found


def parse_chip_authentication(
    infos: Iterable[SecurityInfo],
) -> tuple[list[ChipAuthenticationInfo], list[ChipAuthenticationPublicKeyInfo]]:
    """The protocols and keys of chip authentication over curves, in their order. Raises Malformed."""
    protocols, keys = [], []
    for info in infos:
        is_protocol = info.protocol.startswith(CHIP_AUTHENTICATION_ECDH_PREFIX)
        if not is_protocol and info.protocol != CHIP_AUTHENTICATION_KEY_ECDH:
            continue
        _protocol, body, *rest = parse_tlv(info.raw, SEQUENCE).children()
        key_id = rest[0].integer() if rest else None
        if key_id is not None and key_id < 0:
            raise Malformed("ca_malformed", "DG14 numbers a key of chip authentication by a negative number.")
        if is_protocol:
            protocols.append(ChipAuthenticationInfo(info.protocol, key_id))
        else:
            keys.append(ChipAuthenticationPublicKeyInfo(body.expect(SEQUENCE).raw, key_id))
    return protocols, keys
