"""What may be asked of a search, and what is refused."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.population.alphabet import build_sort_key
from eid.population.names import fold_name, index_words, split_name, split_words
from eid.population.person_query import parse_query

TODAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "search_empty"),
        ({"alive": True}, "search_empty"),
        ({"born": "1990"}, "search_too_wide"),
        ({"province": "79"}, "search_too_wide"),
        ({"name": "nguy*"}, "search_wildcard"),
        ({"name": "%"}, "search_wildcard"),
        ({"name": "ngu_en"}, "search_wildcard"),
        ({"name": "-"}, "search_name"),
        ({"name": "An 2"}, "search_name"),
        ({"name": "97908500010"}, "search_name"),
        ({"name": "a b c d e f g h i"}, "search_name_long"),
        ({"name": "a" * 41}, "search_name_long"),
        ({"born": "31/02/1990"}, "search_birth"),
        ({"born": "1849"}, "search_birth"),
        ({"born": "2027"}, "search_birth"),
        ({"born": "05/09/90"}, "search_birth"),
        ({"name": "An", "province": "Sài Thành"}, "search_province"),
        ({"name": "An", "province": "00"}, "search_province"),
        ({"name": "An", "province": "Yên Bái", "province_on": TODAY}, "search_province"),
    ],
)
def test_what_makes_no_search_is_refused(asked: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_query(**asked, today=TODAY)  # type: ignore[arg-type]
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1990", date(1990, 1, 1), date(1990, 12, 31)),
        ("05/09/1990", date(1990, 9, 5), date(1990, 9, 5)),
        (" 5/9/1990 ", date(1990, 9, 5), date(1990, 9, 5)),
        ("1990-09-05", date(1990, 9, 5), date(1990, 9, 5)),
    ],
)
def test_a_birth_date_is_a_day_or_a_year(text: str, first: date, last: date) -> None:
    query = parse_query(name="an", born=text, today=TODAY)
    assert (query.born_from, query.born_to, query.has_birth_date) == (first, last, first == last)


@pytest.mark.parametrize(
    ("text", "on", "new", "old"),
    [
        ("15", None, "15", None),
        ("15", date(2025, 6, 30), "15", "15"),
        ("lao cai", None, "15", None),
        ("Yên Bái", None, "15", "15"),
        ("02", None, "08", "02"),
        ("tỉnh ba ria vung tau", None, "79", "77"),
        ("TP. Hồ Chí Minh", None, "79", None),
        ("Thua Thien - Hue", None, "46", "46"),
        ("Bắc Ninh", date(2025, 6, 30), "24", "27"),
    ],
)
def test_a_province_is_one_of_the_day(text: str, on: date | None, new: str, old: str | None) -> None:
    query = parse_query(name="an", province=text, province_on=on, today=TODAY)
    assert (query.province, query.old_province) == (new, old)


def test_twelve_digits_are_a_pin() -> None:
    assert parse_query(name="979 085 000 102", today=TODAY).pin == "979085000102"


@given(st.text(max_size=30))
def test_a_name_is_found_by_its_own_words_however_it_is_written(name: str) -> None:
    folded = fold_name(name)
    for written in (name, unicodedata.normalize("NFD", name), f"  {name}\u00a0"):
        assert {word[:40] for word in split_words(fold_name(written))} <= index_words(folded)


def test_a_name_with_an_apostrophe_is_found_by_its_parts_and_as_one_word() -> None:
    assert index_words(fold_name("H’Hen Niê")) == {"H", "HEN", "HHEN", "NIE"}
    assert fold_name("H’Hen Ƀlŏ") == "H'HEN BLO"


def test_vietnamese_lists_go_by_given_name_and_know_their_letters_and_tones() -> None:
    expected = [
        "Dương Văn An",
        "Đỗ Văn An",
        "Nguyễn Văn An",
        "Nguyễn Văn Án",
        "Lê Văn Ăn",
        "Trần Thị Ân",
        "Lê Thị Bình",
    ]
    shuffled = expected[3:] + expected[:3]
    assert sorted(shuffled, key=lambda name: build_sort_key(*split_name(name))) == expected
