"""The reader's side against the virtual chip: whole cards byte for byte, and what becomes of chips and lines that lie."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.cards.folder import read_chip_folder
from eid.cards.forgery import Forge
from eid.cards.inspection.access import choose_protocol, open_by_pace
from eid.cards.inspection.channel import Channel
from eid.cards.inspection.reading import ReadChip, read_chip
from eid.cards.personalisation import ChipKeys
from eid.crypto.apdu import Command, StatusWord, parse_command
from eid.crypto.card_security import build_card_security
from eid.crypto.chip_access import AccessProtocol, CanPassword, MrzPassword, Password
from eid.crypto.chip_auth import ChipAuthenticationEvidence, ChipMappingEvidence
from eid.crypto.chip_files import CARD_SECURITY
from eid.crypto.lds import CARD_ACCESS, build_com
from eid.crypto.passive_auth import VerifiedDocument, verify_document
from eid.crypto.policy import ICAO as ICAO_POLICY
from eid.crypto.policy import STRICT
from eid.crypto.report import Result
from eid.crypto.security_infos import build_card_access
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv, parse_tlv
from eid.errors import Malformed, Refusal, Refused, VerificationFailed
from tests.cards.chips import CAN, ZONE, contents_of, good_files, make_chip, open_with_pace, recording
from tests.crypto.chip_vectors import ICAO, Scripted, octets
from tests.crypto.forge import LATER, NOW, chip_keys, groups_of, key_of, make_csca, make_signer, make_trust
from tests.crypto.test_specimens import DATA

CA, KEY = "0.4.0.127.0.7.2.2.3.2", "0.4.0.127.0.7.2.2.1.2"


def read(chip: VirtualChip, password: Password | None = ZONE, **rest: object) -> ReadChip:
    return read_chip(chip.transmit, password, rng=random.Random(3), **rest)  # type: ignore[arg-type]


def verify(found: ReadChip, *, policy: object = STRICT) -> VerifiedDocument:
    return verify_document(
        found.files,
        trust_store=make_trust(make_csca()),
        policy=policy,  # type: ignore[arg-type]
        at=LATER,
        chip_answer=found.active_authentication,
        chip_authentication=found.chip_authentication,
        access=found.access,
    )


def step_of(document: VerifiedDocument, name: str) -> tuple[str, str | None]:
    [step] = [step for step in document.steps if step.step == name]
    return str(step.result), step.code


def refusal_of(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value


def with_group(number: int, content: bytes) -> dict[str, bytes]:
    """The good card with another data group, signed like the rest."""
    groups = {**groups_of(dict(good_files())), number: content}
    sod = Forge(groups, make_signer(make_csca()), NOW).build()
    return {**good_files(), f"EF.DG{number}": content, "EF.SOD": sod}


# Whole cards


@pytest.mark.parametrize("kind", ["P-256", "bp256", "P-521", "rsa2048", "rsa3072"])
@pytest.mark.parametrize(
    ("password", "access", "used"),
    [
        (CanPassword(CAN), None, AccessProtocol.PACE),
        (ZONE, None, AccessProtocol.PACE),
        (ZONE, AccessProtocol.BAC, AccessProtocol.BAC),
    ],
    ids=["PACE by CAN", "PACE by zone", "BAC"],
)
@pytest.mark.parametrize("extended", [False, True], ids=["short", "extended"])
def test_a_card_is_read_byte_for_byte(
    kind: str, password: Password, access: AccessProtocol | None, used: AccessProtocol, extended: bool
) -> None:
    """ICAO 9303-11, 4.2: access, files and both proofs; then the whole verification holds and the chip is no copy."""
    chip = make_chip(contents_of(good_files(kind), chip_keys(kind)))
    found = read(chip, password, access=access, extended=extended)
    assert found.files == good_files(kind) and found.unread == {}
    assert found.access is used and (found.pace is not None) == (used is AccessProtocol.PACE)
    document = verify(found, policy=ICAO_POLICY)
    assert document.chip_proved
    assert step_of(document, "active_authentication") == ("passed", None)
    assert step_of(document, "chip_authentication") == ("passed", None)
    assert step_of(document, "clone_detection") == ("passed", None)
    if used is AccessProtocol.PACE:
        assert verify(found).deviations == ()


def card_access(oid: str, *parameters: int) -> bytes:
    infos = [build_sequence(build_oid(oid), build_integer(2), build_integer(number)) for number in parameters]
    return build_set(infos)


@pytest.mark.parametrize(
    ("oid", "parameters"),
    [
        ("2.2", (12,)),
        ("2.2", (13,)),
        ("2.4", (16,)),
        ("2.3", (18,)),
        ("2.1", (14,)),
        ("2.2", (13, 12)),
        ("1.2", (0,)),
        ("1.3", (1,)),
        ("1.4", (2,)),
    ],
)
def test_every_offer_of_pace_is_taken(oid: str, parameters: tuple[int, ...]) -> None:
    """ICAO 9303-11, 9.2.2 and 4.4.4.1: where several domain parameters are offered, they are named."""
    oid = f"0.4.0.127.0.7.2.2.4.{oid}"
    chip = make_chip(contents_of({**good_files(), CARD_ACCESS: card_access(oid, *parameters)}))
    found = read(chip, CanPassword(CAN), files=["EF.DG1"])
    assert found.pace == oid and found.files["EF.DG1"] == good_files()["EF.DG1"]


def test_generic_mapping_is_taken_before_chip_authentication_mapping() -> None:
    gm, cam = "0.4.0.127.0.7.2.2.4.2.2", "0.4.0.127.0.7.2.2.4.6.2"
    offers = [build_sequence(build_oid(oid), build_integer(2), build_integer(13)) for oid in (cam, gm)]
    chosen = choose_protocol(build_tlv(0x31, *offers))
    assert chosen is not None and chosen[0].oid == gm and chosen[1] is False


CAM = "0.4.0.127.0.7.2.2.4.6.2"


def mapping_card(keys: ChipKeys | None = None) -> ChipContents:
    """A chip that speaks PACE by chip authentication mapping alone: EF.CardAccess, EF.CardSecurity and DG14 say so."""
    offer = build_sequence(build_oid(CAM), build_integer(2), build_integer(13))
    public = chip_keys().chip_authentication.public_key()
    entry = build_sequence(build_oid(KEY), public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    files = with_group(14, build_tlv(0x6E, build_set([offer, entry])))
    signer = make_signer(make_csca())
    security = build_card_security(
        [offer, entry], signer_certificate=signer.build(), signer_key=signer.key, signed_at=NOW
    )
    return contents_of({**files, CARD_ACCESS: build_set([offer]), CARD_SECURITY: security}, keys)


def test_chip_authentication_mapping_proves_the_chip() -> None:
    """ICAO 9303-11, 4.4.3.5: PACE itself shows that the chip holds the key of EF.CardSecurity; nothing more is asked."""
    seen: list[tuple[bytes, bytes]] = []
    found = read_chip(recording(make_chip(mapping_card()), seen), ZONE, rng=random.Random(3))
    assert found.pace == CAM and isinstance(found.chip_authentication, ChipMappingEvidence)
    assert sum(command[1] == 0x22 for command, _response in seen) == 1
    document = verify(ReadChip(**{**vars(found), "active_authentication": None}))
    assert document.chip_proved and step_of(document, "chip_authentication") == ("passed", None)
    assert document.deviations == ()


def test_a_copy_cannot_map() -> None:
    """It has EF.CardSecurity and DG14, and not the private half."""
    stranger = key_of("bp256", "stranger")
    assert isinstance(stranger, ec.EllipticCurvePrivateKey)
    found = read(make_chip(mapping_card(ChipKeys(chip_keys().active_authentication, stranger))))
    refusal = refusal_of(lambda: verify(found))
    assert (refusal.code, getattr(refusal, "step", None)) == ("cam_failed", "chip_authentication")


def test_a_mapping_without_card_security_proves_nothing() -> None:
    contents = mapping_card()
    files = {name: content for name, content in contents.files.items() if name != CARD_SECURITY}
    found = read(make_chip(contents_of(files)))
    assert found.pace == CAM and isinstance(found.chip_authentication, ChipAuthenticationEvidence)
    assert verify(found).chip_proved  # by DG14's key instead


def test_a_chip_that_keeps_its_mapping_data_back_is_refused() -> None:
    chip = make_chip(mapping_card())

    def transmit(command: bytes) -> bytes:
        response = chip.transmit(command)
        last = command[:2] == b"\x00\x86" and response.endswith(b"\x90\x00")
        return b"\x7c\x0a" + response[2:12] + b"\x90\x00" if last else response

    with pytest.raises(VerificationFailed) as refused:
        read_chip(transmit, ZONE, rng=random.Random(3))
    assert (refused.value.step, refused.value.code) == ("access_control", "pace_failed")


@pytest.mark.parametrize("suite", ["1", "2", "3", "4"])
@pytest.mark.parametrize("key_id", [None, 1, 300])
def test_every_chip_authentication_is_spoken(suite: str, key_id: int | None) -> None:
    """ICAO 9303-11, 6.2.4: MSE:Set KAT for 3DES, MSE:Set AT and GENERAL AUTHENTICATE for AES; keys by number."""
    numbered = [build_integer(key_id)] if key_id is not None else []
    private = chip_keys().chip_authentication
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    infos = [info.raw for info in parse_tlv(build_card_access(), 0x31).children() if b"\x02\x04" in info.raw]
    infos.append(build_sequence(build_oid(f"{CA}.{suite}"), build_integer(1), *numbered))
    infos.append(build_sequence(build_oid(KEY), public, *numbered))
    dg14 = build_tlv(0x6E, build_set(infos))
    files = with_group(14, dg14)
    found = read(make_chip(contents_of(files)))
    assert isinstance(found.chip_authentication, ChipAuthenticationEvidence) and found.chip_authentication.answered
    assert found.chip_authentication.key.protocol == f"{CA}.{suite}"
    assert found.files == files


def test_only_what_is_named_is_read() -> None:
    found = read(make_chip(), files=["EF.DG1", "EF.DG3", "EF.DG11"])
    assert set(found.files) == {CARD_ACCESS, "EF.COM", "EF.SOD", "EF.DG1"}
    assert found.unread == {"EF.DG3": 0x6982, "EF.DG11": 0x6A82}
    assert found.active_authentication is None and found.chip_authentication is None


def test_a_file_that_no_chip_has_is_refused() -> None:
    assert refusal_of(lambda: read(make_chip(), files=["EF.DG17"])).code == "file_unknown"


def test_biometrics_are_not_asked_for() -> None:
    """ICAO 9303-11, 7: DG3 and DG4 open to terminal authentication alone."""
    files = {**good_files(), "EF.COM": build_com([1, 2, 3, 4, 13, 14, 15])}
    seen: list[tuple[bytes, bytes]] = []
    found = read_chip(recording(make_chip(contents_of(files)), seen), ZONE, rng=random.Random(3))
    assert found.unread == {}


def test_where_no_list_can_be_read_every_group_is_tried() -> None:
    files = {**good_files(), "EF.COM": b"\x60\x00", "EF.SOD": b"\x77\x00"}
    found = read(make_chip(contents_of(files)))
    assert found.files == files
    assert set(found.unread) == {f"EF.DG{number}" for number in (5, 6, 7, 8, 9, 10, 11, 12, 16)}


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    read(make_chip(), on_progress=lambda *told_now: told.append(told_now))
    of_portrait = [(done, size) for name, done, size in told if name == "EF.DG2"]
    assert of_portrait[-1] == (len(good_files()["EF.DG2"]),) * 2 and len(of_portrait) > 10


def test_a_given_challenge_is_the_one_that_is_answered() -> None:
    found = read(make_chip(), challenge=b"12345678")
    assert found.active_authentication is not None and found.active_authentication.challenge == b"12345678"
    assert verify(found).chip_proved


def test_files_of_every_length_are_read() -> None:
    """The odd instruction, files of two octets, and lengths of one, two and three octets."""
    for size in (0, 1, 3, 4, 127, 128, 217, 255, 256, 32_760, 32_768, 33_000, 65_530, 70_000):
        content = build_tlv(0x75, random.Random(size).randbytes(size))
        channel = open_with_pace(make_chip(contents_of({**good_files(), "EF.DG2": content})))
        assert channel.read_file("EF.DG2") == content


def test_the_reader_says_what_icaos_example_says() -> None:
    """ICAO 9303-11, appendix G.1: every command of the reader, byte for byte."""
    example = ICAO["pace_ecdh"]
    zone = MrzPassword(example["document_number"], example["birth_date"], example["expiry"])
    sent: list[str] = []
    responses = [octets(response) for response in example["responses"]]

    def transmit(command: bytes) -> bytes:
        sent.append(command.hex().upper())
        return responses[len(sent) - 1]

    chosen = choose_protocol(octets(example["card_access"]))
    assert chosen is not None
    rng = Scripted(example["reader_mapping_private"], example["reader_private"])
    open_by_pace(Channel(transmit), chosen[0], zone, rng)
    assert sent == example["commands"]


# Passwords


@pytest.mark.parametrize(
    ("password", "access"),
    [
        (CanPassword("000102"), None),
        (MrzPassword("190000101", "900312", "310312"), None),
        (MrzPassword("190000101", "900312", "310312"), AccessProtocol.BAC),
    ],
)
def test_a_wrong_password_is_told_as_such(password: Password, access: AccessProtocol | None) -> None:
    chip = make_chip()
    refusal = refusal_of(lambda: read(chip, password, access=access))
    assert isinstance(refusal, VerificationFailed)
    assert (refusal.step, refusal.code) == ("access_control", "password_wrong")
    chip.reset()
    assert read(chip, ZONE, access=access).files == good_files()


def test_pace_that_fails_is_not_followed_by_bac() -> None:
    """Else who stands between chip and reader would choose the weaker protocol."""
    seen: list[tuple[bytes, bytes]] = []
    wrong = MrzPassword("190000101", "900312", "310312")
    with pytest.raises(VerificationFailed) as refused:
        read_chip(recording(make_chip(), seen), wrong, rng=random.Random(3))
    assert refused.value.code == "password_wrong"
    assert not any(command[1] in (0x84, 0x82) for command, _response in seen)


def test_basic_access_control_needs_the_zone() -> None:
    refusal = refusal_of(lambda: read(make_chip(), CanPassword(CAN), access=AccessProtocol.BAC))
    assert isinstance(refusal, Refused) and refusal.code == "password_kind"


def test_a_chip_does_not_open_without_a_password() -> None:
    assert refusal_of(lambda: read(make_chip(), None)).code == "password_missing"


def test_a_password_that_the_chip_does_not_know_is_told() -> None:
    """A chip of another state has no CAN."""
    other = contents_of({CARD_ACCESS: good_files()[CARD_ACCESS]}, given_mrz=ZONE)
    refusal = refusal_of(lambda: read(make_chip(other), CanPassword(CAN)))
    assert (refusal.code, getattr(refusal, "step", None)) == ("password_unknown", "access_control")


def test_pace_that_is_not_offered_is_not_spoken() -> None:
    files = {name: content for name, content in good_files().items() if name != CARD_ACCESS}
    chip = make_chip(contents_of(files))
    assert refusal_of(lambda: read(chip, access=AccessProtocol.PACE)).code == "access_not_offered"
    chip.reset()
    assert read(chip).access is AccessProtocol.BAC


def test_pace_that_is_foreign_is_refused_by_name() -> None:
    """Integrated mapping alone: nothing weaker is taken instead, unless the caller says so."""
    foreign = card_access("0.4.0.127.0.7.2.2.4.4.2", 13)
    chip = make_chip(contents_of({**good_files(), CARD_ACCESS: foreign}))
    assert refusal_of(lambda: read(chip)).code == "pace_unsupported"
    assert read(chip, access=AccessProtocol.BAC).access is AccessProtocol.BAC


def test_a_chip_that_is_closed_gives_nothing_in_plain() -> None:
    """A reader that does not open the chip gets EF.CardAccess, and the status of everything else."""
    found = read(make_chip(), None, access=AccessProtocol.NONE, files=["EF.DG1"])
    assert set(found.files) == {CARD_ACCESS} and found.access is AccessProtocol.NONE
    assert found.unread == {"EF.COM": 0x6982, "EF.SOD": 0x6982, "EF.DG1": 0x6982}


# Chips and lines that lie


@pytest.mark.parametrize(
    ("ins", "answer", "code"),
    [
        (0x86, b"\x7c\x03\x81\x01\x00\x90\x00", "apdu_malformed"),
        (0x86, b"\x69\x85", "pace_failed"),
        (0x22, b"\x6a\x80", "pace_failed"),
        (0x22, b"\x6a\x88", "password_unknown"),
    ],
)
def test_a_chip_that_breaks_pace_off_is_refused_by_name(ins: int, answer: bytes, code: str) -> None:
    chip = make_chip()
    refusal = refusal_of(
        lambda: read_chip(
            lambda command: answer if command[1] == ins else chip.transmit(command), ZONE, rng=random.Random(3)
        )
    )
    assert refusal.code == code


@pytest.mark.parametrize(
    ("ins", "answer", "code"),
    [
        (0x84, b"\x00" * 7 + b"\x90\x00", "bac_failed"),
        (0x84, b"\x69\x85", "chip_refused"),
        (0x82, b"\x69\x85", "chip_refused"),
        (0x82, bytes(40) + b"\x90\x00", "bac_failed"),
        (0xA4, b"\x6a\x82", "chip_refused"),
    ],
)
def test_a_chip_that_breaks_bac_off_is_refused_by_name(ins: int, answer: bytes, code: str) -> None:
    chip = make_chip()
    refusal = refusal_of(
        lambda: read_chip(
            lambda command: answer if command[1] == ins else chip.transmit(command),
            ZONE,
            rng=random.Random(3),
            access=AccessProtocol.BAC,
        )
    )
    assert refusal.code == code


def test_a_copy_without_the_keys_is_found_out() -> None:
    """ICAO 9303-11, 6: the copy has every file, signed, and neither private key."""
    stranger = key_of("bp256", "stranger")
    assert isinstance(stranger, ec.EllipticCurvePrivateKey)
    clone = make_chip(contents_of(keys=ChipKeys(key_of("P-256", "stranger"), stranger)))
    found = read(clone)
    assert found.files == good_files()
    assert isinstance(found.chip_authentication, ChipAuthenticationEvidence) and not found.chip_authentication.answered
    refusal = refusal_of(lambda: verify(found))
    assert (refusal.code, getattr(refusal, "step", None)) == ("aa_signature_invalid", "active_authentication")
    only_chip_authentication = ReadChip(**{**vars(found), "active_authentication": None})
    refusal = refusal_of(lambda: verify(only_chip_authentication))
    assert (refusal.code, getattr(refusal, "step", None)) == ("ca_failed", "chip_authentication")


def test_a_copy_that_refuses_to_prove_itself_is_found_out() -> None:
    """It publishes keys, signed, so it must have them: else whoever copies a chip would only have to keep silent."""
    found = read(make_chip(ChipContents(good_files())))
    assert found.files == good_files()
    assert found.chip_authentication is not None and not found.chip_authentication.answered
    assert found.active_authentication is not None and found.active_authentication.response == b""
    refusal = refusal_of(lambda: verify(found))
    assert (refusal.code, getattr(refusal, "step", None)) == ("aa_signature_invalid", "active_authentication")
    only_chip_authentication = ReadChip(**{**vars(found), "active_authentication": None})
    refusal = refusal_of(lambda: verify(only_chip_authentication))
    assert (refusal.code, getattr(refusal, "step", None)) == ("ca_failed", "chip_authentication")


def test_a_hidden_offer_of_pace_is_seen_afterwards() -> None:
    """ICAO 9303-11, 4.2: EF.CardAccess is authentic to nobody until DG14 says the same."""
    files = {name: content for name, content in good_files().items() if name != CARD_ACCESS}
    found = read(make_chip(contents_of(files)))
    assert found.access is AccessProtocol.BAC and found.unread == {CARD_ACCESS: 0x6A82}
    refusal = refusal_of(lambda: verify(found))
    assert (refusal.code, getattr(refusal, "step", None)) == ("access_downgraded", "access_control")
    document = verify(found, policy=ICAO_POLICY)
    assert step_of(document, "access_control") == (str(Result.KNOWN_DEVIATION), "access_downgraded")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 80), st.integers(0, 400), st.integers(1, 255))
def test_a_line_that_alters_one_octet_is_noticed(which: int, at: int, by: int) -> None:
    """Whatever is altered after access, the session ends; before it, access fails; EF.CardAccess is seen in the end."""
    chip, count = make_chip(), iter(range(10_000))
    hit: list[bool] = []

    def transmit(command: bytes) -> bytes:
        response = chip.transmit(command)
        if next(count) == which and len(response) > 2:
            place = at % len(response)
            hit.append(True)
            return response[:place] + bytes([response[place] ^ by]) + response[place + 1 :]
        return response

    try:
        found = read_chip(transmit, ZONE, rng=random.Random(3))
        verify(found)
    except Refusal as refusal:
        assert hit and refusal.code
    else:
        assert not hit or found.files == good_files()


@settings(deadline=None, max_examples=150)
@given(st.lists(st.binary(max_size=60), max_size=30), st.sampled_from([None, *AccessProtocol]))
def test_a_chip_that_talks_nonsense_is_refused_by_name(answers: list[bytes], access: AccessProtocol | None) -> None:
    """Only typed refusals, whatever comes over the line, and an end."""
    lines = iter(answers)
    ended = [0]

    def transmit(command: bytes) -> bytes:
        ended[0] += 1
        assert ended[0] < 500
        return next(lines, b"\x6f\x00")

    try:
        read_chip(transmit, ZONE, rng=random.Random(3), access=access)
    except Refusal as refusal:
        assert refusal.code


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, 75),
    st.binary(max_size=40),
    st.sampled_from([b"\x90\x00", b"\x62\x82", b"\x6c\x10", b"\x63\x00", b""]),
)
def test_a_chip_that_goes_mad_in_the_middle_is_refused_by_name(which: int, data: bytes, status: bytes) -> None:
    chip, count = make_chip(), iter(range(10_000))

    def transmit(command: bytes) -> bytes:
        return data + status if next(count) == which else chip.transmit(command)

    try:
        found = read_chip(transmit, ZONE, rng=random.Random(3))
    except Refusal as refusal:
        assert refusal.code
    else:
        assert set(found.files) | set(found.unread)


class Plain:
    """A chip that speaks in plain and serves one file in an odd way."""

    def __init__(self, content: bytes, answer: Callable[[Command, bytes], bytes]) -> None:
        self._content, self._answer = content, answer

    def transmit(self, raw: bytes) -> bytes:
        command = parse_command(raw)
        return b"\x90\x00" if command.ins == 0xA4 else self._answer(command, self._content)


def test_a_chip_that_says_which_length_it_wants_gets_it() -> None:
    """ISO/IEC 7816-4, 5.6: 6Cxx."""

    def answer(command: Command, content: bytes) -> bytes:
        offset = command.p1 << 8 | command.p2
        if command.expected != 2:
            return b"\x6c\x02"
        return content[offset : offset + 2] + b"\x90\x00"

    content = build_tlv(0x61, b"abcd")
    assert Channel(Plain(content, answer).transmit).read_file("EF.DG1") == content


def test_a_chip_that_gives_less_than_asked_for_is_asked_again() -> None:
    def answer(command: Command, content: bytes) -> bytes:
        offset = command.p1 << 8 | command.p2
        return content[offset : offset + min(5, command.expected or 0)] + b"\x90\x00"

    content = build_tlv(0x61, bytes(200))
    assert Channel(Plain(content, answer).transmit).read_file("EF.DG1") == content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x61", "file_malformed"),
        (b"\x61\x80abcd", "file_malformed"),
        (b"\x61\x84\x00\x00\x00\x01", "file_malformed"),
        (b"\x61\x83\xff\xff\xff\x00", "file_too_large"),
    ],
)
def test_a_file_without_a_sensible_length_is_refused(content: bytes, code: str) -> None:
    def answer(command: Command, content: bytes) -> bytes:
        return content[: command.expected] + b"\x90\x00"

    channel = Channel(Plain(content, answer).transmit)
    refusal = refusal_of(lambda: channel.read_file("EF.DG1"))
    assert isinstance(refusal, Malformed) and refusal.code == code


def test_a_file_that_ends_before_its_length_is_not_read() -> None:
    def answer(command: Command, content: bytes) -> bytes:
        offset = command.p1 << 8 | command.p2
        found = content[offset : offset + (command.expected or 0)]
        return found + (b"\x90\x00" if found else b"\x6b\x00")

    channel = Channel(Plain(build_tlv(0x61, bytes(300))[:100], answer).transmit)
    assert channel.read_file("EF.DG1") == StatusWord.OFFSET_OUTSIDE


# Specimens


@pytest.mark.skipif(not DATA.is_dir(), reason="the specimens are data beside the repository (../shared/chipdata)")
def test_bsis_reference_data_set_is_spoken_with() -> None:
    """BSI TR-03105-5: chip authentication by 3DES on brainpoolP224r1 with explicit parameters, with its private key."""
    folder = DATA / "specimen" / "bsi-tr03105-5"
    files: Mapping[str, bytes] = read_chip_folder(folder)
    octets_of_key = parse_tlv((folder / "DG14_sk.pkcs8").read_bytes(), 0x30).children()[2].octets()
    private = int.from_bytes(parse_tlv(octets_of_key, 0x30).children()[1].octets(), "big")
    contents = ChipContents(files, chip_authentication=private)
    found = read(make_chip(contents), contents.mrz_password)
    assert found.access is AccessProtocol.BAC
    assert isinstance(found.chip_authentication, ChipAuthenticationEvidence) and found.chip_authentication.answered
    assert {name: found.files[name] for name in found.files} == {name: files[name] for name in found.files}
    assert {"EF.DG1", "EF.DG2", "EF.DG14", "EF.SOD", "EF.COM"} <= set(found.files)
