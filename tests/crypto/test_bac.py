"""Basic access control: ICAO 9303-11, 4.3 and appendix D.3."""

from __future__ import annotations

import pytest

from eid.crypto.apdu import parse_command
from eid.crypto.bac import DocumentKeys, derive_document_keys, open_session
from eid.crypto.chip_access import MrzPassword
from eid.errors import VerificationFailed
from tests.crypto.chip_vectors import ICAO, octets

EXAMPLE = ICAO["bac"]
PASSWORD = MrzPassword(EXAMPLE["document_number"], EXAMPLE["birth_date"], EXAMPLE["expiry"])
KEYS = derive_document_keys(PASSWORD)
CHIP, READER = octets(EXAMPLE["rnd_icc"]), octets(EXAMPLE["rnd_ifd"])


def test_the_documents_keys_are_icaos() -> None:
    """Appendix D.1 and D.2."""
    assert DocumentKeys(octets(EXAMPLE["k_enc"]), octets(EXAMPLE["k_mac"])) == KEYS


def test_both_messages_are_icaos() -> None:
    """Appendix D.3, byte for byte."""
    assert KEYS.seal(READER, CHIP, octets(EXAMPLE["k_ifd"])) == octets(EXAMPLE["command_data"])
    assert KEYS.seal(CHIP, READER, octets(EXAMPLE["k_icc"])) == octets(EXAMPLE["response_data"])
    assert KEYS.open(octets(EXAMPLE["command_data"]), expected_second=CHIP) == (READER, octets(EXAMPLE["k_ifd"]))
    opened = KEYS.open(octets(EXAMPLE["response_data"]), expected_first=CHIP, expected_second=READER)
    assert opened == (CHIP, octets(EXAMPLE["k_icc"]))


def test_the_session_is_icaos() -> None:
    """Appendix D.3 and D.4: the keys, and the counter made of both nonces."""
    session = open_session(
        reader_key=octets(EXAMPLE["k_ifd"]), chip_key=octets(EXAMPLE["k_icc"]), reader_nonce=READER, chip_nonce=CHIP
    )
    first = ICAO["secure_messaging"]["exchanges"][0]
    assert session.protect_command(parse_command(octets(first["plain"]))) == octets(first["command"])


@pytest.mark.parametrize(
    ("message", "nonces"),
    [
        (b"", {}),
        (octets(EXAMPLE["response_data"])[:-1], {}),
        (octets(EXAMPLE["response_data"])[:-1] + b"\x00", {}),
        (octets(EXAMPLE["response_data"]), {"expected_first": bytes(8)}),
        (octets(EXAMPLE["response_data"]), {"expected_second": bytes(8)}),
        (octets(EXAMPLE["command_data"]), {}),
    ],
    ids=["empty", "short", "mac", "chip's nonce", "reader's nonce", "sent back"],
)
def test_messages_that_are_not_the_others_are_refused(message: bytes, nonces: dict[str, bytes]) -> None:
    with pytest.raises(VerificationFailed) as refused:
        KEYS.open(message, **({"expected_first": CHIP, "expected_second": READER} | nonces))
    assert (refused.value.step, refused.value.code) == ("access_control", "bac_failed")
