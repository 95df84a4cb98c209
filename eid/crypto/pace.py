"""Password authenticated connection establishment: ICAO 9303-11, 4.4. Chip and reader show each other that they know the
same short password without giving an eavesdropper anything to try passwords against, and share keys afterwards.

Generic mapping over elliptic curves and over RFC 5114's groups, and chip authentication mapping over curves;
integrated mapping is refused by name. Both sides run the same steps, so one class is both.
"""

from __future__ import annotations

import hmac
import random
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from eid.crypto.chip_access import Password
from eid.crypto.chip_ciphers import AUTHENTICATION, ENCRYPTION, PASSWORD, Suite, pad, unpad
from eid.crypto.groups import STANDARDISED, AnyGroup, EllipticGroup, Group, KeyPair, agree, draw_key_pair
from eid.crypto.secure_messaging import SecureMessaging
from eid.crypto.security_infos import PACE_PREFIX
from eid.crypto.tlv import build_oid, build_tlv
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

GENERIC, INTEGRATED, CHIP_AUTHENTICATION = "generic mapping", "integrated mapping", "chip authentication mapping"

_MAPPINGS = {
    "1": ("DH", GENERIC),
    "2": ("ECDH", GENERIC),
    "3": ("DH", INTEGRATED),
    "4": ("ECDH", INTEGRATED),
    "6": ("ECDH", CHIP_AUTHENTICATION),
}
_SUITES = {"1": Suite.TDES, "2": Suite.AES_128, "3": Suite.AES_192, "4": Suite.AES_256}
PUBLIC_KEY = 0x7F49


@frozen
class PaceProtocol:
    """What an object identifier under id-PACE means (9303-11, 9.2.1), with domain parameters that go with it."""

    oid: str
    parameter: int
    mapping: str
    suite: Suite
    group: AnyGroup


def find_protocol(oid: str, parameter: int | None) -> PaceProtocol:
    """The protocol of an object identifier and standardised domain parameters.

    Raises Malformed (`pace_unsupported`) where it is none that is spoken here.
    """
    kind, _, suite = oid.removeprefix(PACE_PREFIX).partition(".")
    key_agreement, mapping = _MAPPINGS.get(kind, ("", ""))
    group = STANDARDISED.get(-1 if parameter is None else parameter)
    if (
        not oid.startswith(PACE_PREFIX)
        or suite not in _SUITES
        or mapping not in (GENERIC, CHIP_AUTHENTICATION)
        or (mapping == CHIP_AUTHENTICATION and suite == "1")
        or group is None
        or isinstance(group, EllipticGroup) != (key_agreement == "ECDH")
    ):
        raise Malformed(
            "pace_unsupported", "The chip offers PACE in no way that is spoken here.", reason=f"{oid} {parameter}"
        )
    assert parameter is not None
    return PaceProtocol(oid, parameter, mapping, _SUITES[suite], group)


def derive_password_key(password: Password, suite: Suite) -> bytes:
    """K_π (9303-11, 9.7.3): under which the chip's nonce travels."""
    return suite.derive(password.secret, PASSWORD)


class PaceSide:
    """One side of a run of PACE. Each method is one step, to be taken in the order in which they stand here.

    The steps that take something from the other side raise Malformed (`bad_public_key`).
    """

    def __init__(self, protocol: PaceProtocol, password: Password, rng: random.Random) -> None:
        self.protocol, self._rng = protocol, rng
        self._group: Group[Any] = protocol.group
        self._password_key = derive_password_key(password, protocol.suite)
        self._nonce = 0

    def draw_nonce(self) -> bytes:
        """The chip's: a fresh nonce, encrypted (9303-11, 4.4.1, step 1)."""
        nonce = self._rng.randbytes(16)
        self._nonce = int.from_bytes(nonce, "big")
        return self.protocol.suite.encrypt(self._password_key, nonce)

    def take_nonce(self, encrypted: bytes) -> None:
        """The reader's: what the chip drew. A wrong password gives another nonce, and nobody can tell yet."""
        if not encrypted or len(encrypted) > 64 or len(encrypted) % self.protocol.suite.block:
            raise Malformed("pace_nonce", "The chip's nonce for PACE has a wrong length.")
        self._nonce = int.from_bytes(self.protocol.suite.decrypt(self._password_key, encrypted), "big")

    def offer_mapping_key(self) -> bytes:
        """Step 2: a key over the standardised generator, whose shared element hides where the new generator lies."""
        self._mapping: KeyPair[Any] = draw_key_pair(self._group, self._group.generator, self._rng)
        return self._group.encode(self._mapping.public)

    def take_mapping_key(self, encoded: bytes) -> None:
        """Generic mapping (9303-11, 4.4.3.3.1): the new generator is g^s · h."""
        hidden = agree(self._group, self._mapping, encoded)
        self.other_mapping_key = encoded
        power = self._group.power(self._group.generator, self._nonce)
        mapped = hidden if power is None else self._group.combine(power, hidden)
        if mapped is None:
            raise Malformed("bad_public_key", "A public key cannot be read.", reason="neutral generator")
        self.generator = mapped

    def offer_key(self) -> bytes:
        """Step 3: a key over the new generator."""
        self._own: KeyPair[Any] = draw_key_pair(self._group, self.generator, self._rng)
        return self._group.encode(self._own.public)

    def take_key(self, encoded: bytes) -> None:
        """Afterwards the session's keys are there."""
        shared = self._group.secret(agree(self._group, self._own, encoded))
        suite = self.protocol.suite
        self.shared_secret = shared
        self._authentication = suite.derive(shared, AUTHENTICATION)
        self.encryption_key = suite.derive(shared, ENCRYPTION)
        self._tokens = self._token(encoded), self._token(self._group.encode(self._own.public))

    def _token(self, public_key: bytes) -> bytes:
        """MAC over a public-key data object (9303-11, 4.4.3.4)."""
        objects = build_oid(self.protocol.oid) + build_tlv(self._group.public_key_tag, public_key)
        return self.protocol.suite.authenticate(self._authentication, build_tlv(PUBLIC_KEY, objects))

    @property
    def token(self) -> bytes:
        """Step 4: what this side sends, over the other's key."""
        return self._tokens[0]

    def check_token(self, token: bytes) -> None:
        """Raises VerificationFailed (`pace_failed`) where the other side does not know the password."""
        if not hmac.compare_digest(self._tokens[1], token):
            raise VerificationFailed(
                "access_control", "pace_failed", "Chip and reader do not know the same password.", reason="token"
            )

    def open_session(self) -> SecureMessaging:
        """Secure messaging as it begins after PACE, its counter zero."""
        return SecureMessaging(self.protocol.suite.session_keys(self.shared_secret))

    def seal_chip_data(self, static_private_key: int) -> bytes:
        """The chip's, for chip authentication mapping: its mapping key divided by its static key, encrypted
        (9303-11, 4.4.3.3.3 and 4.4.3.5)."""
        order = self._group.order
        data = self._mapping.private * pow(static_private_key, -1, order) % order
        octets = data.to_bytes((order.bit_length() + 7) // 8, "big")
        return self._chip_data_cipher().encryptor().update(pad(octets, 16))

    def open_chip_data(self, encrypted: bytes) -> int:
        """The reader's: what seal_chip_data gave. Raises Malformed (`cam_malformed`)."""
        plain = None
        if encrypted and len(encrypted) % 16 == 0:
            plain = unpad(self._chip_data_cipher().decryptor().update(encrypted), 16)
        if not plain:
            raise Malformed("cam_malformed", "The chip's data of chip authentication mapping cannot be read.")
        return int.from_bytes(plain, "big")

    def _chip_data_cipher(self) -> Cipher[modes.CBC]:
        """The initialisation vector is minus one, encrypted."""
        key = AES(self.encryption_key)
        vector = Cipher(key, modes.CBC(bytes(16))).encryptor().update(b"\xff" * 16)
        return Cipher(key, modes.CBC(vector))


def is_mapped(group: EllipticGroup, chip_data: int, static_key: bytes, mapping_key: bytes) -> bool:
    """Whether the chip's mapping key is its static key times its data, so that it holds the static key's private half
    (9303-11, 4.4.3.5.2). Raises Malformed where the static key is no point of the curve."""
    expected = group.power(group.decode(static_key), chip_data)
    return expected is not None and group.encode(expected) == mapping_key
