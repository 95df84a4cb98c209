"""ES256 as JOSE and COSE send it: r and s in 32 octets each, however short or long the signer writes them (RFC 7518, 3.4)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from eid.crypto.es256 import sign_es256

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NUMBERS = [1, 0x7F, 0x80, 1 << 120, (1 << 247) - 1, 1 << 247, (1 << 255) - 1, 1 << 255, ORDER - 1]


class Signer:
    """Signs with the numbers that it is told, in the DER of `cryptography`."""

    def __init__(self, r: int, s: int) -> None:
        self.signature = encode_dss_signature(r, s)

    def sign(self, _digest: bytes, _scheme: object) -> bytes:
        return self.signature


@pytest.mark.parametrize("r", NUMBERS, ids=hex)
def test_numbers_of_every_length_take_32_octets(r: int) -> None:
    for s in NUMBERS:
        signer: Any = Signer(r, s)
        assert sign_es256(signer, b"content") == r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_a_signature_is_over_the_content() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signature = sign_es256(key, b"content")
    numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.public_key().verify(encode_dss_signature(*numbers), b"content", ec.ECDSA(hashes.SHA256()))
