"""The tables under sample_data/ by themselves: they add up, cover every age once and tell where they come from."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from eid.population.places import MERGER, list_provinces
from eid.population.sample_data import SAMPLE_DATA, read_table

FOLDERS = ("names", "people", "places")
TABLES = sorted(
    path.relative_to(SAMPLE_DATA).as_posix() for folder in FOLDERS for path in (SAMPLE_DATA / folder).iterdir()
)


def groups() -> dict[str, float]:
    return {row["name"]: float(row["thousands"]) for row in read_table("people/ethnic_groups.csv")}


def people() -> dict[str, int]:
    return {row["code"]: int(row["thousands"]) for row in read_table("places/populations.csv")}


@pytest.mark.parametrize("table", [table for table in TABLES if not table.endswith(("README.md", "__pycache__"))])
def test_every_table_is_told_of_in_its_folders_readme(table: str) -> None:
    name = Path(table).name
    assert f"`{name}`" in (SAMPLE_DATA / table).with_name("README.md").read_text(encoding="utf-8")


def test_there_are_54_ethnic_groups_and_they_are_those_of_the_census() -> None:
    rows = read_table("people/ethnic_groups.csv")
    assert [row["code"] for row in rows] == [f"{number:02}" for number in range(1, 55)]
    assert len({row["name"] for row in rows}) == len({row["ascii_name"] for row in rows}) == 54
    assert all(row["ascii_name"].isascii() for row in rows)
    foreigners_and_unknown = 3.553 + 0.349
    assert sum(groups().values()) == pytest.approx(96_208.984 - foreigners_and_unknown, abs=0.001)


def test_provinces_have_the_people_of_the_census() -> None:
    assert len(people()) == 63
    assert sum(people().values()) == pytest.approx(96_209, abs=63 / 2)


def test_the_groups_of_each_province_add_up_to_ten_thousand() -> None:
    shares: dict[str, int] = defaultdict(int)
    for row in read_table("people/ethnic_groups_by_province.csv"):
        assert row["ethnic_group"] in groups()
        assert int(row["per_10000"]) > 0
        shares[row["province"]] += int(row["per_10000"])
    assert shares == dict.fromkeys(people(), 10_000)


def test_the_provinces_of_each_group_add_up_to_its_members() -> None:
    """A share is rounded to one in ten thousand of a province, some hundred people: no more is forgiven."""
    found: dict[str, float] = defaultdict(float)
    for row in read_table("people/ethnic_groups_by_province.csv"):
        found[row["ethnic_group"]] += people()[row["province"]] * int(row["per_10000"]) / 10_000
    for name, thousands in groups().items():
        assert found[name] == pytest.approx(thousands, rel=0.01, abs=0.5), name


def test_counted_groups_are_where_they_were_counted() -> None:
    shares = {
        (row["province"], row["ethnic_group"]): int(row["per_10000"])
        for row in read_table("people/ethnic_groups_by_province.csv")
    }
    for row in read_table("people/ethnic_groups_counted.csv"):
        assert row["kind"] in {"compared", "quoted", "estimate"}
        share = int(row["people"]) / people()[row["province"]] * 10
        assert abs(shares.get((row["province"], row["ethnic_group"]), 0) - share) < 5, row


def test_surnames_of_each_group_add_up_to_ten_thousand() -> None:
    shares: dict[str, int] = defaultdict(int)
    seen = Counter((row["ethnic_group"], row["surname"]) for row in read_table("names/ethnic_surnames.csv"))
    assert max(seen.values()) == 1
    for row in read_table("names/ethnic_surnames.csv"):
        shares[row["ethnic_group"]] += int(row["per_10000"])
    assert set(shares.values()) == {10_000}
    assert set(shares) < set(groups())


@pytest.mark.parametrize("table", ["names/ethnic_middle_names.csv", "names/ethnic_given_names.csv"])
def test_names_of_groups_are_for_both_sexes(table: str) -> None:
    rows = read_table(table)
    assert max(Counter((row["ethnic_group"], row["sex"], row["name"]) for row in rows).values()) == 1
    assert {row["ethnic_group"] for row in rows} <= {
        row["ethnic_group"] for row in read_table("names/ethnic_surnames.csv")
    }
    for sex in "MF":
        assert {row["ethnic_group"] for row in rows if row["sex"] == sex} == {row["ethnic_group"] for row in rows}
    assert all(int(row["weight"]) > 0 and row["name"] == row["name"].strip() for row in rows)


def test_a_group_has_enough_given_names_for_many_sisters() -> None:
    """No two children of one mother bear the same given name."""
    counts = Counter((row["ethnic_group"], row["sex"]) for row in read_table("names/ethnic_given_names.csv"))
    assert min(counts.values()) >= 20
    assert all(row["name"] for row in read_table("names/ethnic_given_names.csv"))


@pytest.mark.parametrize(("provinces", "day"), [("34", MERGER), ("63", MERGER - timedelta(days=1))])
def test_every_province_has_a_tile_of_its_own(provinces: str, day: date) -> None:
    tiles = [row for row in read_table("places/tiles.csv") if row["provinces"] == provinces]
    assert sorted(row["code"] for row in tiles) == sorted(province.code for province in list_provinces(day))
    assert len({(row["column"], row["row"]) for row in tiles}) == len(tiles)


@pytest.mark.parametrize("table", ["ages", "deaths", "marital_statuses", "mothers_ages"])
def test_age_groups_follow_each_other_without_gap_or_overlap(table: str) -> None:
    groups_of: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in read_table(f"people/{table}.csv"):
        groups_of[row.get("sex", "")].append((int(row["from"]), int(row["to"])))
    for ages in groups_of.values():
        assert all(first <= last for first, last in ages)
        assert all(after == last + 1 for (_, last), (after, _) in pairwise(ages))


def test_nobody_has_more_than_one_marital_status() -> None:
    for row in read_table("people/marital_statuses.csv"):
        assert 0 <= int(row["married"]) + int(row["widowed"]) + int(row["divorced"]) <= 1000


def test_religions_add_up_to_ten_thousand() -> None:
    assert sum(int(row["per_10000"]) for row in read_table("people/religions.csv")) == 10_000
