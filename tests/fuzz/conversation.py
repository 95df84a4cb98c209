"""A few commands to a virtual chip as one input: the first octet says whether basic access control opened it before, then
come commands, each as it goes over the line or, under another tag, as the reader's end of the session secures it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import ec

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.crypto.apdu import Command, build_command, parse_command, parse_data_objects, parse_response
from eid.crypto.chip_ciphers import Suite
from eid.crypto.secure_messaging import SecureMessaging
from eid.errors import Malformed, VerificationFailed
from tests.cards.chips import open_basically
from tests.fuzz import seeds
from tests.fuzz.mutation import split, wrap

MOST_COMMANDS = 4
"""Chip authentication is plain arithmetic and takes milliseconds."""
_OPENED, _PLAIN, _SECURED = b"\xc0", b"\xc1", b"\xc2"


def make_chip() -> VirtualChip:
    chip_key = seeds.key("chip", "bp256")
    assert isinstance(chip_key, ec.EllipticCurvePrivateKey)
    return VirtualChip(
        ChipContents(seeds.good_card(), seeds.key("active"), chip_key),
        rng=random.Random(1),
    )


def converse(data: bytes) -> None:
    """The chip answers every command with two status octets at least, and raises nothing."""
    elements = split(data) or []
    chip = make_chip()
    channel = open_basically(chip) if (_OPENED, b"\x01") in elements else None
    commands = [(tag, value) for tag, value in elements if tag in (_PLAIN, _SECURED)]
    for tag, value in commands[:MOST_COMMANDS]:
        if tag == _PLAIN or channel is None:
            assert len(chip.transmit(value)) >= 2, "no status"
        else:
            try:
                command = parse_command(value)
            except Malformed:
                continue
            channel.send(command)


def read_apdus(data: bytes) -> None:
    """Commands and responses, and the data objects in them; what was read is written the same, lengths by the form."""
    for read in (parse_response, parse_data_objects, _read_command):
        try:
            read(data)  # type: ignore[operator]
        except (Malformed, VerificationFailed):
            continue


def _read_command(data: bytes) -> None:
    command = parse_command(data)
    assert parse_command(build_command(command)) == command, "written and read again it is another"


def read_secured(data: bytes) -> None:
    """A response and a command under a session's keys, which nobody but its two ends can make."""
    suite = Suite.AES_128 if data[:1] == b"\x01" else Suite.TDES
    for ins in (0xA4, 0xB1):
        try:
            _session(suite).unprotect_response(data[1:], ins=ins)
        except (Malformed, VerificationFailed):
            continue
        assert data[1:] in _RIGHT, "a stranger's response was believed"
    _session(suite).unprotect_command(parse_command(data[1:]))


def _session(suite: Suite) -> SecureMessaging:
    return SecureMessaging(suite.session_keys(bytes(16)), 0)


def inputs() -> list[bytes]:
    """Selecting and reading files, active authentication, chip authentication, PACE, and what ends a session."""
    plain = [bytes.fromhex(text) for text in _COMMANDS]
    found = [_packed(0, _PLAIN, part) for part in _by(MOST_COMMANDS, plain)]
    return found + [_packed(1, _SECURED, part) for part in _by(MOST_COMMANDS, plain)]


def _by(count: int, commands: list[bytes]) -> Iterable[list[bytes]]:
    return (commands[at : at + count] for at in range(0, len(commands), count))


def _packed(opened: int, tag: bytes, commands: Iterable[bytes]) -> bytes:
    return wrap(_OPENED, bytes([opened])) + b"".join(wrap(tag, command) for command in commands)


_COMMANDS = (
    "00a4040c07a0000002471001", "00a4020c02011e", "00b0000004", "00b09c0000",
    "0088000008000102030405060700", "00b1000006540400000001", "00a4000c023f00", "00b0850000",
    "0022c1a412800a04007f0007020204020283010184010d", "10860000027c0000", "0084000008", "0082000028" + "00" * 40 + "28",
    "002241a40f800a04007f00070202030202840101", "00860000047c02800000", "002241a60491020001", "00ca000000",
)  # fmt: skip


def apdus() -> list[bytes]:
    responses = [
        bytes.fromhex(text) for text in ("9000", "6a82", "60145f01043031303836010000", "7c0a800831323334353637389000")
    ]
    extended = [
        build_command(Command(0, 0xB0, 0, 0, b"", 65536, True)),
        build_command(Command(0, 0x88, 0, 0, bytes(300), 256)),
    ]
    return [bytes.fromhex(text) for text in _COMMANDS] + responses + extended


def secured() -> list[bytes]:
    found = []
    for number, suite in enumerate((Suite.TDES, Suite.AES_128)):
        for command in (Command(0, 0xA4, 2, 12, b"\x01\x1e"), Command(0, 0xB0, 0, 0, b"", 256)):
            found.append(bytes([number]) + _session(suite).protect_command(command))
        found += [bytes([number]) + response for response in _responses(suite)]
    return found


def _responses(suite: Suite) -> list[bytes]:
    plain = [parse_response(b"\x90\x00"), parse_response(b"text\x90\x00"), parse_response(b"\x6a\x82")]
    return [_session(suite).protect_response(response, ins=ins) for response in plain for ins in (0xA4, 0xB1)]


_RIGHT = {response for suite in (Suite.TDES, Suite.AES_128) for response in _responses(suite)}
