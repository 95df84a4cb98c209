"""Basic access control: ICAO 9303-11, 4.3. Who has read the machine-readable zone proves it, and both sides derive keys
that nobody else has. The zone holds little that cannot be guessed, so PACE is to be preferred wherever it is offered."""

from __future__ import annotations

import hmac

from eid.crypto.chip_access import MrzPassword
from eid.crypto.chip_ciphers import AUTHENTICATION, ENCRYPTION, MAC_OCTETS, Suite
from eid.crypto.secure_messaging import SecureMessaging
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

NONCE_OCTETS, KEY_OCTETS = 8, 16
_BODY = 2 * NONCE_OCTETS + KEY_OCTETS


@frozen
class DocumentKeys:
    """The document's basic access keys, derived from its zone (9303-11, 4.3.2)."""

    encryption: bytes
    authentication: bytes

    def seal(self, first: bytes, second: bytes, key: bytes) -> bytes:
        """E | M of a message: the sender's nonce, the other's, and the sender's key (9303-11, 4.3.1, steps 2 and 3)."""
        sealed = Suite.TDES.encrypt(self.encryption, first + second + key)
        return sealed + Suite.TDES.authenticate(self.authentication, sealed)

    def open(
        self, message: bytes, *, expected_second: bytes, expected_first: bytes | None = None
    ) -> tuple[bytes, bytes]:
        """The sender's nonce and key of a sealed message in which these nonces come back.

        Raises VerificationFailed (`bac_failed`): the other side does not know the zone, or answers something else.
        """
        sealed, mac = message[:-MAC_OCTETS], message[-MAC_OCTETS:]
        if len(message) != _BODY + MAC_OCTETS:
            raise _failed("length")
        if not hmac.compare_digest(Suite.TDES.authenticate(self.authentication, sealed), mac):
            raise _failed("MAC")
        plain = Suite.TDES.decrypt(self.encryption, sealed)
        first, second, key = plain[:NONCE_OCTETS], plain[NONCE_OCTETS : 2 * NONCE_OCTETS], plain[2 * NONCE_OCTETS :]
        if not hmac.compare_digest(second, expected_second):
            raise _failed("nonce")
        if expected_first is not None and not hmac.compare_digest(first, expected_first):
            raise _failed("nonce")
        return first, key


def derive_document_keys(password: MrzPassword) -> DocumentKeys:
    seed = password.secret[:KEY_OCTETS]
    return DocumentKeys(Suite.TDES.derive(seed, ENCRYPTION), Suite.TDES.derive(seed, AUTHENTICATION))


def open_session(*, reader_key: bytes, chip_key: bytes, reader_nonce: bytes, chip_nonce: bytes) -> SecureMessaging:
    """Secure messaging as both sides begin it (9303-11, 4.3.1, step 5; 9.8.6.3 for the counter)."""
    seed = bytes(a ^ b for a, b in zip(reader_key, chip_key, strict=True))
    return SecureMessaging(Suite.TDES.session_keys(seed), int.from_bytes(chip_nonce[-4:] + reader_nonce[-4:], "big"))


def _failed(reason: str) -> VerificationFailed:
    return VerificationFailed(
        "access_control", "bac_failed", "The chip was not opened by its machine-readable zone.", reason=reason
    )
