"""Ethnic groups, their names, births abroad, the dead: what was generated against the tables, counted in columns.

Neighbours are of one group, some seventy at a time, so groups scatter more than people: tolerances are stated at each test.
"""

from collections import Counter, defaultdict
from math import sqrt
from typing import Any

import numpy as np
import pytest

from eid.population.places import populations
from eid.population.sample_data import read_table
from eid.population.synthesis.register import synthesise_batches

PEOPLE = 100_000
NEIGHBOURS = 70
"""People of one group who live side by side."""
Columns = dict[str, Any]


@pytest.fixture(scope="module")
def columns() -> Columns:
    """The living."""
    found: dict[str, list[Any]] = defaultdict(list)
    for batch in synthesise_batches(PEOPLE, 11):
        for name, values in batch.people.items():
            found[name] += values
    alive = np.array([day is None for day in found["died_on"]])
    assert 0.055 < 1 - alive.mean() < 0.07, "of a thousand rows some sixty are people who died in ten years"
    return {name: np.array(values, dtype=object)[alive] for name, values in found.items()}


def shares_by_province() -> dict[tuple[str, str], float]:
    rows = read_table("people/ethnic_groups_by_province.csv")
    return {(row["province"], row["ethnic_group"]): int(row["per_10000"]) / 10_000 for row in rows}


def check_share(name: object, found: float, share: float, size: float, clustered: float) -> None:
    """Within four standard errors of a sample so many times smaller, and one cluster."""
    allowed = 4 * sqrt(share * (1 - share) * clustered / size) + clustered / size
    assert abs(found - share) <= allowed, (name, found, share, allowed)


def check_groups(columns: Columns, shares: dict[tuple[str, str], float]) -> None:
    """Nationally within a tenth and one neighbourhood; by province where at least three neighbourhoods are expected."""
    people, total = populations(), sum(populations().values())
    citizens = columns["nationality"] == "VNM"
    size = int(citizens.sum())
    counts = Counter(columns["ethnicity"][citizens])
    national: dict[str, float] = defaultdict(float)
    for (province, group), share in shares.items():
        national[group] += share * people[province] / total
    assert set(counts) <= set(national)
    for group, share in national.items():
        assert abs(counts[group] / size - share) <= share / 10 + NEIGHBOURS / size, (group, counts[group] / size, share)
    cells = Counter(zip(columns["residence_old_province"][citizens], columns["ethnicity"][citizens], strict=True))
    inhabitants = Counter(columns["residence_old_province"][citizens])
    checked = 0
    for (province, group), share in shares.items():
        if group != "Kinh" and share * inhabitants[province] >= 3 * NEIGHBOURS:
            check_share(
                (province, group),
                cells[province, group] / inhabitants[province],
                share,
                inhabitants[province],
                NEIGHBOURS / 4,
            )
            checked += 1
    assert checked >= 15


def test_groups_live_where_the_census_found_them(columns: Columns) -> None:
    check_groups(columns, shares_by_province())


def test_a_wrong_table_of_groups_is_noticed(columns: Columns) -> None:
    """The Thái of Sơn La and the Kinh there swapped: the check above must see that."""
    wrong = shares_by_province()
    wrong["14", "Thái"], wrong["14", "Kinh"] = wrong["14", "Kinh"], wrong["14", "Thái"]
    with pytest.raises(AssertionError):
        check_groups(columns, wrong)


def check_names(found: Counter[str], shares: dict[str, float], clustered: float) -> None:
    assert set(found) <= set(shares)
    for name, share in shares.items():
        check_share(name, found[name] / found.total(), share, found.total(), clustered)


@pytest.mark.parametrize("group", ["Tày", "Thái", "Mường", "Khmer", "Mông", "Nùng", "Dao", "Hoa"])
def test_surnames_follow_the_ethnic_group(columns: Columns, group: str) -> None:
    """Families share a surname, so they scatter as if there were an eighth of the people."""
    found = Counter(columns["surname"][columns["ethnicity"] == group])
    rows = [row for row in read_table("names/ethnic_surnames.csv") if row["ethnic_group"] == group]
    shares = {row["surname"]: int(row["per_10000"]) / 10_000 for row in rows}
    check_names(found, shares, 8)
    most, least = max(shares, key=lambda name: shares[name]), min(shares, key=lambda name: shares[name])
    with pytest.raises(AssertionError):
        check_names(found, shares | {most: shares[least], least: shares[most]}, 8)


def mong_names(sex: str, table: str) -> dict[str, float]:
    rows = read_table(f"names/ethnic_{table}_names.csv")
    weights = {row["name"]: int(row["weight"]) for row in rows if (row["ethnic_group"], row["sex"]) == ("Mông", sex)}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


@pytest.mark.parametrize("table", ["middle", "given"])
@pytest.mark.parametrize(("sex", "other"), [("M", "F"), ("F", "M")])
def test_names_of_the_mong_follow_sex(columns: Columns, sex: str, other: str, table: str) -> None:
    found = Counter(columns[f"{table}_name"][(columns["ethnicity"] == "Mông") & (columns["sex"] == sex)])
    check_names(found, mong_names(sex, table), 2)
    with pytest.raises(AssertionError):
        check_names(found, mong_names(other, table), 2)


def test_births_abroad_and_foreigners_have_their_countries(columns: Columns) -> None:
    citizens = columns["nationality"] == "VNM"
    born = Counter(columns["birth_country"][citizens])
    nations = Counter(columns["nationality"][~citizens])
    rows = read_table("people/countries.csv")
    assert set(born) <= {"VNM", *(row["code"] for row in rows)}
    assert set(nations) <= {row["code"] for row in rows}
    for found, column in ((born, "born_there_per_million"), (nations, "foreigners_per_million")):
        share = sum(int(row[column]) for row in rows) / 1e6
        abroad = sum(n for code, n in found.items() if code != "VNM") / len(citizens)
        check_share(column, abroad, share, len(citizens), 4)
        with pytest.raises(AssertionError):
            check_share(column, abroad, 3 * share, len(citizens), 4)
