"""The PIN: twelve digits PPP C YY RRRRRR, as a law that holds for every number (Decree 137/2015, article 13)."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.population.numbers import (
    ABROAD,
    FOREIGNER,
    Pin,
    Sex,
    age_on,
    allocate_pin,
    build_pin,
    century_sex_digit,
    check_pin_agrees,
    parse_pin,
    synthetic_prefix,
)
from eid.population.places import MERGER, list_provinces

OLD_CODES = [province.code for province in list_provinces(MERGER.replace(month=6))]
PREFIXES = [f"{first}{code}" for first in "09" for code in OLD_CODES] + ["101", "312", ABROAD, FOREIGNER]

pins = st.builds(
    Pin,
    prefix=st.sampled_from(PREFIXES),
    century=st.integers(20, 24),
    sex=st.sampled_from(Sex),
    birth_year_two_digits=st.integers(0, 99),
    serial=st.integers(0, 999_999),
)


@given(pins)
def test_parsing_is_the_inverse_of_building(pin: Pin) -> None:
    text = build_pin(pin)
    assert len(text) == 12
    assert parse_pin(text) == pin


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_every_twelve_digits_that_parse_are_built_again(text: str) -> None:
    try:
        pin = parse_pin(text)
    except Malformed as refusal:
        assert refusal.code == "pin_prefix_unknown"
    else:
        assert build_pin(pin) == text


@given(st.text(max_size=14).filter(lambda t: not (len(t) == 12 and t.isascii() and t.isdigit())))
def test_anything_but_twelve_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_pin(text)
    assert refusal.value.code == "pin_malformed"


@pytest.mark.parametrize(
    ("years", "male", "female"),
    [
        ((1900, 1999), "0", "1"),
        ((2000, 2099), "2", "3"),
        ((2100, 2199), "4", "5"),
        ((2200, 2299), "6", "7"),
        ((2300, 2399), "8", "9"),
    ],
)
def test_the_fourth_digit_tells_century_and_sex(years: tuple[int, int], male: str, female: str) -> None:
    """Circular 07/2016, article 7."""
    for year in range(years[0], years[1] + 1):
        for sex, digit in ((Sex.MALE, male), (Sex.FEMALE, female)):
            assert str(century_sex_digit(year, sex)) == digit
            pin = parse_pin(f"901{digit}{year % 100:02d}123456")
            assert (pin.birth_year, pin.sex) == (year, sex)


@pytest.mark.parametrize("year", [1899, 2400, 0])
def test_years_that_no_digit_can_tell_are_refused(year: int) -> None:
    with pytest.raises(Malformed) as refusal:
        century_sex_digit(year, Sex.MALE)
    assert refusal.value.code == "pin_year"


def test_the_published_annex_and_the_synthetic_ranges_are_recognised() -> None:
    """Circular 07/2016, annexes 1 and 2: provinces 001–096, countries from 101."""
    for text, is_synthetic, province in [
        ("001099000123", False, "01"),
        ("096099000123", False, "96"),
        ("901099000123", True, "01"),
        ("996099000123", True, "96"),
        ("101099000123", False, None),
        (f"{ABROAD}099000123", True, None),
        (f"{FOREIGNER}099000123", True, None),
    ]:
        pin = parse_pin(text)
        assert (pin.is_synthetic, pin.province_code) == (is_synthetic, province)


@pytest.mark.parametrize("prefix", ["000", "003", "005", "097", "100", "900", "903", "999", "996x"])
def test_prefixes_that_nobody_was_given_are_refused(prefix: str) -> None:
    with pytest.raises(Malformed) as refusal:
        build_pin(Pin(prefix, 20, Sex.MALE, 99, 123))
    assert refusal.value.code == "pin_prefix_unknown"


@pytest.mark.parametrize(
    ("changes", "code"), [((100, 1), "pin_year"), ((-1, 1), "pin_year"), ((1, 1_000_000), "pin_serial")]
)
def test_parts_that_do_not_fit_their_digits_are_refused(changes: tuple[int, int], code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        build_pin(Pin("901", 20, Sex.MALE, *changes))
    assert refusal.value.code == code


@given(st.sampled_from(OLD_CODES), st.integers(1900, 2399), st.sampled_from(Sex), st.integers())
def test_allocated_numbers_are_synthetic_and_never_the_casts(code: str, year: int, sex: Sex, seed: int) -> None:
    text = allocate_pin(prefix=f"9{code}", birth_year=year, sex=sex, rng=random.Random(seed))
    pin = parse_pin(text)
    assert pin.is_synthetic
    assert pin.prefix == synthetic_prefix(code)
    assert pin.serial >= 1000
    assert check_pin_agrees(text, birth_date=date(year, 5, 4), sex=sex) == pin


@pytest.mark.parametrize(("sex", "year"), [(Sex.MALE, 1990), (Sex.FEMALE, 1991), (Sex.FEMALE, 2090)])
def test_a_pin_that_tells_another_sex_or_year_is_refused(sex: Sex, year: int) -> None:
    with pytest.raises(Malformed) as refusal:
        check_pin_agrees("901190000101", birth_date=date(year, 3, 12), sex=sex)
    assert refusal.value.code == "pin_disagrees"


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 5, 10), date(2014, 5, 9), 13),
        (date(2000, 5, 10), date(2014, 5, 10), 14),
        (date(2000, 2, 29), date(2014, 2, 28), 13),
        (date(2000, 2, 29), date(2014, 3, 1), 14),
        (date(2000, 2, 29), date(2016, 2, 29), 16),
    ],
)
def test_an_age_is_reached_on_the_birthday(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age
