"""Chip authentication: ICAO 9303-11, 6.2; and which keys of a DG14 it goes by."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.crypto import points
from eid.crypto.apdu import Command, parse_command
from eid.crypto.chip_auth import (
    ChipAuthenticationKey,
    draw_ephemeral_key,
    list_chip_authentication_keys,
    open_chip_session,
    parse_static_key,
)
from eid.crypto.chip_ciphers import Suite
from eid.crypto.curves import BY_NAME, Curve
from eid.crypto.groups import EllipticGroup
from eid.crypto.secure_messaging import SecureMessaging
from eid.crypto.security_infos import STANDARDISED_PARAMETERS, SecurityInfo, build_dg14, parse_dg14, parse_pace_infos
from eid.crypto.tlv import BIT_STRING, build_integer, build_oid, build_sequence, build_tlv
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import key_of

CA, KEY = "0.4.0.127.0.7.2.2.3.2", "0.4.0.127.0.7.2.2.1.2"


def info_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def chip_key(kind: str = "bp256", use: str = "chip") -> ec.EllipticCurvePrivateKey:
    key = key_of(kind, use)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def entry(oid: str, *rest: bytes) -> SecurityInfo:
    return SecurityInfo(build_sequence(build_oid(oid), *rest), oid)


def named_by_number(curve: Curve, number: int, point: tuple[int, int]) -> bytes:
    """A SubjectPublicKeyInfo whose curve is one of the standardised domain parameters."""
    algorithm = build_sequence(build_oid(STANDARDISED_PARAMETERS), build_integer(number))
    return build_sequence(algorithm, build_tlv(BIT_STRING, b"\x00", points.encode_point(curve, point)))


def speak(one: SecureMessaging, other: SecureMessaging) -> Command:
    return other.unprotect_command(parse_command(one.protect_command(Command(0x00, 0xB0, 0, 0, b"", 1))))


@pytest.mark.parametrize("suite", ["1", "2", "3", "4"])
@pytest.mark.parametrize("kind", ["bp256", "P-256", "P-521", "bp512"])
def test_chip_and_reader_speak_under_new_keys(kind: str, suite: str) -> None:
    """ICAO 9303-11, 6.2.2: 3DES and AES, on any curve."""
    private = chip_key(kind)
    key = ChipAuthenticationKey(f"{CA}.{suite}", None, info_of(private))
    own = draw_ephemeral_key(key, random.Random(1))
    chip = open_chip_session(key, private.private_numbers().private_value, own.encoded)
    assert speak(own.open_session(), chip).ins == 0xB0


def test_a_chip_without_the_private_half_cannot_follow() -> None:
    key = ChipAuthenticationKey(f"{CA}.2", None, info_of(chip_key()))
    own = draw_ephemeral_key(key, random.Random(1))
    clone = open_chip_session(key, 4711, own.encoded)
    with pytest.raises(VerificationFailed) as refused:
        speak(own.open_session(), clone)
    assert refused.value.code == "sm_mac"


@pytest.mark.parametrize("sent", [b"", b"\x04" + bytes(64), b"\x00"])
def test_a_readers_key_off_the_curve_is_refused(sent: bytes) -> None:
    key = ChipAuthenticationKey(f"{CA}.2", None, info_of(chip_key()))
    with pytest.raises(Malformed) as refused:
        open_chip_session(key, 4711, sent)
    assert refused.value.code == "bad_public_key"


def test_the_chips_own_key_is_no_readers_key() -> None:
    private = chip_key()
    key = ChipAuthenticationKey(f"{CA}.2", None, info_of(private))
    group, point = parse_static_key(key.public_key_info)
    with pytest.raises(Malformed) as refused:
        open_chip_session(key, private.private_numbers().private_value, group.encode(point))
    assert refused.value.code == "bad_public_key"


def test_the_key_of_an_issued_dg14_is_found() -> None:
    info = info_of(chip_key())
    dg14 = build_dg14(chip_authentication_key=info, active_authentication_oid="0.4.0.127.0.7.1.1.4.1.3")
    assert list_chip_authentication_keys(parse_dg14(dg14)) == [ChipAuthenticationKey(f"{CA}.2", None, info)]


def test_keys_and_protocols_go_together_by_their_numbers() -> None:
    """ICAO 9303-11, 9.2.5 and 9.2.6: keyId tells which of several keys a protocol is for."""
    one, other = info_of(chip_key()), info_of(chip_key("P-256"))
    infos = [
        entry(f"{CA}.1", build_integer(1), build_integer(1)),
        entry(f"{CA}.4", build_integer(1), build_integer(2)),
        entry(KEY, one, build_integer(1)),
        entry(KEY, other, build_integer(2)),
    ]
    found = list_chip_authentication_keys(infos)
    assert found == [ChipAuthenticationKey(f"{CA}.1", 1, one), ChipAuthenticationKey(f"{CA}.4", 2, other)]
    assert [key.suite for key in found] == [Suite.TDES, Suite.AES_256]


def test_a_key_without_a_protocol_means_3des() -> None:
    """BSI TR-03110, version 1: ChipAuthenticationInfo could be absent."""
    info = info_of(chip_key())
    assert list_chip_authentication_keys([entry(KEY, info)]) == [ChipAuthenticationKey(f"{CA}.1", None, info)]


def test_protocols_that_are_unknown_have_no_key() -> None:
    infos = [entry(f"{CA}.9", build_integer(1)), entry(KEY, info_of(chip_key()))]
    assert list_chip_authentication_keys(infos) == []
    assert list_chip_authentication_keys([entry("0.4.0.127.0.7.2.2.3.1.2", build_integer(1))]) == []


def test_a_negative_number_of_a_key_is_refused() -> None:
    with pytest.raises(Malformed) as refused:
        list_chip_authentication_keys([entry(KEY, info_of(chip_key()), build_integer(-1))])
    assert refused.value.code == "ca_malformed"


def test_a_curve_may_be_named_by_its_number() -> None:
    """BSI TR-03110-3, A.2.1.1: standardised domain parameters."""
    curve = BY_NAME["brainpoolP320r1"]
    point = points.generator(curve)
    assert parse_static_key(named_by_number(curve, 14, point)) == (EllipticGroup(curve), point)
    for number in (0, 3, 99):
        with pytest.raises(Malformed) as refused:
            parse_static_key(named_by_number(curve, number, point))
        assert refused.value.code == "ec_params_unknown"


def test_a_key_that_is_on_no_curve_is_refused() -> None:
    rsa = key_of("rsa2048", "aa").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(Malformed) as refused:
        parse_static_key(rsa)
    assert refused.value.code == "bad_public_key"


def test_pace_is_read_from_security_infos() -> None:
    """ICAO 9303-11, 9.2.2: with and without domain parameters; PACEDomainParameterInfo has another form."""
    pace = "0.4.0.127.0.7.2.2.4.2"
    infos = [
        entry(f"{pace}.2", build_integer(2), build_integer(13)),
        entry(f"{pace}.4", build_integer(2)),
        entry(pace, build_sequence(build_oid(STANDARDISED_PARAMETERS), build_integer(13))),
    ]
    found = parse_pace_infos(infos)
    assert [(info.protocol, info.parameter) for info in found] == [(f"{pace}.2", 13), (f"{pace}.4", None)]
    with pytest.raises(Malformed) as refused:
        parse_pace_infos([entry(f"{pace}.2", build_integer(1), build_integer(13))])
    assert refused.value.code == "pace_version"
