"""Ciphers between chip and reader: ICAO 9303-11, 9.7 (deriving keys) and 9.8.6 (3DES-CBC with the retail MAC of
ISO/IEC 9797-1, algorithm 3; AES-CBC with CMAC, both cut to eight octets)."""

from __future__ import annotations

from enum import Enum

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from eid.crypto.algorithms import digest

MAC_OCTETS = 8
ENCRYPTION, AUTHENTICATION, PASSWORD = 1, 2, 3
"""Counters of the key derivation function (9303-11, 9.7.1)."""


class Suite(Enum):
    """Which cipher, and how long its keys are in octets."""

    TDES = ("3DES", 16, 8, "sha1")
    AES_128 = ("AES-128", 16, 16, "sha1")
    AES_192 = ("AES-192", 24, 16, "sha256")
    AES_256 = ("AES-256", 32, 16, "sha256")

    def __init__(self, label: str, key_octets: int, block: int, hash_name: str) -> None:
        self.label, self.key_octets, self.block, self.hash_name = label, key_octets, block, hash_name

    def derive(self, secret: bytes, counter: int) -> bytes:
        """KDF (9303-11, 9.7.1): the digest of secret and counter; keys of 3DES with their parity."""
        key = digest(self.hash_name, secret + counter.to_bytes(4, "big"))[: self.key_octets]
        return bytes(map(_with_parity, key)) if self is Suite.TDES else key

    def session_keys(self, secret: bytes) -> TripleDesKeys | AesKeys:
        """The keys for encryption and authentication that a shared secret gives."""
        enc, mac = self.derive(secret, ENCRYPTION), self.derive(secret, AUTHENTICATION)
        return TripleDesKeys(enc, mac) if self is Suite.TDES else AesKeys(enc, mac)

    def encrypt(self, key: bytes, data: bytes) -> bytes:
        """CBC over whole blocks, the IV zero: the nonce of PACE, the messages of BAC."""
        return Cipher(self._algorithm(key), modes.CBC(bytes(self.block))).encryptor().update(data)

    def decrypt(self, key: bytes, data: bytes) -> bytes:
        """The inverse of encrypt."""
        return Cipher(self._algorithm(key), modes.CBC(bytes(self.block))).decryptor().update(data)

    def _algorithm(self, key: bytes) -> TripleDES | AES:
        return TripleDES(key + key[:8]) if self is Suite.TDES else AES(key)

    def authenticate(self, key: bytes, message: bytes) -> bytes:
        """The MAC of a message outside of secure messaging: CMAC, or the retail MAC with padding method 2."""
        return retail_mac(key, pad(message, 8)) if self is Suite.TDES else _cmac(AES(key), message)


def _with_parity(octet: int) -> int:
    return octet & 0xFE | (octet >> 1).bit_count() & 1 ^ 1


def pad(data: bytes, block: int) -> bytes:
    """ISO/IEC 9797-1, padding method 2: 80, then zeros up to whole blocks."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(data: bytes, block: int) -> bytes | None:
    """The inverse of pad; None where there is no such padding."""
    content = data.rstrip(b"\x00")
    return content[:-1] if content.endswith(b"\x80") and len(data) - len(content) < block else None


def retail_mac(key: bytes, blocks: bytes) -> bytes:
    """ISO/IEC 9797-1, MAC algorithm 3, over whole blocks: DES in CBC mode, the last block by DES three times."""
    single, double = key[:8] * 3, key + key[:8]
    chained = bytes(8)
    if len(blocks) > 8:
        chained = Cipher(TripleDES(single), modes.CBC(chained)).encryptor().update(blocks[:-8])[-8:]
    return Cipher(TripleDES(double), modes.CBC(chained)).encryptor().update(blocks[-8:])


def _cmac(algorithm: AES, message: bytes) -> bytes:
    mac = CMAC(algorithm)
    mac.update(message)
    return mac.finalize()[:MAC_OCTETS]


class TripleDesKeys:
    """Session keys of 3DES; the initialisation vector is always zero."""

    block = 8

    def __init__(self, encryption: bytes, authentication: bytes) -> None:
        self._algorithm, self._authentication = TripleDES(encryption + encryption[:8]), authentication

    def encrypt(self, data: bytes, counter: bytes) -> bytes:
        return Cipher(self._algorithm, modes.CBC(bytes(8))).encryptor().update(data)

    def decrypt(self, data: bytes, counter: bytes) -> bytes:
        return Cipher(self._algorithm, modes.CBC(bytes(8))).decryptor().update(data)

    def mac(self, blocks: bytes) -> bytes:
        return retail_mac(self._authentication, blocks)


class AesKeys:
    """Session keys of AES; the initialisation vector is the encrypted send sequence counter (9303-11, 9.8.6.2)."""

    block = 16

    def __init__(self, encryption: bytes, authentication: bytes) -> None:
        self._algorithm = AES(encryption)
        self._vectors = Cipher(self._algorithm, modes.ECB()).encryptor()  # noqa: S305 - one block, as 9.8.6.2 says
        self._mac = CMAC(AES(authentication))

    def encrypt(self, data: bytes, counter: bytes) -> bytes:
        return Cipher(self._algorithm, modes.CBC(self._vectors.update(counter))).encryptor().update(data)

    def decrypt(self, data: bytes, counter: bytes) -> bytes:
        return Cipher(self._algorithm, modes.CBC(self._vectors.update(counter))).decryptor().update(data)

    def mac(self, blocks: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(blocks)
        return mac.finalize()[:MAC_OCTETS]


SessionKeys = TripleDesKeys | AesKeys
