"""Sealed secrets: a fixed vector, every changed byte, another key, another row."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.sealing import seal_secret, unseal_secret
from eid.errors import VerificationFailed

KEY = bytes(range(32))
NONCE = bytes(range(100, 112))
CONTEXT = "totp of person 2"
VECTOR = seal_secret(b"MZXW6YTB", key=KEY, nonce=NONCE, context=CONTEXT)

contexts = st.text(max_size=40)


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32), st.binary(min_size=12, max_size=12), contexts)
def test_what_was_sealed_opens_in_its_context(secret: bytes, key: bytes, nonce: bytes, context: str) -> None:
    sealed = seal_secret(secret, key=key, nonce=nonce, context=context)
    assert unseal_secret(sealed, key=key, context=context) == secret


def test_the_form_is_version_key_name_nonce_and_gcm() -> None:
    """NIST SP 800-38D by another call of the library: the head is authenticated together with the context."""
    head = b"\x01" + hashlib.sha256(b"eid sealing key" + KEY).digest()[:4]
    assert head + NONCE + AESGCM(KEY).encrypt(NONCE, b"MZXW6YTB", head + CONTEXT.encode()) == VECTOR
    assert VECTOR.hex() == "01" + head[1:].hex() + NONCE.hex() + VECTOR[17:].hex()


@given(st.integers(min_value=0, max_value=len(VECTOR) - 1), st.integers(min_value=1, max_value=255))
def test_any_changed_byte_is_refused(position: int, change: int) -> None:
    changed = bytearray(VECTOR)
    changed[position] ^= change
    with pytest.raises(VerificationFailed) as caught:
        unseal_secret(bytes(changed), key=KEY, context=CONTEXT)
    assert caught.value.step == "seal"


@pytest.mark.parametrize("length", range(len(VECTOR)))
def test_anything_cut_short_is_refused(length: int) -> None:
    with pytest.raises(VerificationFailed) as caught:
        unseal_secret(VECTOR[:length], key=KEY, context=CONTEXT)
    assert caught.value.step == "seal"


def test_a_secret_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(VerificationFailed) as caught:
        unseal_secret(VECTOR, key=KEY, context="totp of person 3")
    assert caught.value.code == "seal_broken"


def test_another_key_is_named_as_the_reason() -> None:
    with pytest.raises(VerificationFailed) as caught:
        unseal_secret(VECTOR, key=bytes(32), context=CONTEXT)
    assert caught.value.code == "seal_key"


@pytest.mark.parametrize(("key", "nonce"), [(bytes(16), NONCE), (KEY, bytes(8))])
def test_a_key_or_nonce_of_another_length_is_a_mistake_of_ours(key: bytes, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_secret(b"x", key=key, nonce=nonce, context=CONTEXT)
