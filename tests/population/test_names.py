"""Names: family, middle, given; with and without accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.population.names import (
    COHORTS,
    cohort_of,
    fold_name,
    given_name_weights,
    is_northern,
    join_name,
    middle_name_weights,
    split_name,
    surname_weights,
)
from eid.population.numbers import Sex

words = st.sampled_from(["Nguyễn", "Thị", "Văn", "Hoa", "Đức", "Ngọc", "An", "Phương"])


@given(words, st.lists(words, max_size=3), words)
def test_splitting_is_the_inverse_of_joining(surname: str, middle: list[str], given_name: str) -> None:
    name = (surname, " ".join(middle), given_name)
    assert split_name(join_name(*name)) == name


@pytest.mark.parametrize("name", ["", "   ", "Hoa"])
def test_one_word_is_not_a_full_name(name: str) -> None:
    with pytest.raises(Malformed) as refusal:
        split_name(name)
    assert refusal.value.code == "name_malformed"


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Đặng Thị Ánh Nguyệt", "DANG THI ANH NGUYET"),
        ("đỗ quỳnh", "DO QUYNH"),
        ("Vũ Ữ Ợ Ẵ Ỷ Ệ", "VU U O A Y E"),
        ("Hoa\u0300", "HOA"),
    ],
)
def test_folding_takes_the_accents_off(name: str, folded: str) -> None:
    """ICAO 9303-3, section 6: Vietnamese letters become the Latin letters under their marks."""
    assert fold_name(name) == folded


def test_every_name_in_the_data_folds_to_ascii_letters() -> None:
    names = [name for northern in (True, False) for name, _ in surname_weights(northern)]
    for sex in Sex:
        for cohort in range(len(COHORTS)):
            names += [name for name, _ in middle_name_weights(sex, cohort) + given_name_weights(sex, cohort)]
    for name in names:
        folded = fold_name(name).replace(" ", "")
        assert folded.isascii() and folded.isalpha()


def test_cohorts_change_in_their_years() -> None:
    assert [cohort_of(year) for year in (1921, 1959, 1960, 1979, 1980, 1999, 2000, 2026)] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_hoang_and_vu_are_northern_huynh_and_vo_southern() -> None:
    assert is_northern("46") and not is_northern("48")
    north, south = dict(surname_weights(True)), dict(surname_weights(False))
    assert north["Hoàng"] > 5 * north["Huỳnh"] and south["Huỳnh"] > 5 * south["Hoàng"]
    assert north["Vũ"] > 5 * north["Võ"] and south["Võ"] > 5 * south["Vũ"]
