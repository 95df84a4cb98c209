"""PACE: ICAO 9303-11, 4.4, appendices G and I."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from eid.crypto.apdu import Command, parse_command
from eid.crypto.chip_access import CanPassword, MrzPassword, Password
from eid.crypto.chip_ciphers import Suite
from eid.crypto.groups import STANDARDISED, EllipticGroup
from eid.crypto.pace import PaceSide, derive_password_key, find_protocol, is_mapped
from eid.crypto.tlv import build_tlv
from eid.errors import Malformed, VerificationFailed
from tests.crypto.chip_vectors import ICAO, Scripted, octets

ECDH, DH, CAM = ICAO["pace_ecdh"], ICAO["pace_dh"], ICAO["pace_cam"]
PACE = "0.4.0.127.0.7.2.2.4"
GM_AES_128 = f"{PACE}.2.2"
CAN = CanPassword("123456")


def password_of(example: dict[str, str]) -> MrzPassword:
    return MrzPassword(example["document_number"], example["birth_date"], example["expiry"])


def sides_of(example: dict[str, str]) -> tuple[PaceSide, PaceSide]:
    """Reader and chip that draw what ICAO's drew."""
    protocol = find_protocol(example["protocol"], int(example["parameter"]))
    reader = Scripted(example["reader_mapping_private"], example["reader_private"])
    chip = Scripted(example["nonce"], example["chip_mapping_private"], example["chip_private"])
    return PaceSide(protocol, password_of(example), reader), PaceSide(protocol, password_of(example), chip)


def run(reader: PaceSide, chip: PaceSide) -> None:
    """All steps but the last."""
    reader.take_nonce(chip.draw_nonce())
    one, other = reader.offer_mapping_key(), chip.offer_mapping_key()
    reader.take_mapping_key(other)
    chip.take_mapping_key(one)
    one, other = reader.offer_key(), chip.offer_key()
    reader.take_key(other)
    chip.take_key(one)


def sides(oid: str, parameter: int, *passwords: Password) -> tuple[PaceSide, PaceSide]:
    protocol = find_protocol(oid, parameter)
    mine, theirs = passwords or (CAN, CAN)
    return PaceSide(protocol, mine, random.Random(1)), PaceSide(protocol, theirs, random.Random(2))


def refusal_of(act: Callable[[], object]) -> str:
    with pytest.raises((Malformed, VerificationFailed)) as refused:
        act()
    return refused.value.code


def test_a_run_over_a_curve_is_icaos() -> None:
    """Appendix G.1: key of the password, nonce, generator, shared secret, keys and tokens, byte for byte."""
    reader, chip = sides_of(ECDH)
    assert derive_password_key(password_of(ECDH), Suite.AES_128) == octets(ECDH["k_pi"])
    run(reader, chip)
    group = STANDARDISED[13]
    assert isinstance(group, EllipticGroup)
    assert group.encode(reader.generator) == group.encode(chip.generator) == octets(ECDH["generator"])
    assert reader.shared_secret == chip.shared_secret == octets(ECDH["shared_secret"])
    assert build_tlv(0x85, reader.token) == octets(ECDH["commands"][4])[7:-1]
    assert build_tlv(0x86, chip.token) == octets(ECDH["responses"][4])[2:-2]


@pytest.mark.parametrize("example", [ECDH, DH], ids=["ECDH", "DH"])
def test_every_message_is_icaos(example: dict[str, list[str]]) -> None:
    """Appendices G.1 and G.2: what each side sends in each step."""
    reader, chip = sides_of(example)  # type: ignore[arg-type]
    commands = [parse_command(octets(command)).data for command in example["commands"]]
    responses = [octets(response) for response in example["responses"]]
    encrypted = chip.draw_nonce()
    assert build_tlv(0x7C, build_tlv(0x80, encrypted)) == responses[1][:-2]
    reader.take_nonce(encrypted)
    one, other = reader.offer_mapping_key(), chip.offer_mapping_key()
    assert build_tlv(0x7C, build_tlv(0x81, one)) == commands[2]
    assert build_tlv(0x7C, build_tlv(0x82, other)) == responses[2][:-2]
    reader.take_mapping_key(other)
    chip.take_mapping_key(one)
    one, other = reader.offer_key(), chip.offer_key()
    assert build_tlv(0x7C, build_tlv(0x83, one)) == commands[3]
    assert build_tlv(0x7C, build_tlv(0x84, other)) == responses[3][:-2]
    reader.take_key(other)
    chip.take_key(one)
    assert build_tlv(0x7C, build_tlv(0x85, reader.token)) == commands[4]
    assert build_tlv(0x86, chip.token) in responses[4]
    reader.check_token(chip.token)
    chip.check_token(reader.token)


@pytest.mark.parametrize("parameter", [number for number in STANDARDISED if number >= 8])
def test_every_standardised_curve_is_spoken(parameter: int) -> None:
    """ICAO 9303-11, 9.5.1."""
    reader, chip = sides(GM_AES_128, parameter)
    run(reader, chip)
    reader.check_token(chip.token)
    chip.check_token(reader.token)


@pytest.mark.parametrize("suite", ["1", "2", "3", "4"])
@pytest.mark.parametrize("kind", ["1", "2"])
def test_every_cipher_is_spoken(kind: str, suite: str) -> None:
    """ICAO 9303-11, 9.2.1: 3DES and AES with 128, 192 and 256 bits; and the keys work."""
    reader, chip = sides(f"{PACE}.{kind}.{suite}", 0 if kind == "1" else 12)
    run(reader, chip)
    reader.check_token(chip.token)
    command = Command(0x00, 0xB0, 0, 0, b"", 4)
    sent = reader.open_session().protect_command(command)
    assert chip.open_session().unprotect_command(parse_command(sent)) == command


@pytest.mark.parametrize("wrong", [CanPassword("123457"), MrzPassword("123456", "123456", "123456")])
def test_a_wrong_password_is_found_out_by_both_at_the_end(wrong: Password) -> None:
    reader, chip = sides(GM_AES_128, 13, wrong, CAN)
    run(reader, chip)
    assert refusal_of(lambda: reader.check_token(chip.token)) == "pace_failed"
    assert refusal_of(lambda: chip.check_token(reader.token)) == "pace_failed"


@pytest.mark.parametrize("parameter", [0, 13])
def test_a_side_that_sends_back_what_it_got_is_refused(parameter: int) -> None:
    """ICAO 9303-11, 4.4.1: PK_DH,IFD and PK_DH,IC must differ, in the mapping too."""
    reader, chip = sides(f"{PACE}.{1 if parameter == 0 else 2}.2", parameter)
    reader.take_nonce(chip.draw_nonce())
    own, other = reader.offer_mapping_key(), chip.offer_mapping_key()
    assert refusal_of(lambda: reader.take_mapping_key(own)) == "bad_public_key"
    reader.take_mapping_key(other)
    own = reader.offer_key()
    assert refusal_of(lambda: reader.take_key(own)) == "bad_public_key"


@pytest.mark.parametrize("key", [b"", b"\x00", b"\x04" + bytes(64), b"\x04" + b"\x01" * 64, b"\x02" + b"\x01" * 32])
def test_keys_that_are_not_on_the_curve_are_refused(key: bytes) -> None:
    """ICAO 9303-11, 4.4.3.3: public keys are validated; points elsewhere would give the private key away."""
    reader, chip = sides(GM_AES_128, 13)
    reader.take_nonce(chip.draw_nonce())
    reader.offer_mapping_key()
    assert refusal_of(lambda: reader.take_mapping_key(key)) == "bad_public_key"


@pytest.mark.parametrize("length", [0, 15, 17, 80])
def test_a_nonce_of_no_blocks_is_refused(length: int) -> None:
    reader, _chip = sides(GM_AES_128, 13)
    assert refusal_of(lambda: reader.take_nonce(bytes(length))) == "pace_nonce"


@pytest.mark.parametrize(
    ("oid", "parameter"),
    [
        (f"{PACE}.3.2", 0),
        (f"{PACE}.4.2", 13),
        (f"{PACE}.5.2", 13),
        (f"{PACE}.6.1", 13),
        (f"{PACE}.2.5", 13),
        (f"{PACE}.2", 13),
        (f"{PACE}.2.2", 0),
        (f"{PACE}.1.2", 13),
        (f"{PACE}.2.2", 3),
        (f"{PACE}.2.2", None),
        ("0.4.0.127.0.7.2.2.3.2.2", 13),
        (f"{PACE}.².2", 13),
    ],
)
def test_what_is_not_spoken_is_refused_by_name(oid: str, parameter: int | None) -> None:
    """Integrated mapping, unknown ciphers, groups of the other kind, explicit domain parameters."""
    assert refusal_of(lambda: find_protocol(oid, parameter)) == "pace_unsupported"


def test_chip_authentication_mapping_is_icaos() -> None:
    """Appendix I.1: the chip's data, encrypted and decrypted, bind its static key to its mapping key."""
    group = STANDARDISED[13]
    assert isinstance(group, EllipticGroup)
    reader, _chip = sides(f"{PACE}.6.2", 13)
    reader.encryption_key = octets(CAM["ks_enc"])
    data = reader.open_chip_data(octets(CAM["encrypted_chip_data"]))
    assert data == int(CAM["chip_data"], 16)
    static, mapping = octets(CAM["static_key"]), octets(CAM["mapping_key"])
    assert is_mapped(group, data, static, mapping)
    for wrong in ((data + 1, static, mapping), (data, mapping, mapping), (data, static, static), (0, static, mapping)):
        assert not is_mapped(group, *wrong)


def test_a_chip_binds_its_static_key_by_the_mapping() -> None:
    """ICAO 9303-11, 4.4.3.5: both sides, from the chip's private key to the reader's check."""
    group = STANDARDISED[13]
    assert isinstance(group, EllipticGroup)
    private = 4711
    static = group.power(group.generator, private)
    assert static is not None
    reader, chip = sides(f"{PACE}.6.2", 13)
    run(reader, chip)
    data = reader.open_chip_data(chip.seal_chip_data(private))
    assert is_mapped(group, data, group.encode(static), reader.other_mapping_key)


@pytest.mark.parametrize("sealed", [b"", bytes(15), bytes(16)])
def test_chip_data_that_cannot_be_read_are_refused(sealed: bytes) -> None:
    reader, chip = sides(f"{PACE}.6.2", 13)
    run(reader, chip)
    assert refusal_of(lambda: reader.open_chip_data(sealed)) == "cam_malformed"
