"""The machine-readable zone, by its published layouts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.mrz import NO_EXPIRY, build_mrz, check_digit, parse_mrz, transliterate
from eid.errors import Malformed

EXAMPLE = "IDVNM0990001232099099000123<<89901052M3901050VNM<<<<<<<<<<<4NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<"
"""The synthetic example of a Vietnamese card's back."""

ICAO_TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""ICAO 9303-4, appendix B."""
ICAO_TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
"""ICAO 9303-5, appendix B."""
ICAO_TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
"""ICAO 9303-6, appendix B."""


def test_a_vietnamese_card_is_written_as_published() -> None:
    written = build_mrz(
        pin="099099000123",
        surname="Nguyễn",
        given_names="Văn An",
        birth_date=date(1999, 1, 5),
        sex="M",
        expires_on=date(2039, 1, 5),
    )
    assert written == EXAMPLE


def test_a_vietnamese_card_is_read_as_published() -> None:
    mrz = parse_mrz(EXAMPLE)
    assert (mrz.document_number, mrz.optional_data, mrz.issuing_state) == ("099000123", "099099000123", "VNM")
    assert (mrz.surname, mrz.given_names, mrz.sex) == ("NGUYEN", "VAN AN", "M")
    assert mrz.expires_on() == date(2039, 1, 5)
    assert mrz.wrong_check_digits == ()


@pytest.mark.parametrize("text", [ICAO_TD1, ICAO_TD2, ICAO_TD3], ids=["TD1", "TD2", "TD3"])
def test_the_examples_of_icao_are_read(text: str) -> None:
    """ICAO 9303-4, -5 and -6, appendices B."""
    mrz = parse_mrz(text)
    assert (mrz.surname, mrz.given_names, mrz.issuing_state) == ("ERIKSSON", "ANNA MARIA", "UTO")
    assert (mrz.birth_date, mrz.expiry, mrz.sex) == ("740812", "120415", "F")
    assert mrz.wrong_check_digits == ()


@pytest.mark.parametrize(("text", "digit"), [("520727", "3"), ("AB2134<<<", "5")])
def test_check_digits_are_those_of_icaos_examples(text: str, digit: str) -> None:
    """ICAO 9303-3, appendix A."""
    assert check_digit(text) == digit


def test_a_long_document_number_goes_on_in_the_optional_data() -> None:
    """ICAO 9303-5, 4.2.2, note j."""
    number = "D23145890734"
    line = f"I<UTO{number[:9]}<{number[9:]}{check_digit(number)}".ljust(30, "<")
    two = "7408122F1204159UTO" + "<" * 11
    composite = check_digit(line[5:30] + two[0:7] + two[8:15] + two[18:29])
    mrz = parse_mrz(line + two + composite + ICAO_TD1[60:])
    assert (mrz.document_number, mrz.optional_data, mrz.wrong_check_digits) == (number, "", ())


@pytest.mark.parametrize(
    ("at", "field"),
    [(14, "document_number"), (29, "optional_data"), (36, "birth_date"), (44, "expiry"), (59, "composite")],
)
def test_each_wrong_check_digit_is_named(at: int, field: str) -> None:
    wrong = EXAMPLE[:at] + str((int(EXAMPLE[at]) + 1) % 10) + EXAMPLE[at + 1 :]
    assert field in parse_mrz(wrong).wrong_check_digits


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Đỗ", "DO"),
        ("Nguyễn Thị Hường", "NGUYEN<THI<HUONG"),
        ("Trần  Văn-Minh", "TRAN<VAN<MINH"),
        ("O'Brien", "OBRIEN"),
        ("Ø Æ ß", "OE<AE<SS"),
        ("", ""),
    ],
)
def test_names_are_written_without_accents(name: str, written: str) -> None:
    """ICAO 9303-3, 6; Đ is D, as Vietnamese documents have it."""
    assert transliterate(name) == written


def test_a_long_name_is_cut_at_thirty() -> None:
    mrz = build_mrz(
        pin="901190000101",
        surname="Công Tằng Tôn Nữ",
        given_names="Thị Hoài Phương Thảo",
        birth_date=date(1990, 3, 12),
        sex="F",
        expires_on=None,
    )
    assert len(mrz) == 90
    assert mrz[60:] == "CONG<TANG<TON<NU<<THI<HOAI<PHU"
    assert parse_mrz(mrz).expires_on() == NO_EXPIRY


@pytest.mark.parametrize("changes", [{"pin": "12345"}, {"pin": "90119000010x"}, {"sex": "X"}, {"surname": "王"}])
def test_details_that_cannot_be_written_are_refused(changes: dict[str, str]) -> None:
    details = {"pin": "901190000101", "surname": "Lê", "given_names": "An", "sex": "M"} | changes
    with pytest.raises(Malformed) as refused:
        build_mrz(birth_date=date(1990, 3, 12), expires_on=None, **details)  # type: ignore[arg-type]
    assert refused.value.code == "mrz_malformed"


@pytest.mark.parametrize("text", ["", EXAMPLE[:-1], EXAMPLE.lower(), EXAMPLE[:-1] + "é", EXAMPLE + "<"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_mrz(text)
    assert refused.value.code == "mrz_malformed"


@pytest.mark.parametrize("expiry", ["391305", "<<<<<<", "AAAAAA"])
def test_an_expiry_that_is_no_date_is_refused_when_asked(expiry: str) -> None:
    mrz = parse_mrz(EXAMPLE[:38] + expiry + EXAMPLE[44:])
    with pytest.raises(Malformed) as refused:
        mrz.expires_on()
    assert refused.value.code == "mrz_malformed"


@given(
    st.from_regex(r"9[0-9]{11}", fullmatch=True),
    st.text("ABCĐĂÂÊÔƠƯ aeđ", min_size=1, max_size=40).filter(transliterate),
    st.text("ABCĐĂÂÊÔƠƯ aeđ", max_size=40),
    st.dates(date(1920, 1, 1), date(2026, 1, 1)),
    st.sampled_from("MF"),
    st.none() | st.dates(date(2021, 1, 1), date(2090, 1, 1)),
)
def test_whatever_is_written_is_read_again(
    pin: str, surname: str, given_names: str, birth: date, sex: str, expires_on: date | None
) -> None:
    written = build_mrz(
        pin=pin, surname=surname, given_names=given_names, birth_date=birth, sex=sex, expires_on=expires_on
    )
    mrz = parse_mrz(written)
    assert (mrz.optional_data, mrz.document_number, mrz.sex) == (pin, pin[3:], sex)
    assert mrz.birth_date == f"{birth:%y%m%d}"
    assert mrz.expires_on() == (expires_on or NO_EXPIRY)
    assert mrz.wrong_check_digits == ()
