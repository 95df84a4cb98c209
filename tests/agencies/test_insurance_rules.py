"""Health insurance codes: boxes, levels, numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.agencies.insurance_rules import (
    FUND_SHARE,
    NUMBERS,
    OBJECT_CODES,
    BenefitLevel,
    benefit_level_of,
    build_card_code,
    build_number,
    five_years_on,
    parse_card_code,
    parse_number,
)
from eid.errors import Malformed


@pytest.mark.parametrize(
    ("object_code", "level", "share"),
    [("TE", "1", 100), ("CC", "1", 100), ("HN", "2", 100), ("CB", "2", 100), ("HT", "3", 95), ("CN", "3", 95),
     ("DN", "4", 80), ("HS", "4", 80), ("SV", "4", 80), ("GD", "4", 80), ("QN", "5", 100), ("CA", "5", 100)],
)  # fmt: skip
def test_the_group_of_insured_people_decides_the_benefit_level(object_code: str, level: str, share: int) -> None:
    """Decision 1351/QĐ-BHXH, annex: object codes and benefit levels."""
    assert benefit_level_of(object_code) == level
    assert FUND_SHARE[benefit_level_of(object_code)] == share


@given(st.sampled_from(sorted(OBJECT_CODES)), st.integers(1, 96), st.integers(0, NUMBERS - 1))
def test_every_code_that_is_built_is_read_back(object_code: str, province: int, serial: int) -> None:
    number = build_number(serial)
    code = build_card_code(object_code, f"{province:02d}", number)
    parsed = parse_card_code(code)
    assert len(code) == 15
    assert (parsed.object_code, parsed.province, parsed.number) == (object_code, f"{province:02d}", number)
    assert parse_number(parsed.number) == serial


@given(st.sampled_from(sorted(OBJECT_CODES)), st.sampled_from(list(BenefitLevel)))
def test_a_level_that_does_not_follow_from_the_group_is_refused(object_code: str, level: BenefitLevel) -> None:
    code = f"{object_code}{level}010012345678"
    if level == benefit_level_of(object_code):
        assert parse_card_code(code).benefit_level is level
        return
    with pytest.raises(Malformed) as refusal:
        parse_card_code(code)
    assert refusal.value.code == "card_code_level"


@given(st.text(max_size=16))
def test_any_other_text_is_no_card_code(text: str) -> None:
    with pytest.raises(Malformed):
        parse_card_code(text)


@pytest.mark.parametrize("code", ["", "DN401001234567", "DN40100123456789", "dn4010012345678", "DN6010012345678",
                                  "D44010012345678", "DN4010012345678\n", "ĐN4010012345678", "DN4٠10012345678"])  # fmt: skip
def test_a_code_of_another_form_is_refused(code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_card_code(code)
    assert refusal.value.code == "card_code"


def test_a_group_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Malformed) as refusal:
        build_card_code("ZZ", "01", build_number(1))
    assert refusal.value.code == "object_code_unknown"


@pytest.mark.parametrize("number", ["0112345678", "001234567", "00123456789", "00a2345678", ""])
def test_a_number_that_somebody_could_have_is_refused(number: str) -> None:
    """Every social insurance number in the simulation begins with a province that does not exist."""
    with pytest.raises(Malformed) as refusal:
        parse_number(number)
    assert refusal.value.code == "insurance_number"


@pytest.mark.parametrize("serial", [-1, NUMBERS])
def test_a_serial_beyond_ten_digits_is_refused(serial: int) -> None:
    with pytest.raises(Malformed) as refusal:
        build_number(serial)
    assert refusal.value.code == "insurance_serial"


def test_five_years_are_counted_from_the_first_day_of_insurance() -> None:
    assert five_years_on(date(2021, 7, 1)) == date(2026, 7, 1)
    assert five_years_on(date(2020, 2, 29)) == date(2025, 2, 28)
