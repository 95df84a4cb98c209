"""The virtual chip by itself: what it answers to each command, and that it stays closed (ICAO 9303-10, 3.6; 9303-11)."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.crypto.apdu import Command, StatusWord, build_command, parse_command
from eid.crypto.chip_access import CanPassword, MrzPassword
from eid.crypto.lds import CARD_ACCESS
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv
from eid.errors import Malformed, VerificationFailed
from tests.cards.chips import (
    CAN,
    ZONE,
    contents_of,
    good_files,
    is_open,
    make_chip,
    open_basically,
    open_with_pace,
    recording,
    select,
    status_of,
)
from tests.crypto.chip_vectors import ICAO, Scripted, octets
from tests.crypto.forge import chip_keys

AID = "00A4040C07A0000002471001"
MSE_PACE = "0022C1A40F800A04007F0007020204020283010{}"
PACE_GM = build_oid("0.4.0.127.0.7.2.2.4.2.2")[2:]


# What a chip is


def test_what_opens_a_chip_comes_from_dg1() -> None:
    """FACTS of Vietnam's card: the CAN is the last six digits of the PIN."""
    contents = contents_of()
    assert contents.can_password == CanPassword(CAN) and contents.mrz_password == ZONE
    given_ones = contents_of(given_can=CanPassword("654321"), given_mrz=MrzPassword("X", "010101", "310101"))
    assert given_ones.can_password == CanPassword("654321") and given_ones.mrz_password.document_number == "X"


def test_a_chip_that_nothing_opens_is_not_made() -> None:
    with pytest.raises(Malformed) as refused:
        make_chip(ChipContents({}))
    assert refused.value.code == "chip_contents"


def test_a_chip_with_a_broken_dg1_opens_by_the_zone_that_it_was_given() -> None:
    """Mutants are cards too."""
    broken = {**good_files(), "EF.DG1": b"\x61\x03\x5f\x1f\x00"}
    with pytest.raises(Malformed) as refused:
        make_chip(contents_of(broken))
    assert refused.value.code == "mrz_malformed"
    chip = make_chip(contents_of(broken, given_mrz=ZONE))
    assert open_with_pace(chip).read_file("EF.DG1") == broken["EF.DG1"]
    assert status_of(chip, MSE_PACE.format(2)) == 0x6A88


def test_the_atr_is_one_of_a_contactless_card() -> None:
    """PC/SC part 3, 3.1.3.2.3.1; ISO/IEC 7816-3, 8.2.5: all octets after TS add up to nothing."""
    atr = VirtualChip.atr
    assert atr[:4] == bytes([0x3B, 0x80 | len(atr) - 5, 0x80, 0x01])
    check = 0
    for octet in atr[1:]:
        check ^= octet
    assert check == 0


# Files


@pytest.mark.parametrize("command", ["00A4000C023F00", "00A40000023F0000", "00A4000C", "00A4000C023F0000"])
def test_the_master_file_cannot_be_selected(command: str) -> None:
    """As Vietnam's card is observed to answer."""
    assert status_of(make_chip(), command) == 0x6D00


@pytest.mark.parametrize(
    "command", ["00A4020C02011C", "00A4000C02011C", "00A4020002011C", "00A4020402011C00", "00A4020C02011C00"]
)
def test_card_access_is_open_to_everybody(command: str) -> None:
    """ICAO 9303-11, 4.2: it must be readable before access."""
    chip = make_chip()
    assert status_of(chip, command) == 0x9000
    assert chip.transmit(bytes.fromhex("00B0000000"))[:-2] == good_files()[CARD_ACCESS]
    assert status_of(chip, AID) == 0x9000
    assert chip.transmit(bytes.fromhex("00B09C0000"))[:-2] == good_files()[CARD_ACCESS]


def test_a_selection_may_ask_for_information() -> None:
    """ISO/IEC 7816-4, 7.4.2: FCI for P2 00, FCP for P2 04."""
    chip = make_chip()
    size = len(good_files()[CARD_ACCESS]).to_bytes(2, "big")
    assert chip.transmit(bytes.fromhex("00A4020002011C00")) == b"\x6f\x08\x80\x02" + size + b"\x83\x02\x01\x1c\x90\x00"
    assert chip.transmit(bytes.fromhex("00A4020402011C00")).startswith(b"\x62\x08")
    assert (
        chip.transmit(bytes.fromhex("00A4040007A000000247100100"))
        == b"\x6f\x09\x84\x07" + octets("A0000002471001") + b"\x90\x00"
    )


@pytest.mark.parametrize("number", [*range(1, 17), 0x1D, 0x1E])
def test_files_of_the_application_are_closed_before_access(number: int) -> None:
    """ICAO 9303-11, 4.3.1 and 4.4.1: 6982, whether the file is there or not."""
    chip = make_chip()
    assert status_of(chip, AID) == 0x9000
    assert status_of(chip, f"00A4020C0201{number:02X}") == 0x6982
    assert status_of(chip, "00B0000004") == 0x6982
    assert status_of(chip, f"00B0{0x80 | number:02X}0004") == 0x6982


@pytest.mark.parametrize("opener", [open_with_pace, open_basically])
def test_files_open_by_access(opener: object) -> None:
    channel = opener(make_chip())  # type: ignore[operator]
    assert [select(channel, identifier) for identifier in ("0101", "0102", "010D", "010E", "010F", "011D", "011E")] == (
        [0x9000] * 7
    )
    assert select(channel, "010B") == StatusWord.FILE_NOT_FOUND
    assert select(channel, "0222") == StatusWord.FILE_NOT_FOUND


@pytest.mark.parametrize("number", [3, 4])
def test_biometrics_stay_closed(number: int) -> None:
    """ICAO 9303-11, 7: they open to terminal authentication, which this chip does not speak."""
    files = {**good_files(), f"EF.DG{number}": b"\x63\x01\x00"}
    channel = open_with_pace(make_chip(contents_of(files)))
    assert select(channel, f"010{number}") == StatusWord.SECURITY_STATUS_NOT_SATISFIED
    read = channel.send(Command(0x00, 0xB0, 0x80 | number, 0, b"", 4))
    assert read.status == StatusWord.SECURITY_STATUS_NOT_SATISFIED and read.data == b""


def test_files_of_the_card_are_not_those_of_the_application() -> None:
    """ICAO 9303-11, 9.2.11: 011D is EF.CardSecurity outside, EF.SOD inside."""
    files = {**good_files(), "EF.CardSecurity": b"\x30\x00"}
    chip = make_chip(contents_of(files))
    assert status_of(chip, "00A4020C02011D") == 0x6982
    assert status_of(chip, "00A4020C020101") == 0x6A82
    assert open_with_pace(chip).read_file("EF.SOD") == good_files()["EF.SOD"]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00A4040C07A0000002471002", 0x6A82),
        ("00A4040C06A00000024710", 0x6A82),
        ("00A4040C", 0x6A82),
        ("00A4020C03011C00", 0x6700),
        ("00A4020C0101", 0x6700),
        ("00A4020C", 0x6700),
        ("00A4020C023F00", 0x6A82),
        ("00A4030C02011C", 0x6A86),
        ("00A4080C02011C", 0x6A86),
        ("00A4020D02011C", 0x6A86),
        ("00B0000004", 0x6986),
        ("00B0E00004", 0x6A86),
        ("00B0A00004", 0x6A86),
        ("00B000000101", 0x6700),
        ("00B00000", 0x6700),
        ("00B0800000", 0x6986),
        ("00B1000003540100", 0x6700),
        ("00B1010003540100FF", 0x6A86),
        ("00B1002003540100FF", 0x6A86),
        ("00B1000003530100FF", 0x6A80),
        ("00B10000025400FF", 0x6A80),
        ("00B1000007540500000000 00FF", 0x6A80),
        ("00B100000154FF", 0x6A80),
        ("00B100000354010002", 0x6700),
        ("00B1000003540100FF", 0x6986),
        ("00C0000000", 0x6D00),
        ("00200081", 0x6D00),
        ("0000000000", 0x6D00),
        ("00FF000000", 0x6D00),
        ("80A4020C02011C", 0x6E00),
        ("01A4020C02011C", 0x6E00),
        ("04A4020C02011C", 0x6E00),
        ("08A4020C02011C", 0x6E00),
        ("FFA4020C02011C", 0x6E00),
        ("10A4020C02011C", 0x6884),
        ("0CA4020C02011C", 0x6982),
        ("00A4020C0201", 0x6700),
        ("00A4", 0x6700),
        ("", 0x6700),
    ],
)
def test_wrong_commands_get_the_standards_status(command: str, status: int) -> None:
    """ISO/IEC 7816-4, 5.6."""
    assert status_of(make_chip(), command) == status


def test_reading_goes_by_offset_and_length() -> None:
    """ISO/IEC 7816-4, 11.3.3."""
    chip, content = make_chip(), good_files()[CARD_ACCESS]
    status_of(chip, "00A4020C02011C")
    size = len(content)
    assert chip.transmit(bytes.fromhex("00B0000204")) == content[2:6] + b"\x90\x00"
    assert chip.transmit(bytes.fromhex("00B00000000004")) == content[:4] + b"\x90\x00"
    assert chip.transmit(bytes.fromhex("00B00000000000")) == content + b"\x90\x00"
    assert chip.transmit(bytes.fromhex(f"00B000{size - 2:02X}04")) == content[-2:] + b"\x62\x82"
    assert chip.transmit(bytes.fromhex(f"00B000{size - 2:02X}00")) == content[-2:] + b"\x90\x00"
    assert chip.transmit(bytes.fromhex(f"00B000{size:02X}01")) == b"\x6b\x00"
    assert chip.transmit(bytes.fromhex("00B07FFF01")) == b"\x6b\x00"
    assert chip.transmit(bytes.fromhex("00B1000003540102 06")) == b"\x53\x04" + content[2:6] + b"\x90\x00"


def test_a_short_identifier_selects_and_reads() -> None:
    """ISO/IEC 7816-4, 7.3.2: five bits in P1 of B0 and in P2 of B1; the file is the current one from then on."""
    channel = open_with_pace(make_chip())
    sod = good_files()["EF.SOD"]
    assert channel.send(Command(0x00, 0xB0, 0x9D, 0x02, b"", 10)).data == sod[2:12]
    assert channel.send(Command(0x00, 0xB0, 0x00, 0x00, b"", 10)).data == sod[:10]
    com = good_files()["EF.COM"]
    assert channel.send(Command(0x00, 0xB1, 0x00, 0x1E, b"\x54\x01\x00", 12)).data == b"\x53\x0a" + com[:10]
    assert channel.send(Command(0x00, 0xB0, 0x00, 0x00, b"", 10)).data == com[:10]


@pytest.mark.parametrize("opener", [open_with_pace, open_basically])
def test_offsets_beyond_32767_need_the_odd_instruction(opener: object) -> None:
    """ISO/IEC 7816-4, 11.3.3: P1 and P2 of B0 hold fifteen bits; 9303-10, 3.6.3.2."""
    big = build_tlv(0x75, random.Random(5).randbytes(60_000))
    channel = opener(make_chip(contents_of({**good_files(), "EF.DG2": big})))  # type: ignore[operator]
    select(channel, "0102")
    found = channel.send(Command(0x00, 0xB1, 0x00, 0x00, b"\x54\x02\xc3\x50", 105))
    assert found.data == b"\x53\x67" + big[50_000:50_103]
    assert (
        channel.send(Command(0x00, 0xB1, 0x00, 0x00, b"\x54\x03\x01\x00\x00", 105)).status == StatusWord.OFFSET_OUTSIDE
    )
    assert channel.read_file("EF.DG2") == big


@pytest.mark.parametrize("expected", [1, 2, 3, 100, 130, 131, 223, 256, 257, 5000, 65536])
def test_an_answer_is_never_longer_than_asked_for_nor_than_its_form_holds(expected: int) -> None:
    """ISO/IEC 7816-4, 5.1: Ne and the length of the response, secured or not."""
    seen: list[tuple[bytes, bytes]] = []
    chip = make_chip(contents_of({**good_files(), "EF.DG2": build_tlv(0x75, bytes(60_000))}))
    channel = open_with_pace(chip, recording(chip, seen))
    select(channel, "0102")
    for command in (Command(0, 0xB0, 0, 0, b"", expected), Command(0, 0xB1, 0, 0, b"\x54\x01\x00", expected)):
        response = channel.send(command)
        assert len(response.data) <= expected
        raw_command, raw_response = seen[-1]
        assert len(raw_response) - 2 <= parse_command(raw_command).response_limit
        if response.status == StatusWord.DONE:
            assert len(response.data) >= min(expected, 223) - 4


# Basic access control


def test_a_challenge_is_eight_octets_for_the_next_command_only() -> None:
    """ICAO 9303-11, 4.3.4.1."""
    chip = make_chip()
    assert status_of(chip, "0084000008") == 0x6985  # nothing is selected
    status_of(chip, AID)
    assert len(chip.transmit(bytes.fromhex("0084000008"))) == 10
    assert len(chip.transmit(bytes.fromhex("0084000000"))) == 10
    assert status_of(chip, "0084000009") == 0x6C08
    assert status_of(chip, "00840000") == 0x6700
    assert status_of(chip, "0084010008") == 0x6A86
    status_of(chip, "0084000008")
    status_of(chip, AID)
    assert status_of(chip, "0082000028" + "00" * 40 + "28") == 0x6985


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("0082000028" + "00" * 40 + "28", 0x6300),
        ("0082000028" + "00" * 40 + "00", 0x6300),
        ("0082000028" + "00" * 40 + "10", 0x6C28),
        ("0082000028" + "00" * 40, 0x6700),
        ("0082000027" + "00" * 39 + "28", 0x6700),
        ("0082010028" + "00" * 40 + "28", 0x6A86),
    ],
)
def test_a_wrong_answer_to_the_challenge_is_refused(command: str, status: int) -> None:
    """ICAO 9303-11, 4.3.4.2."""
    chip = make_chip()
    status_of(chip, AID)
    status_of(chip, "0084000008")
    assert status_of(chip, command) == status
    assert status_of(chip, command) != 0x9000


def test_an_answer_is_good_for_one_challenge() -> None:
    """ICAO 9303-11, 4.3.1: both nonces are in what both sides seal."""
    seen: list[tuple[bytes, bytes]] = []
    chip = make_chip()
    open_basically(chip, recording(chip, seen))
    chip.reset()
    status_of(chip, AID)
    status_of(chip, "0084000008")
    answer, response = seen[2]
    assert answer.startswith(b"\x00\x82") and response.endswith(b"\x90\x00")
    assert chip.transmit(answer) == b"\x63\x00"


# PACE


def test_the_chip_says_what_icaos_example_says() -> None:
    """ICAO 9303-11, appendix G.1: every response of the chip, byte for byte."""
    example = ICAO["pace_ecdh"]
    zone = MrzPassword(example["document_number"], example["birth_date"], example["expiry"])
    contents = ChipContents({CARD_ACCESS: octets(example["card_access"])}, given_mrz=zone)
    rng = Scripted(example["nonce"], example["chip_mapping_private"], example["chip_private"])
    chip = VirtualChip(contents, rng=rng)
    for command, response in zip(example["commands"], example["responses"], strict=True):
        assert chip.transmit(octets(command)) == octets(response)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (MSE_PACE.format(1), 0x9000),
        (MSE_PACE.format(2), 0x9000),
        (MSE_PACE.format(2) + "00", 0x9000),
        (MSE_PACE.format(3), 0x6A88),
        (MSE_PACE.format(4), 0x6A88),
        (MSE_PACE.format(9), 0x6A88),
        ("0022C1A412800A04007F0007020204020283010284010D", 0x9000),
        ("0022C1A412800A04007F0007020204020283010284010C", 0x6A80),
        ("0022C1A40F800A04007F00070202040204830102", 0x6A80),
        ("0022C1A40C800A04007F00070202040202", 0x6A80),
        ("0022C1A403830102", 0x6A80),
        ("0022C1A402830102", 0x6A80),
        ("0022C1A4", 0x6A80),
        ("0022C1A412800A04007F00070202040202830102990100", 0x6A80),
        ("002281A4", 0x6A86),
        ("002241A4", 0x6982),
        ("002241A6", 0x6982),
        ("10860000027C0000", 0x6985),
        ("00860000027C0000", 0x6985),
        ("00880000080000000000000000FF", 0x6982),
    ],
)
def test_what_pace_may_begin_with(command: str, status: int) -> None:
    """ICAO 9303-11, 4.4.4.1: 6A80 for what is not offered, 6A88 for passwords that the card does not have."""
    assert status_of(make_chip(), command) == status


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00860000027C0000", 0x6985),
        ("10860100027C0000", 0x6A86),
        ("10860000047C02810000", 0x6A80),
        ("1086000000", 0x6A80),
        ("10860000017C00", 0x6A80),
        ("10860000037C000000", 0x6A80),
    ],
)
def test_a_wrong_first_step_ends_the_run(command: str, status: int) -> None:
    """ICAO 9303-11, 4.4.4.2: steps are chained and have their order."""
    chip = make_chip()
    status_of(chip, MSE_PACE.format(2))
    assert status_of(chip, command) == status
    assert status_of(chip, "10860000027C0000") == 0x6985


@pytest.mark.parametrize("key", ["", "00", "04" + "00" * 64, "04" + "01" * 64])
def test_a_readers_key_off_the_curve_ends_the_run(key: str) -> None:
    chip = make_chip()
    status_of(chip, MSE_PACE.format(2))
    status_of(chip, "10860000027C0000")
    data = build_tlv(0x7C, build_tlv(0x81, bytes.fromhex(key)))
    assert chip.transmit(build_command(Command(0x10, 0x86, 0, 0, data, 256))) == b"\x6a\x80"
    assert status_of(chip, "10860000027C0000") == 0x6985


def test_a_run_is_forgotten_with_the_field() -> None:
    chip = make_chip()
    status_of(chip, MSE_PACE.format(2))
    chip.reset()
    assert status_of(chip, "10860000027C0000") == 0x6985


def test_wrong_passwords_make_the_chip_slower_and_never_block_it() -> None:
    """ICAO 9303-11, 4.2: neither zone nor CAN blocks; BSI-CC-PP-0068, FIA_AFL.1/PACE: the reaction time grows."""
    chip = make_chip()
    assert chip.delay == timedelta()
    delays = []
    for _ in range(9):
        status_of(chip, AID)
        status_of(chip, "0084000008")
        assert status_of(chip, "0082000028" + "00" * 40 + "28") == 0x6300
        chip.reset()
        delays.append(chip.delay)
    assert delays[:3] == [timedelta(milliseconds=n) for n in (100, 200, 400)]
    assert delays == sorted(delays) and delays[-1] == timedelta(seconds=10)
    assert is_open(open_with_pace(chip))
    assert chip.delay == timedelta()


# Sessions


@pytest.mark.parametrize("opener", [open_with_pace, open_basically])
@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda raw: raw[:-3] + bytes([raw[-3] ^ 1]) + raw[-2:], 0x6988),
        (lambda raw: raw[:3] + b"\x0d" + raw[4:], 0x6988),
        (lambda raw: b"\x0c\xa4\x02\x0c\x04\x87\x02\x01\x00", 0x6987),
        (lambda raw: b"\x0c\xa4\x02\x0c", 0x6987),
        (lambda raw: b"\x0c\xa4\x02\x0c\x02\x87\x7f", 0x6988),
        (lambda raw: raw[:-2], 0x6700),
        (lambda raw: b"", 0x6700),
        (lambda raw: bytes.fromhex("00B0000004"), 0x6982),
        (lambda raw: bytes.fromhex("80B0000004"), 0x6E00),
    ],
    ids=["altered", "header", "no MAC", "empty", "broken", "truncated", "nothing", "plain", "class"],
)
def test_whatever_is_not_a_good_secured_command_ends_the_session(opener: object, spoil: object, status: int) -> None:
    """ICAO 9303-11, 9.8.2 and 9.8.3: 6987 or 6988, session keys are deleted, access is gone."""
    chip = make_chip()
    channel = opener(chip)  # type: ignore[operator]
    assert channel.session is not None and is_open(channel)
    raw = channel.session.protect_command(Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x01"))
    assert int.from_bytes(chip.transmit(spoil(raw))[-2:], "big") == status  # type: ignore[operator]
    assert chip.transmit(raw) == b"\x69\x82"
    assert status_of(chip, "00A4020C020101") == 0x6982
    assert status_of(chip, "00B0000004") in (0x6982, 0x6986)


def test_a_replayed_command_ends_the_session() -> None:
    """ICAO 9303-11, 9.8.6.3: the counter has moved on."""
    chip = make_chip()
    channel = open_with_pace(chip)
    assert channel.session is not None
    raw = channel.session.protect_command(Command(0x00, 0xB0, 0x9E, 0x00, b"", 4))
    assert chip.transmit(raw).endswith(b"\x90\x00")
    assert chip.transmit(raw) == b"\x69\x88"
    with pytest.raises(VerificationFailed) as refused:
        is_open(channel)
    assert (refused.value.step, refused.value.code) == ("secure_messaging", "sm_missing")


def test_reordered_commands_end_the_session() -> None:
    chip = make_chip()
    channel = open_with_pace(chip)
    assert channel.session is not None
    first, second = (channel.session.protect_command(Command(0x00, 0xB0, 0x9E, 0x00, b"", 4)) for _ in range(2))
    assert chip.transmit(second) == b"\x69\x88"
    assert chip.transmit(first) == b"\x69\x82"


def test_a_reset_ends_the_session() -> None:
    chip = make_chip()
    channel = open_with_pace(chip)
    chip.reset()
    with pytest.raises(VerificationFailed) as refused:
        is_open(channel)
    assert refused.value.code == "sm_missing"
    assert status_of(chip, "00A4020C020101") == 0x6A82  # the application is not selected any more


def test_refusals_in_a_session_are_secured_and_keep_it() -> None:
    """ICAO 9303-11, 9.8.2: only errors of secure messaging itself end it."""
    channel = open_with_pace(make_chip())
    refused = [
        (Command(0x00, 0xC0, 0, 0, b"", 4), 0x6D00),
        (Command(0x00, 0xA4, 0x02, 0x0C, b"\x02\x22"), 0x6A82),
        (Command(0x80, 0xA4, 0x02, 0x0C, b"\x02\x22"), 0x6E00),
        (Command(0x00, 0x84, 0, 0, b"", 8), 0x6985),
        (Command(0x00, 0x82, 0, 0, bytes(40), 40), 0x6985),
        (Command(0x00, 0x22, 0xC1, 0xA4, build_tlv(0x80, PACE_GM) + b"\x83\x01\x02"), 0x6985),
        (Command(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00"), 0x6D00),
    ]
    assert [channel.send(command).status for command, _status in refused] == [status for _command, status in refused]
    assert is_open(channel)


# Proofs


def test_the_chip_proves_itself_only_after_access() -> None:
    """ICAO 9303-11, 6.1.4 and 6.2: a chip that answered everybody could be traced by its signature."""
    assert status_of(make_chip(), "0088000008" + "00" * 8 + "00") == 0x6982
    channel = open_with_pace(make_chip())
    assert len(channel.send(Command(0x00, 0x88, 0, 0, bytes(8), 256)).data) == 64


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (Command(0x00, 0x88, 0, 0, bytes(8), 63), 0x6700),
        (Command(0x00, 0x88, 0, 0, bytes(8)), 0x6700),
        (Command(0x00, 0x88, 0, 0, bytes(7), 256), 0x6700),
        (Command(0x00, 0x88, 0, 1, bytes(8), 256), 0x6A86),
        (Command(0x00, 0x22, 0x41, 0xA4, b"\x80\x01\x00"), 0x6A80),
        (Command(0x00, 0x22, 0x41, 0xA4, b"\x84\x01\x00"), 0x6A80),
        (Command(0x00, 0x22, 0x41, 0xA4, b"\x80"), 0x6A80),
        (Command(0x00, 0x22, 0x41, 0xA6, b"\x91\x01\x00"), 0x6A88),
        (Command(0x00, 0x22, 0x41, 0xA6, b"\x80\x01\x00"), 0x6A80),
        (Command(0x00, 0x22, 0x41, 0xA6, b"\x91"), 0x6A80),
        (Command(0x00, 0x86, 0, 0, b"\x7c\x03\x80\x01\x00", 256), 0x6985),
    ],
)
def test_wrong_commands_for_proofs_get_the_standards_status(command: Command, status: int) -> None:
    channel = open_with_pace(make_chip())
    assert channel.send(command).status == status
    assert is_open(channel)


CA_AES_128 = build_tlv(0x80, build_oid("0.4.0.127.0.7.2.2.3.2.2")[2:])


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (Command(0x00, 0x86, 0, 0, b"\x7c\x03\x80\x01\x00", 256), 0x6A80),
        (Command(0x00, 0x86, 0, 0, b"\x7c\x03\x81\x01\x00", 256), 0x6A80),
        (Command(0x00, 0x86, 0, 0, b"\x7c", 256), 0x6A80),
        (Command(0x00, 0x86, 0, 1, b"\x7c\x03\x80\x01\x00", 256), 0x6A86),
        (Command(0x10, 0x86, 0, 0, b"\x7c\x03\x80\x01\x00", 256), 0x6985),
    ],
)
def test_wrong_keys_for_chip_authentication_are_refused(command: Command, status: int) -> None:
    """ICAO 9303-11, 6.2.4.2; the old session goes on."""
    channel = open_with_pace(make_chip())
    assert channel.send(Command(0x00, 0x22, 0x41, 0xA4, CA_AES_128)).status == StatusWord.DONE
    assert channel.send(command).status == status
    assert channel.send(Command(0x00, 0x86, 0, 0, b"\x7c\x03\x80\x01\x00", 256)).status == 0x6985
    assert is_open(channel)


def test_keys_of_chip_authentication_are_named_by_their_number() -> None:
    channel = open_with_pace(make_chip())
    assert channel.send(Command(0x00, 0x22, 0x41, 0xA4, CA_AES_128 + b"\x84\x01\x07")).status == 0x6A88


def test_a_chip_without_keys_proves_nothing() -> None:
    contents = ChipContents(good_files())
    channel = open_with_pace(make_chip(contents))
    assert channel.send(Command(0x00, 0x88, 0, 0, bytes(8), 256)).status == 0x6D00
    assert channel.send(Command(0x00, 0x22, 0x41, 0xA4, CA_AES_128)).status == 0x6A80


@pytest.mark.parametrize(("kind", "length"), [("rsa2048", 256), ("rsa3072", 384)])
def test_a_long_rsa_answer_needs_extended_length(kind: str, length: int) -> None:
    """ICAO 9303-11, 6.1.4: secured, 256 octets do not fit a response of short length."""
    contents = contents_of(good_files(kind), chip_keys(kind))
    channel = open_with_pace(make_chip(contents))
    assert channel.send(Command(0x00, 0x88, 0, 0, bytes(8), 256)).status == StatusWord.WRONG_LENGTH
    assert len(channel.send(Command(0x00, 0x88, 0, 0, bytes(8), 65536)).data) == length


@pytest.mark.parametrize(
    "oid",
    ["4.2", "6.2", "9.9"],
    ids=["integrated mapping", "mapping without a key on its curve", "unknown"],
)
def test_what_the_card_offers_and_the_chip_cannot_do_is_not_begun(oid: str) -> None:
    """A card may be personalised with anything; the chip says so and lives on."""
    oid = f"0.4.0.127.0.7.2.2.4.{oid}"
    offer = build_set([build_sequence(build_oid(oid), build_integer(2), build_integer(12))])
    chip = make_chip(contents_of({**good_files(), CARD_ACCESS: offer}))
    data = build_tlv(0x80, build_oid(oid)[2:]) + b"\x83\x01\x02"
    assert chip.transmit(build_command(Command(0x00, 0x22, 0xC1, 0xA4, data))) == b"\x6a\x80"


@pytest.mark.parametrize("content", [b"", b"\x31", b"\x31\x03\x30\x01\x00"])
def test_a_card_access_that_is_broken_offers_nothing(content: bytes) -> None:
    chip = make_chip(contents_of({**good_files(), CARD_ACCESS: content}))
    assert status_of(chip, MSE_PACE.format(2)) == 0x6A80
    assert is_open(open_basically(chip))


def test_a_dg14_that_is_broken_names_nothing() -> None:
    """Active authentication goes by SHA-256 then, and chip authentication not at all."""
    channel = open_with_pace(make_chip(contents_of({**good_files(), "EF.DG14": b"\x6e\x01"})))
    assert len(channel.send(Command(0x00, 0x88, 0, 0, bytes(8), 256)).data) == 64
    assert channel.send(Command(0x00, 0x22, 0x41, 0xA4, CA_AES_128)).status == StatusWord.WRONG_DATA


# Laws

raw_commands = st.binary(max_size=300)
likely_commands = st.builds(
    lambda cla, ins, p1, p2, data, expected: build_command(Command(cla, ins, p1, p2, data, expected)),
    st.sampled_from([0x00, 0x0C, 0x10, 0x1C, 0x80]),
    st.sampled_from([0xA4, 0xB0, 0xB1, 0x84, 0x82, 0x22, 0x86, 0x88, 0xC0]),
    st.sampled_from([0, 2, 4, 0x41, 0xC1]) | st.integers(0, 255),
    st.sampled_from([0, 0x0C, 0xA4, 0xA6]) | st.integers(0, 255),
    st.sampled_from(
        [
            b"",
            octets("A0000002471001"),
            b"\x01\x1c",
            b"\x01\x01",
            b"\x01\x1d",
            b"\x7c\x00",
            b"\x54\x01\x00",
            octets("800A04007F00070202040202830102"),
            bytes(8),
            bytes(40),
        ]
    )
    | st.binary(max_size=80),
    st.none() | st.sampled_from([1, 8, 40, 223, 256, 65536]),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(raw_commands | likely_commands, max_size=25))
def test_no_commands_whatsoever_open_a_chip_or_make_it_raise(sequence: list[bytes]) -> None:
    """Without the password there is nothing to be had but EF.CardAccess and the chip's own random numbers."""
    chip = make_chip()
    secrets = [content[:16] for name, content in good_files().items() if name != CARD_ACCESS]
    for command in sequence:
        response = chip.transmit(command)
        assert len(response) >= 2
        assert not any(secret in response for secret in secrets)
    assert status_of(chip, "00A4020C020101") in (StatusWord.SECURITY_STATUS_NOT_SATISFIED, StatusWord.FILE_NOT_FOUND)


@settings(deadline=None, max_examples=100)
@given(st.lists(likely_commands, max_size=12), st.sampled_from([open_with_pace, open_basically]))
def test_commands_within_a_session_never_make_the_chip_raise(sequence: list[bytes], opener: object) -> None:
    channel = opener(make_chip())  # type: ignore[operator]
    for raw in sequence:
        command = parse_command(raw)
        assert channel.send(command._replace(cla=command.cla & ~0x0C)).status >= 0x6000


@settings(deadline=None, max_examples=60)
@given(st.lists(raw_commands | likely_commands, min_size=1, max_size=6))
def test_a_session_that_was_disturbed_is_over(sequence: list[bytes]) -> None:
    chip = make_chip()
    channel = open_with_pace(chip)
    for command in sequence:
        chip.transmit(command)
    with pytest.raises(VerificationFailed) as refused:
        is_open(channel)
    assert refused.value.code == "sm_missing"
