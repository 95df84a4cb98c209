"""Commands and responses as bytes: ISO/IEC 7816-4, 5.2."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.apdu import Command, build_command, parse_command, parse_data_objects, parse_response
from eid.errors import Malformed

octet = st.integers(0, 255)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    extended = draw(st.booleans())
    data = draw(st.binary(max_size=600 if extended else 255))
    expected = draw(st.none() | st.integers(1, 65536 if extended else 256))
    if extended and not data and expected is None:
        extended = False
    return Command(draw(octet), draw(octet), draw(octet), draw(octet), data, expected, extended)


@settings(deadline=None)
@given(commands())
def test_a_command_is_read_as_it_was_written(command: Command) -> None:
    """ISO/IEC 7816-4, table 1: the four cases, in short and in extended length."""
    assert parse_command(build_command(command)) == command


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("00A4000C", Command(0, 0xA4, 0, 0x0C)),
        ("0084000008", Command(0, 0x84, 0, 0, b"", 8)),
        ("00B0000000", Command(0, 0xB0, 0, 0, b"", 256)),
        ("00A4020C02011C", Command(0, 0xA4, 2, 0x0C, b"\x01\x1c")),
        ("00A4020C02011C00", Command(0, 0xA4, 2, 0x0C, b"\x01\x1c", 256)),
        ("00B00000000004", Command(0, 0xB0, 0, 0, b"", 4, True)),
        ("00B00000000000", Command(0, 0xB0, 0, 0, b"", 65536, True)),
        ("0088000000000801020304050607080000", Command(0, 0x88, 0, 0, bytes(range(1, 9)), 65536, True)),
        ("008800000000080102030405060708", Command(0, 0x88, 0, 0, bytes(range(1, 9)), None, True)),
    ],
)
def test_commands_of_every_case_are_read(raw: str, expected: Command) -> None:
    assert parse_command(bytes.fromhex(raw)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "00",
        "00A400",
        "00A4020C0201",
        "00A4020C02011C0000",
        "00A4020C0000",
        "00A4020C000000FF",
        "00A4020C00000301021",
        "00A4020C000002011C00",
        "00A4020C000002011C000000",
    ],
)
def test_lengths_that_do_not_add_up_are_refused(raw: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_command(bytes.fromhex(raw if len(raw) % 2 == 0 else raw[:-1]))
    assert refused.value.code == "apdu_malformed"


@pytest.mark.parametrize("command", [Command(0, 0, 0, 0, bytes(65536)), Command(0, 0, 0, 0, b"", 0)])
def test_what_no_length_holds_is_not_written(command: Command) -> None:
    with pytest.raises(Malformed) as refused:
        build_command(command)
    assert refused.value.code == "apdu_malformed"


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_command_or_refused(raw: bytes) -> None:
    try:
        command = parse_command(raw)
    except Malformed as refusal:
        assert refusal.code == "apdu_malformed"
    else:
        assert parse_command(build_command(command)) == command


def test_a_response_has_a_status() -> None:
    assert parse_response(b"\x01\x02\x90\x00") == (b"\x01\x02", 0x9000)
    assert parse_response(b"\x01\x02\x90\x00").raw == b"\x01\x02\x90\x00"
    for raw in (b"", b"\x90", bytes(65539)):
        with pytest.raises(Malformed) as refused:
            parse_response(raw)
        assert refused.value.code == "apdu_malformed"


def test_data_objects_are_read_once_each() -> None:
    found = parse_data_objects(bytes.fromhex("8001AA830102"))
    assert {tag: element.value for tag, element in found.items()} == {0x80: b"\xaa", 0x83: b"\x02"}
    with pytest.raises(Malformed) as refused:
        parse_data_objects(bytes.fromhex("8001AA8001AA"))
    assert refused.value.code == "apdu_malformed"
