"""Deriving keys, MACs and padding: ICAO 9303-11, 9.7 and 9.8.6; ISO/IEC 9797-1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.chip_ciphers import AUTHENTICATION, ENCRYPTION, Suite, pad, retail_mac, unpad
from tests.crypto.chip_vectors import ICAO, octets

BAC, PACE = ICAO["bac"], ICAO["pace_ecdh"]


def test_keys_of_3des_are_icaos() -> None:
    """ICAO 9303-11, appendix D.1: with their parity."""
    seed = octets(BAC["key_seed"])
    assert Suite.TDES.derive(seed, ENCRYPTION) == octets(BAC["k_enc"])
    assert Suite.TDES.derive(seed, AUTHENTICATION) == octets(BAC["k_mac"])


def test_keys_of_aes_are_icaos() -> None:
    """ICAO 9303-11, appendix G.1."""
    secret = octets(PACE["shared_secret"])
    assert Suite.AES_128.derive(secret, ENCRYPTION) == octets(PACE["ks_enc"])
    assert Suite.AES_128.derive(secret, AUTHENTICATION) == octets(PACE["ks_mac"])


@pytest.mark.parametrize(("suite", "length"), [(Suite.AES_192, 24), (Suite.AES_256, 32)])
def test_longer_keys_come_from_sha256(suite: Suite, length: int) -> None:
    """ICAO 9303-11, 9.7.1.2."""
    assert len(suite.derive(b"secret", ENCRYPTION)) == length
    assert suite.derive(b"secret", ENCRYPTION) == Suite.AES_256.derive(b"secret", ENCRYPTION)[:length]


def test_the_retail_mac_is_icaos() -> None:
    """ICAO 9303-11, appendix D.3: over the reader's sealed message, and over the chip's."""
    for message in (octets(BAC["command_data"]), octets(BAC["response_data"])):
        assert retail_mac(octets(BAC["k_mac"]), pad(message[:32], 8)) == message[32:]


def test_a_retail_mac_of_one_block_is_des_three_times() -> None:
    """ISO/IEC 9797-1, MAC algorithm 3."""
    key = octets(BAC["k_mac"])
    assert retail_mac(key, bytes(8)) == Suite.TDES.encrypt(key, bytes(8))


@pytest.mark.parametrize("block", [8, 16])
@settings(deadline=None)
@given(data=st.binary(max_size=70))
def test_padding_is_taken_off_as_it_was_put_on(block: int, data: bytes) -> None:
    """ISO/IEC 9797-1, padding method 2."""
    padded = pad(data, block)
    assert len(padded) % block == 0 and len(padded) > len(data)
    assert unpad(padded, block) == data


@pytest.mark.parametrize("data", [b"", bytes(8), b"\x01" * 8, b"\x80" + bytes(8)])
def test_what_is_not_padded_is_no_message(data: bytes) -> None:
    assert unpad(data, 8) is None


@pytest.mark.parametrize("suite", list(Suite))
@settings(deadline=None)
@given(data=st.binary(min_size=16, max_size=16), count=st.integers(1, 5), counter=st.integers(0, 2**60))
def test_what_a_session_encrypts_it_decrypts(suite: Suite, data: bytes, count: int, counter: int) -> None:
    keys = suite.session_keys(b"secret")
    number = counter.to_bytes(keys.block, "big")
    assert keys.decrypt(keys.encrypt(data * count, number), number) == data * count
    assert keys.encrypt(data * count, number) != data * count
