"""A chip's files are built and read as ICAO 9303-10 and the observed Vietnamese layout have them."""

from __future__ import annotations

import io
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eid.cards.portrait import draw_portrait
from eid.crypto import dg13, lds, security_infos
from eid.crypto.dg2 import build_dg2, parse_dg2
from eid.crypto.dg13 import PersonalDetails, build_dg13, parse_dg13
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_text, build_tlv
from eid.errors import Malformed
from tests.crypto.forge import make_card, make_csca, make_signer


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("EF_SOD.bin", "EF.SOD"),
        ("EF.SOD", "EF.SOD"),
        ("sod.bin", "EF.SOD"),
        ("EF_DG1.bin", "EF.DG1"),
        ("DG1.bin", "EF.DG1"),
        ("dg01.bin", "EF.DG1"),
        ("dg13.BIN", "EF.DG13"),
        ("Datagroup15.bin", "EF.DG15"),
        ("ef010F.bin", "EF.DG15"),
        ("ef011D.bin", "EF.SOD"),
        ("EF_CardAccess.bin", "EF.CardAccess"),
        ("card_access.der", "EF.CardAccess"),
        ("EF.COM", "EF.COM"),
        ("DG0.bin", None),
        ("DG17.bin", None),
        ("ef01FF.bin", None),
        ("README.md", None),
        ("chip_keys.json", None),
        ("", None),
    ],
)
def test_files_are_known_by_their_usual_names(written: str, file: str | None) -> None:
    assert lds.parse_file_name(written) == file


def test_the_usual_names_mean_what_their_spelling_says() -> None:
    assert len(lds.USUAL_NAMES) == 38
    for name, file in lds.USUAL_NAMES.items():
        assert lds.parse_file_name(name.lower()) == lds.parse_file_name(name) == file


def test_ef_com_lists_what_the_chip_has() -> None:
    """ICAO 9303-10, 4.6.1."""
    assert lds.build_com([1, 2, 13, 14, 15]).hex() == "60175f0104303130385f36063034303030305c0561756d6e6f"
    assert lds.parse_com(lds.build_com([1, 2, 13, 14, 15])).data_groups == (1, 2, 13, 14, 15)


@pytest.mark.parametrize(
    "data", ["60155f0104303130375f36063034303030305c0361757f", "60155f0104303130785f36063034303030305c03617564"]
)
def test_an_ef_com_that_is_none_is_refused(data: str) -> None:
    with pytest.raises(Malformed) as refused:
        lds.parse_com(bytes.fromhex(data))
    assert refused.value.code == "com_malformed"


def test_card_access_has_the_observed_bytes() -> None:
    assert security_infos.build_card_access().hex() == (
        "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f0007020204020202010202010d"
    )


def test_dg14_repeats_card_access_and_names_the_answers_algorithm() -> None:
    infos = security_infos.parse_dg14(make_card(make_signer(make_csca()))["EF.DG14"])
    assert {info.raw for info in security_infos.parse_card_access(security_infos.build_card_access())} < {
        info.raw for info in infos
    }
    assert security_infos.parse_active_authentication_hash(infos) == "sha256"
    assert security_infos.parse_active_authentication_hash(infos[:1]) is None


def test_an_unknown_algorithm_of_active_authentication_is_refused() -> None:
    info = build_sequence(build_oid("2.23.136.1.1.5"), build_integer(1), build_oid("1.2.3"))
    with pytest.raises(Malformed) as refused:
        security_infos.parse_active_authentication_hash(security_infos.parse_card_access(build_set([info])))
    assert refused.value.code == "unknown_algorithm"


def test_dg2_wraps_a_portrait_as_iso_19794_5_says() -> None:
    """ISO/IEC 19794-5:2005, 5; ICAO 9303-10, 4.7.2."""
    photo = draw_portrait("901190000101")
    data = build_dg2(photo.jpeg, width=photo.width, height=photo.height)
    portrait = parse_dg2(data)
    assert (portrait.media_type, portrait.image) == ("image/jpeg", photo.jpeg)
    assert Image.open(io.BytesIO(portrait.image)).size == (portrait.width, portrait.height) == (240, 320)
    at = data.index(b"FAC\x00010\x00")
    assert int.from_bytes(data[at + 8 : at + 12], "big") == len(data) - at == 46 + len(photo.jpeg)


@pytest.mark.parametrize("at", range(0, 46))
def test_a_damaged_facial_record_is_read_or_refused(at: int) -> None:
    photo = draw_portrait("x")
    data = bytearray(build_dg2(photo.jpeg, width=240, height=320))
    data[data.index(b"FAC\0") + at] ^= 0xFF
    try:
        assert parse_dg2(bytes(data)).image
    except Malformed as refused:
        assert refused.code == "dg2_malformed"


def test_portraits_are_small_and_the_same_for_the_same_seed() -> None:
    assert draw_portrait(7) == draw_portrait(7) != draw_portrait(8)
    assert 2_000 < len(draw_portrait(7).jpeg) < 12_000


def test_dg13_has_the_observed_layout() -> None:
    built = build_dg13(PersonalDetails(pin="099099000123", full_name="Nguyễn Văn An", spouse="Lê Thị B"))
    assert built.startswith(bytes.fromhex("6d")) and bytes.fromhex("020101060628d31601000831") in built
    for field in (b"\x02\x01\x01\x0c\x0c099099000123", b"\x02\x01\x02\x0c", b"\x02\x01\x0e\x30"):
        assert field in built


@given(st.fixed_dictionaries({}, optional={f.name: st.text(max_size=30) for f in fields(PersonalDetails)}))
def test_dg13_survives_whatever_it_says(values: dict[str, str]) -> None:
    if {"father", "mother"} & set(values):
        values = {"father": "", "mother": ""} | values
    assert parse_dg13(build_dg13(PersonalDetails(**values))) == PersonalDetails(**values)


def _dg13(*parts: bytes) -> bytes:
    body = build_sequence(build_integer(1), build_oid(dg13.UTF8_ENCODING), build_tlv(0x31, *parts))
    return build_tlv(0x6D, body)


def _field(number: int, value: bytes) -> bytes:
    return build_sequence(build_integer(number), value)


def test_dg13_is_read_by_number_never_by_place() -> None:
    shuffled = _dg13(_field(9, build_text("Huế")), _field(99, build_tlv(0x05)), _field(1, build_tlv(0x13, b"099")))
    assert parse_dg13(shuffled) == PersonalDetails(pin="099", place_of_residence="Huế")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_dg13(_field(1, build_text("a")), _field(1, build_text("b"))), "dg13_duplicate_field"),
        (
            build_tlv(0x6D, build_sequence(build_integer(2), build_oid(dg13.UTF8_ENCODING), build_set([]))),
            "dg13_version",
        ),
        (build_tlv(0x6D, build_sequence(build_integer(1), build_oid("1.2.3"), build_set([]))), "dg13_version"),
        (_dg13(_field(13, build_sequence(build_text("father alone")))), "tlv_unexpected"),
        (_dg13(_field(1, build_tlv(0x04, b"a"))), "tlv_unexpected"),
        (_dg13(build_sequence(build_integer(1))), "tlv_unexpected"),
    ],
)
def test_a_dg13_that_is_none_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_dg13(data)
    assert refused.value.code == code
