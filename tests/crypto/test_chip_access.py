"""What opens a chip: ICAO 9303-11, 4.3.2 and 9.7.3."""

from __future__ import annotations

import pytest

from eid.crypto.chip_access import CanPassword, MrzPassword, mrz_password_of
from eid.crypto.mrz import parse_mrz
from eid.errors import Malformed
from tests.crypto.chip_vectors import ICAO


def test_the_zones_fields_are_taken_with_their_check_digits() -> None:
    """ICAO 9303-11, appendix D.1."""
    example = ICAO["bac"]
    password = MrzPassword(example["document_number"], example["birth_date"], example["expiry"])
    assert password.information == example["information"].encode()
    assert password.secret[:16].hex().upper() == example["key_seed"]


def test_a_short_document_number_is_filled_up() -> None:
    """ICAO 9303-11, appendix D.1: nine places."""
    short, full = MrzPassword("L898902C", "690806", "940623"), MrzPassword("L898902C<", "690806", "940623")
    assert short.information == full.information


def test_a_long_document_number_of_td1_is_taken_whole() -> None:
    """ICAO 9303-11, appendix D.1, TD1 whose number is longer than nine characters; 9303-5, 4.2.2, note j."""
    zone = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
    password = mrz_password_of(parse_mrz(zone))
    assert password.information == b"D23145890734934071279507122"


@pytest.mark.parametrize("can", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"])
def test_a_can_has_six_digits(can: str) -> None:
    with pytest.raises(Malformed) as refused:
        CanPassword(can)
    assert refused.value.code == "can_malformed"


@pytest.mark.parametrize(
    "fields",
    [
        ("", "690806", "940623"),
        ("L898902C<", "19690806", "940623"),
        ("L898902C<", "690806", ""),
        ("số", "690806", "940623"),
    ],
)
def test_what_no_zone_says_is_no_password(fields: tuple[str, str, str]) -> None:
    with pytest.raises(Malformed) as refused:
        MrzPassword(*fields)
    assert refused.value.code == "mrz_password_malformed"


def test_passwords_do_not_show_themselves() -> None:
    assert "123456" not in repr(CanPassword("123456"))
    assert "690806" not in repr(MrzPassword("L898902C<", "690806", "940623"))
