"""Secure messaging: ICAO 9303-11, 9.8. Each altered, replayed, dropped or reordered message is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.apdu import Command, Response, build_command, parse_command
from eid.crypto.chip_ciphers import Suite, TripleDesKeys, pad
from eid.crypto.secure_messaging import SecureMessaging
from eid.crypto.tlv import build_tlv
from eid.errors import VerificationFailed
from tests.crypto.chip_vectors import ICAO, octets

EXAMPLE = ICAO["secure_messaging"]
READ = Command(0x00, 0xB0, 0x01, 0x02, b"", 4)
every_suite = pytest.mark.parametrize("suite", list(Suite), ids=lambda suite: suite.label)


def both_ends(suite: Suite) -> tuple[SecureMessaging, SecureMessaging]:
    return SecureMessaging(suite.session_keys(b"secret")), SecureMessaging(suite.session_keys(b"secret"))


def example() -> SecureMessaging:
    keys = TripleDesKeys(octets(EXAMPLE["ks_enc"]), octets(EXAMPLE["ks_mac"]))
    return SecureMessaging(keys, int(EXAMPLE["ssc"], 16))


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(VerificationFailed) as refused:
        act()
    assert refused.value.step == "secure_messaging"
    return refused.value.code


def test_the_reader_says_what_icaos_example_says() -> None:
    """ICAO 9303-11, appendix D.4: SELECT EF.COM and two READ BINARY, byte for byte."""
    reader = example()
    for exchange in EXAMPLE["exchanges"]:
        plain = parse_command(octets(exchange["plain"]))
        assert reader.protect_command(plain) == octets(exchange["command"])
        response = reader.unprotect_response(octets(exchange["response"]), ins=plain.ins)
        assert response == Response(octets(exchange["data"]), 0x9000)


def test_the_chip_says_what_icaos_example_says() -> None:
    """ICAO 9303-11, appendix D.4, from the other side."""
    chip = example()
    for exchange in EXAMPLE["exchanges"]:
        plain = chip.unprotect_command(parse_command(octets(exchange["command"])))
        assert build_command(plain) == octets(exchange["plain"])
        response = Response(octets(exchange["data"]), 0x9000)
        assert chip.protect_response(response, ins=plain.ins) == octets(exchange["response"])


@every_suite
@settings(deadline=None, max_examples=60)
@given(
    data=st.binary(max_size=300), expected=st.none() | st.integers(1, 65536), ins=st.sampled_from([0xA4, 0xB0, 0xB1])
)
def test_what_one_end_protects_the_other_reads(suite: Suite, data: bytes, expected: int | None, ins: int) -> None:
    """ICAO 9303-11, 9.8.4 and 9.8.5: DO 87 for even and DO 85 for odd instructions, DO 97 in either form."""
    reader, chip = both_ends(suite)
    command = Command(0x00, ins, 0x01, 0x02, data, expected)
    for _ in range(2):
        received = chip.unprotect_command(parse_command(reader.protect_command(command)))
        assert received._replace(extended=False) == command
        raw = chip.protect_response(Response(data, 0x6282), ins=ins)
        assert reader.unprotect_response(raw, ins=ins) == Response(data, 0x6282)
        if len(data) > 8:
            assert data not in raw


@every_suite
def test_a_response_that_fits_short_length_is_as_long_as_room_says(suite: Suite) -> None:
    for extended, limit in ((False, 256), (True, 65536)):
        _reader, chip = both_ends(suite)
        room = chip.room(Command(0x0C, 0xB0, 0, 0, b"", None, extended))
        assert len(chip.protect_response(Response(bytes(room), 0x9000), ins=0xB0)) - 2 <= limit
        assert len(chip.protect_response(Response(bytes(room + 1), 0x9000), ins=0xB0)) - 2 > limit


def changed(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


@every_suite
def test_a_command_with_one_bit_changed_is_refused(suite: Suite) -> None:
    reader, _chip = both_ends(suite)
    raw = reader.protect_command(Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e", 256))
    for at in range(5, len(raw) - 1):
        _reader, chip = both_ends(suite)
        command = parse_command(raw[:5] + changed(raw, at)[5:])
        assert code_of(lambda chip=chip, command=command: chip.unprotect_command(command)).startswith("sm_")  # type: ignore[misc]


@every_suite
@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_header_that_was_changed_is_refused(suite: Suite, at: int) -> None:
    """ICAO 9303-11, 9.8.4: the MAC is over the header too."""
    reader, chip = both_ends(suite)
    command = parse_command(changed(reader.protect_command(READ), at))
    assert code_of(lambda: chip.unprotect_command(command)) == "sm_mac"


@every_suite
def test_a_replayed_command_is_refused(suite: Suite) -> None:
    reader, chip = both_ends(suite)
    command = parse_command(reader.protect_command(READ))
    chip.unprotect_command(command)
    chip.protect_response(Response(b"", 0x9000), ins=0xB0)
    assert code_of(lambda: chip.unprotect_command(command)) == "sm_mac"


@every_suite
def test_reordered_and_dropped_commands_are_refused(suite: Suite) -> None:
    """ICAO 9303-11, 9.8.6.3: the send sequence counter."""
    reader, chip = both_ends(suite)
    reader.protect_command(READ)
    second = parse_command(reader.protect_command(READ))
    assert code_of(lambda: chip.unprotect_command(second)) == "sm_mac"


@every_suite
def test_altered_and_replayed_responses_are_refused(suite: Suite) -> None:
    reader, chip = both_ends(suite)
    chip.unprotect_command(parse_command(reader.protect_command(READ)))
    raw = chip.protect_response(Response(b"data", 0x9000), ins=0xB0)
    reader.unprotect_response(raw, ins=0xB0)
    reader.protect_command(READ)
    assert code_of(lambda: reader.unprotect_response(raw, ins=0xB0)) == "sm_mac"
    for at in range(len(raw)):
        reader, _chip = both_ends(suite)
        reader.protect_command(READ)
        wrong = changed(raw, at)
        assert code_of(lambda reader=reader, wrong=wrong: reader.unprotect_response(wrong, ins=0xB0)).startswith("sm_")  # type: ignore[misc]


@pytest.mark.parametrize("data", [b"", build_tlv(0x97, b"\x00"), build_tlv(0x87, b"\x01" + bytes(16))])
def test_a_command_without_its_mac_is_named_so(data: bytes) -> None:
    """ICAO 9303-11, 9.8.2: 6987, expected data objects are missing."""
    _reader, chip = both_ends(Suite.AES_128)
    assert code_of(lambda: chip.unprotect_command(Command(0x0C, 0xB0, 0, 0, data, 256))) == "sm_missing"


@pytest.mark.parametrize(
    "raw", [b"\x69\x82", build_tlv(0x99, b"\x90\x00") + b"\x90\x00", build_tlv(0x8E, bytes(8)) + b"\x90\x00"]
)
def test_a_response_in_plain_is_none(raw: bytes) -> None:
    reader, _chip = both_ends(Suite.AES_128)
    reader.protect_command(READ)
    assert code_of(lambda: reader.unprotect_response(raw, ins=0xB0)) == "sm_missing"


def forged(objects: bytes, header: bytes = b"\x0c\xb0\x01\x02") -> Command:
    """A command whose MAC holds over whatever objects it has: the sender knows the keys and writes nonsense."""
    keys = Suite.AES_128.session_keys(b"secret")
    mac = keys.mac(pad((1).to_bytes(16, "big") + pad(header, 16) + objects, 16))
    return Command(*header, objects + build_tlv(0x8E, mac), 256)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "objects",
    [
        build_tlv(0x97, b"\x01\x02\x03"),
        build_tlv(0x97),
        build_tlv(0x87, b"\x01"),
        build_tlv(0x87, b"\x02" + bytes(16)),
        build_tlv(0x87, b"\x01" + bytes(15)),
        build_tlv(0x87, b"\x01" + bytes(16)),
        build_tlv(0x85, bytes(16)),
        build_tlv(0x99, b"\x90\x00"),
        build_tlv(0x97, b"\x01") * 2,
        b"\x97",
        b"\x97\x80",
    ],
    ids=[
        "long",
        "empty",
        "no blocks",
        "indicator",
        "broken block",
        "padding",
        "odd",
        "status",
        "twice",
        "cut",
        "indefinite",
    ],
)
def test_objects_that_make_no_sense_are_refused_although_the_mac_holds(objects: bytes) -> None:
    _reader, chip = both_ends(Suite.AES_128)
    assert code_of(lambda: chip.unprotect_command(forged(objects))) == "sm_malformed"


def test_the_status_inside_must_be_the_status_outside() -> None:
    reader, chip = both_ends(Suite.AES_128)
    chip.unprotect_command(parse_command(reader.protect_command(READ)))
    raw = chip.protect_response(Response(b"", 0x9000), ins=0xB0)
    assert code_of(lambda: reader.unprotect_response(raw[:-2] + b"\x62\x82", ins=0xB0)) == "sm_malformed"
