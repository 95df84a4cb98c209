"""What was generated against the data that it was generated from.

Ages are drawn in even steps and must agree closely. Families share a province and a surname, so these scatter as if there
were fewer people: the tolerance is four standard errors of a sample an eighth of the size. Everything is fixed by the seed.
Each check is given a table with figures in the wrong place as well, and must refuse it.
"""

from collections import Counter
from collections.abc import Iterable
from math import sqrt
from typing import Any

import pytest

from eid.population.life.kinds import MaritalStatus
from eid.population.names import (
    COHORTS,
    Weights,
    cohort_of,
    given_name_weights,
    is_northern,
    middle_name_weights,
    surname_weights,
)
from eid.population.numbers import Sex
from eid.population.places import populations
from eid.population.sample_data import read_table
from tests.population.synthesis.made import age, born, living

STANDARD_ERRORS = 4.0
FAMILY = 8
"""How many times fewer people would scatter as much as members of families do."""


def check_shares(found: Iterable[object], expected: Weights, *, clustered: int) -> None:
    """Each thing's share is the expected one within the tolerance, and there is nothing else."""
    counts = Counter(found)
    size, total = counts.total(), sum(weight for _, weight in expected)
    assert set(counts) <= {thing for thing, _ in expected}
    for thing, weight in expected:
        share = weight / total
        allowed = STANDARD_ERRORS * sqrt(share * (1 - share) * clustered / size) + 2 / size
        assert abs(counts[thing] / size - share) <= allowed, (thing, counts[thing] / size, share)


Rows = list[dict[str, str]]


def check_ages(people: list[Any], rows: Rows) -> None:
    """Ages are drawn in even steps: within one in two thousand."""
    counts = Counter((age(person) // 5 * 5, person.sex) for person in living(people))
    total = sum(int(row["male"]) + int(row["female"]) for row in rows)
    for row in rows:
        for sex, column in ((Sex.MALE, "male"), (Sex.FEMALE, "female")):
            share = int(row[column]) / total
            assert abs(counts[(int(row["from"]), sex)] / counts.total() - share) < 0.0005, row


def test_ages_and_sexes_follow_the_pyramid(people: list[Any]) -> None:
    rows = read_table("people/ages.csv")
    check_ages(people, rows)
    with pytest.raises(AssertionError):
        check_ages(people, [row | {"male": row["female"], "female": row["male"]} for row in rows])
    with pytest.raises(AssertionError):
        check_ages(people, [rows[1] | {"from": "0"}, rows[0] | {"from": "5"}, *rows[2:]])


def check_marital_statuses(people: list[Any], rows: Rows) -> None:
    """A few who were to be married find nobody in their block: three in a hundred at most, in groups of 200 and more."""
    for row in rows:
        group = [p for p in living(people) if p.sex == row["sex"] and int(row["from"]) <= age(p) <= int(row["to"])]
        if len(group) < 200:
            continue
        counts = Counter(person.marital_status for person in group)
        for status in (MaritalStatus.MARRIED, MaritalStatus.WIDOWED, MaritalStatus.DIVORCED):
            share = int(row[status]) / 1000
            allowed = STANDARD_ERRORS * sqrt(share * (1 - share) / len(group)) + 0.03
            assert abs(counts[status] / len(group) - share) <= allowed, (row, status, counts)


def test_marital_statuses_follow_age_and_sex(people: list[Any]) -> None:
    rows = read_table("people/marital_statuses.csv")
    check_marital_statuses(people, rows)
    with pytest.raises(AssertionError):
        check_marital_statuses(people, [row | {"sex": "F" if row["sex"] == "M" else "M"} for row in rows])
    with pytest.raises(AssertionError):
        check_marital_statuses(people, [row | {"widowed": row["divorced"], "divorced": row["widowed"]} for row in rows])


def test_nobody_is_married_before_the_age_of_the_law(people: list[Any]) -> None:
    young = [p for p in living(people) if age(p) < (18 if p.sex == Sex.FEMALE else 20)]
    assert {person.marital_status for person in young} == {MaritalStatus.SINGLE}


def test_residences_follow_the_inhabitants_of_provinces(people: list[Any]) -> None:
    expected = [(code, float(count)) for code, count in populations().items()]
    check_shares((person.residence_old_province for person in people), expected, clustered=FAMILY)
    wrong = list(zip([code for code, _ in expected], [count for _, count in reversed(expected)], strict=True))
    with pytest.raises(AssertionError):
        check_shares((person.residence_old_province for person in people), wrong, clustered=FAMILY)


@pytest.mark.parametrize("northern", [True, False])
def test_surnames_have_their_frequencies_in_north_and_south(people: list[Any], northern: bool) -> None:
    """Of those whose surname comes from no parent in the register, by the province in which they were born."""
    kinh = [p for p in people if p.ethnicity == "Kinh"]
    here = [p for p in kinh if p.mother_id is None and p.birth_province is not None]
    first = [p.surname for p in here if is_northern(p.birth_province) is northern]
    check_shares(first, surname_weights(northern), clustered=1)
    with pytest.raises(AssertionError):
        check_shares(first, surname_weights(not northern), clustered=1)
    everybody = [p.surname for p in kinh if is_northern(p.residence_old_province) is northern]
    nguyen = sum(surname == "Nguyễn" for surname in everybody) / len(everybody)
    assert 0.29 < nguyen < 0.39


@pytest.mark.parametrize("sex", Sex)
@pytest.mark.parametrize("cohort", range(len(COHORTS)))
def test_middle_and_given_names_follow_sex_and_cohort(people: list[Any], sex: Sex, cohort: int) -> None:
    """Given names are drawn again where a sibling or the middle name has them: that scatters them a little more."""
    group = [p for p in people if p.ethnicity == "Kinh" and p.sex == sex and cohort_of(born(p).year) == cohort]
    assert len(group) > 1000
    check_shares((p.middle_name for p in group), middle_name_weights(sex, cohort), clustered=1)
    check_shares((p.given_name for p in group), given_name_weights(sex, cohort), clustered=2)
    far = 3 if cohort < 2 else 0
    with pytest.raises(AssertionError):
        check_shares((p.middle_name for p in group), middle_name_weights(sex, far), clustered=1)
    with pytest.raises(AssertionError):
        check_shares((p.given_name for p in group), given_name_weights(sex, far), clustered=2)


def test_religions_have_their_frequencies(people: list[Any]) -> None:
    expected = [(row["religion"], float(row["per_10000"])) for row in read_table("people/religions.csv")]
    check_shares((person.religion for person in people), expected, clustered=FAMILY)
    wrong = [(religion, share + 300 * (religion == "Phật giáo")) for religion, share in expected]
    with pytest.raises(AssertionError):
        check_shares((person.religion for person in people), wrong, clustered=FAMILY)
