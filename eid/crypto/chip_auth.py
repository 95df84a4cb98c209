"""Chip authentication: ICAO 9303-11, 6.2. Chip and reader agree on new keys for secure messaging, the chip with the static
key that DG14 publishes: only the chip that holds the private half can go on speaking.

Over elliptic curves, by 3DES or AES. The evidence that a reader gains counts only where a verified EF.SOD binds the
DG14 whose key was used; eid.crypto.checks.chip decides that.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from eid.crypto.chip_ciphers import Suite
from eid.crypto.groups import STANDARDISED, AnyGroup, EllipticGroup, KeyPair, agree, draw_key_pair
from eid.crypto.public_keys import find_point
from eid.crypto.secure_messaging import SecureMessaging
from eid.crypto.security_infos import (
    CHIP_AUTHENTICATION_ECDH_PREFIX,
    STANDARDISED_PARAMETERS,
    SecurityInfo,
    parse_chip_authentication,
)
from eid.crypto.tlv import BIT_STRING, SEQUENCE, parse_tlv
from eid.errors import Malformed
from eid.late_dataclasses import frozen

_SUITES = {
    CHIP_AUTHENTICATION_ECDH_PREFIX + "1": Suite.TDES,
    CHIP_AUTHENTICATION_ECDH_PREFIX + "2": Suite.AES_128,
    CHIP_AUTHENTICATION_ECDH_PREFIX + "3": Suite.AES_192,
    CHIP_AUTHENTICATION_ECDH_PREFIX + "4": Suite.AES_256,
}
_IMPLIED = CHIP_AUTHENTICATION_ECDH_PREFIX + "1"
"""What a DG14 means that holds one key and names no protocol, as the first edition of BSI TR-03110 allowed."""


@frozen
class ChipAuthenticationKey:
    """A chip's static key, and by which protocol it is used."""

    protocol: str
    key_id: int | None
    public_key_info: bytes

    @property
    def suite(self) -> Suite:
        return _SUITES[self.protocol]


@frozen
class ChipAuthenticationEvidence:
    """What a reader found out: with which key the chip was asked, and whether it could speak under the new keys."""

    key: ChipAuthenticationKey
    answered: bool


@frozen
class ChipMappingEvidence:
    """What a reader has after PACE with chip authentication mapping (9303-11, 4.4.3.5): the chip's mapping key over the
    standardised domain parameters, its data, and EF.CardSecurity, all of it unverified."""

    parameter: int
    mapping_key: bytes
    chip_data: int
    card_security: bytes


ChipEvidence = ChipAuthenticationEvidence | ChipMappingEvidence


def list_static_keys(infos: Iterable[SecurityInfo], group: AnyGroup) -> list[bytes]:
    """The keys on this curve that these entries publish for chip authentication, as encoded points. Raises Malformed."""
    _protocols, keys = parse_chip_authentication(infos)
    found = [parse_static_key(key.public_key_info) for key in keys]
    return [of.encode(point) for of, point in found if of == group]


def list_chip_authentication_keys(infos: Iterable[SecurityInfo]) -> list[ChipAuthenticationKey]:
    """Every key of a DG14 with each protocol that names it, in DG14's order of protocols. Raises Malformed."""
    protocols, keys = parse_chip_authentication(infos)
    if not protocols and len(keys) == 1:
        return [ChipAuthenticationKey(_IMPLIED, keys[0].key_id, keys[0].public_key_info)]
    return [
        ChipAuthenticationKey(protocol.protocol, key.key_id, key.public_key_info)
        for protocol in protocols
        for key in keys
        if protocol.protocol in _SUITES and protocol.key_id in (key.key_id, None)
    ]


def parse_static_key(info: bytes) -> tuple[EllipticGroup, tuple[int, int]]:
    """Group and point of a SubjectPublicKeyInfo, its curve named, explicit or by number. Raises Malformed."""
    algorithm, bits = parse_tlv(info, SEQUENCE).children(SEQUENCE, BIT_STRING)
    kind, *parameters = algorithm.children(min_count=1, max_count=2)
    if kind.oid() == STANDARDISED_PARAMETERS and parameters:
        group = STANDARDISED.get(parameters[0].integer())
        if not isinstance(group, EllipticGroup):
            raise Malformed("ec_params_unknown", "A key lies on a curve that is not known here.")
        return group, group.decode(bits.bits())
    curve, point = find_point(info)
    return EllipticGroup(curve), point


@frozen
class EphemeralKey:
    """The reader's side: a fresh key on the static key's curve."""

    group: EllipticGroup
    pair: KeyPair[tuple[int, int]]
    key: ChipAuthenticationKey

    @property
    def encoded(self) -> bytes:
        return self.group.encode(self.pair.public)

    def open_session(self) -> SecureMessaging:
        """Secure messaging as it goes on if the chip holds the private half; its counter begins at zero again."""
        _group, point = parse_static_key(self.key.public_key_info)
        shared = agree(self.group, self.pair, self.group.encode(point))
        return SecureMessaging(self.key.suite.session_keys(self.group.secret(shared)))


def draw_ephemeral_key(key: ChipAuthenticationKey, rng: random.Random) -> EphemeralKey:
    """Raises Malformed where the static key cannot be read."""
    group, _point = parse_static_key(key.public_key_info)
    return EphemeralKey(group, draw_key_pair(group, group.generator, rng), key)


def open_chip_session(key: ChipAuthenticationKey, private: int, encoded: bytes) -> SecureMessaging:
    """The chip's side: secure messaging with whoever sent this key. Raises Malformed (`bad_public_key`)."""
    group, point = parse_static_key(key.public_key_info)
    shared = agree(group, KeyPair(private, point), encoded)
    return SecureMessaging(key.suite.session_keys(group.secret(shared)))
