"""Provinces by date and addresses (Resolution 202/2025/QH15, Decision 19/2025/QĐ-TTg)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pytest

from eid.errors import NotFound
from eid.population.names import fold_name
from eid.population.places import (
    find_province,
    find_successor,
    list_communes,
    list_provinces,
    populations,
    write_address,
)

BEFORE, SINCE = date(2025, 6, 30), date(2025, 7, 1)


def test_there_are_63_provinces_until_june_2025_and_34_since() -> None:
    assert len(list_provinces(date(1950, 1, 1))) == 63
    assert len(list_provinces(BEFORE)) == 63
    assert len(list_provinces(SINCE)) == 34
    assert len(list_provinces(date(2200, 1, 1))) == 34


@pytest.mark.parametrize(
    ("code", "until", "since"),
    [
        ("15", "Yên Bái", "Lào Cai"),
        ("24", "Bắc Giang", "Bắc Ninh"),
        ("44", "Quảng Bình", "Quảng Trị"),
        ("52", "Bình Định", "Gia Lai"),
        ("80", "Long An", "Tây Ninh"),
        ("82", "Tiền Giang", "Đồng Tháp"),
        ("91", "Kiên Giang", "An Giang"),
    ],
)
def test_seven_codes_change_their_name_on_one_day(code: str, until: str, since: str) -> None:
    assert find_province(code, on=BEFORE).name == until
    assert find_province(code, on=SINCE).name == since


def test_no_other_code_changes_its_name() -> None:
    changed = {p.code for p in list_provinces(SINCE) if find_province(p.code, BEFORE).ascii_name != p.ascii_name}
    assert changed == {"15", "24", "44", "52", "80", "82", "91"}


def test_hue_and_dong_nai_became_cities_on_their_days() -> None:
    assert find_province("46", on=date(2024, 12, 31)).name == "Thừa Thiên Huế"
    assert find_province("46", on=date(2025, 1, 1)).kind == "city"
    assert find_province("75", on=date(2026, 4, 29)).kind == "province"
    assert find_province("75", on=date(2026, 4, 30)).kind == "city"


@pytest.mark.parametrize(("code", "on"), [("03", BEFORE), ("02", SINCE), ("", BEFORE), ("1", SINCE)])
def test_a_code_that_nobody_bears_that_day_is_not_found(code: str, on: date) -> None:
    with pytest.raises(NotFound) as refusal:
        find_province(code, on=on)
    assert refusal.value.code == "province_unknown"


def test_every_old_province_became_part_of_a_new_one() -> None:
    parts: dict[str, list[str]] = defaultdict(list)
    for province in list_provinces(BEFORE):
        parts[find_successor(province.code)].append(province.code)
    assert set(parts) == {province.code for province in list_provinces(SINCE)}
    assert all(new in old for new, old in parts.items()), "a merged province keeps the code of one of its parts"
    assert parts["79"] == ["74", "77", "79"]
    with pytest.raises(NotFound):
        find_successor("03")


def test_ascii_names_are_the_names_without_accents() -> None:
    for province in list_provinces(BEFORE) + list_provinces(SINCE):
        assert province.ascii_name.upper() == fold_name(province.name)


def test_communes_are_unique_within_the_old_and_the_new_province() -> None:
    names: dict[str, list[str]] = defaultdict(list)
    for code in populations():
        communes = list_communes(code)
        assert 10 <= len(communes) <= 70
        names[find_successor(code)] += [commune.name.split(" ", 1)[1] for commune in communes]
    for new, given in names.items():
        assert len(set(given)) == len(given), new


def test_the_populations_add_up_to_the_census() -> None:
    """2019: 96,208,984 inhabitants; each province is rounded to ten thousand."""
    assert abs(sum(populations().values()) - 96_208_984) < 63 * 5_000


@dataclass
class House:
    residence_province: str = "80"
    residence_old_province: str = "72"
    residence_commune: str = "Xã Đồi Mẫu"
    residence_address: str = "Ấp Mẫu"


def test_an_address_names_the_province_of_its_day() -> None:
    assert write_address(House(), on=BEFORE) == "Ấp Mẫu, Xã Đồi Mẫu, Tây Ninh"
    assert write_address(House(residence_old_province="80"), on=BEFORE) == "Ấp Mẫu, Xã Đồi Mẫu, Long An"
    assert write_address(House(), on=SINCE) == "Ấp Mẫu, Xã Đồi Mẫu, Tây Ninh"
    assert write_address(House(residence_address=""), on=SINCE) == "Xã Đồi Mẫu, Tây Ninh"
