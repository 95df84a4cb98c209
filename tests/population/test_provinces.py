"""Every province before and since July 2025: Circular 07/2016/TT-BCA annex 1, Resolution 202/2025/QH15, Decision 19/2025/QĐ-TTg.

A second record, compared with these, so that a later slip in sample_data/places/provinces.csv is seen.
"""

from datetime import date, timedelta
from inspect import Parameter, signature

import pytest

from eid.errors import NotFound
from eid.population import places
from eid.population.places import MERGER, find_province, find_successor, list_provinces

LAST_DAY = MERGER - timedelta(days=1)
CITIES = {LAST_DAY: {"01", "31", "46", "48", "79", "92"}, MERGER: {"01", "31", "46", "48", "79", "92"}}
MERGED = """
01 Hà Nội = 01 Hà Nội
04 Cao Bằng = 04 Cao Bằng
08 Tuyên Quang = 02 Hà Giang, 08 Tuyên Quang
11 Điện Biên = 11 Điện Biên
12 Lai Châu = 12 Lai Châu
14 Sơn La = 14 Sơn La
15 Lào Cai = 10 Lào Cai, 15 Yên Bái
19 Thái Nguyên = 06 Bắc Kạn, 19 Thái Nguyên
20 Lạng Sơn = 20 Lạng Sơn
22 Quảng Ninh = 22 Quảng Ninh
24 Bắc Ninh = 24 Bắc Giang, 27 Bắc Ninh
25 Phú Thọ = 17 Hoà Bình, 25 Phú Thọ, 26 Vĩnh Phúc
31 Hải Phòng = 30 Hải Dương, 31 Hải Phòng
33 Hưng Yên = 33 Hưng Yên, 34 Thái Bình
37 Ninh Bình = 35 Hà Nam, 36 Nam Định, 37 Ninh Bình
38 Thanh Hoá = 38 Thanh Hóa
40 Nghệ An = 40 Nghệ An
42 Hà Tĩnh = 42 Hà Tĩnh
44 Quảng Trị = 44 Quảng Bình, 45 Quảng Trị
46 Huế = 46 Huế
48 Đà Nẵng = 48 Đà Nẵng, 49 Quảng Nam
51 Quảng Ngãi = 51 Quảng Ngãi, 62 Kon Tum
52 Gia Lai = 52 Bình Định, 64 Gia Lai
56 Khánh Hoà = 56 Khánh Hòa, 58 Ninh Thuận
66 Đắk Lắk = 54 Phú Yên, 66 Đắk Lắk
68 Lâm Đồng = 60 Bình Thuận, 67 Đắk Nông, 68 Lâm Đồng
75 Đồng Nai = 70 Bình Phước, 75 Đồng Nai
79 Hồ Chí Minh = 74 Bình Dương, 77 Bà Rịa - Vũng Tàu, 79 Hồ Chí Minh
80 Tây Ninh = 72 Tây Ninh, 80 Long An
82 Đồng Tháp = 82 Tiền Giang, 87 Đồng Tháp
86 Vĩnh Long = 83 Bến Tre, 84 Trà Vinh, 86 Vĩnh Long
91 An Giang = 89 An Giang, 91 Kiên Giang
92 Cần Thơ = 92 Cần Thơ, 93 Hậu Giang, 94 Sóc Trăng
96 Cà Mau = 95 Bạc Liêu, 96 Cà Mau
"""


def merged() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """By code and name since July 2025: codes and names of the parts."""
    units = {}
    for line in MERGED.strip().splitlines():
        new, old = line.split(" = ")
        code, name = new.split(" ", 1)
        units[code, name] = [(part[:2], part[3:]) for part in old.split(", ")]
    return units


def test_the_63_of_the_last_day_and_the_34_of_the_first_bear_their_names() -> None:
    units = merged()
    old = sorted(part for parts in units.values() for part in parts)
    assert (len(old), len(units)) == (63, 34)
    assert sorted((p.code, p.name) for p in list_provinces(LAST_DAY)) == old
    assert sorted((p.code, p.name) for p in list_provinces(MERGER)) == sorted(units)


def test_each_of_the_63_became_part_of_the_one_that_the_resolution_names() -> None:
    for (code, _), parts in merged().items():
        assert [find_successor(part) for part, _ in parts] == [code] * len(parts)


@pytest.mark.parametrize("day", CITIES)
def test_six_provinces_are_cities(day: date) -> None:
    assert {province.code for province in list_provinces(day) if province.kind == "city"} == CITIES[day]


def test_exactly_seven_codes_name_another_province_from_one_day_to_the_next() -> None:
    names = dict(part for parts in merged().values() for part in parts)
    folded = {find_province(code, LAST_DAY).ascii_name for code in names}
    assert len(folded) == 63
    changed = {
        code
        for code, _ in merged()
        if find_province(code, LAST_DAY).ascii_name != find_province(code, MERGER).ascii_name
    }
    assert changed == {"15", "24", "44", "52", "80", "82", "91"}


def test_codes_that_ended_are_nobodys_since() -> None:
    ended = {part for parts in merged().values() for part, _ in parts} - {code for code, _ in merged()}
    assert len(ended) == 29
    for code in ended:
        with pytest.raises(NotFound) as refusal:
            find_province(code, MERGER)
        assert refusal.value.code == "province_unknown"


def test_hue_was_thua_thien_hue_until_2024() -> None:
    assert find_province("46", date(2024, 12, 31)).name == "Thừa Thiên Huế"
    for day in (date(2025, 1, 1), LAST_DAY, MERGER):
        assert find_province("46", day).name == "Huế"


@pytest.mark.parametrize("look_up", ["find_province", "list_provinces", "write_address", "write_birth_place"])
def test_every_look_up_of_a_name_takes_a_date(look_up: str) -> None:
    day = signature(getattr(places, look_up)).parameters["on"]
    assert day.annotation == "date"
    assert day.default is Parameter.empty
