"""The tables under sample_data/people against what was published of the whole country (published.csv)."""

from collections import Counter
from math import exp
from runpy import run_path

import pytest

from eid.population.living.rates import living_plan
from eid.population.sample_data import SAMPLE_DATA, read_table

PUBLISHED = {row["what"]: float(row["value"]) for row in read_table("people/published.csv")}
COLUMNS = {"M": "male", "F": "female"}
SEX = {"women": "F", "men": "M"}


def people_by_age() -> dict[tuple[str, int], float]:
    """Thousands by sex and year of age; within a group of five years the same in each."""
    found = {}
    for row in read_table("people/ages.csv"):
        years = range(int(row["from"]), int(row["to"]) + 1)
        for sex, column in COLUMNS.items():
            found |= {(sex, age): int(row[column]) / len(years) for age in years}
    return found


def statuses_by_age() -> dict[tuple[str, int], dict[str, float]]:
    """Shares by sex and year of age."""
    found = {}
    for row in read_table("people/marital_statuses.csv"):
        shares = {name: int(row[name]) / 1000 for name in ("married", "widowed", "divorced")}
        found |= {(row["sex"], age): shares for age in range(int(row["from"]), int(row["to"]) + 1)}
    return found


def ever_married(sex: str, age: int) -> float:
    return sum(statuses_by_age().get((sex, age), {}).values())


def test_ages_and_sexes_add_up_to_the_census_of_2024() -> None:
    people = people_by_age()
    thousands = {
        "people": sum(people.values()),
        "men": sum(count for (sex, _), count in people.items() if sex == "M"),
        "women": sum(count for (sex, _), count in people.items() if sex == "F"),
        "people_60_and_older": sum(count for (_, age), count in people.items() if age >= 60),
    }
    for what, count in thousands.items():
        assert count == pytest.approx(PUBLISHED[what] / 1000, abs=15), what
    for what, first, last in (("younger_than_15", 0, 14), ("15_to_64", 15, 64), ("65_and_older", 65, 104)):
        share = sum(count for (_, age), count in people.items() if first <= age <= last) / sum(people.values())
        assert 100 * share == pytest.approx(PUBLISHED[f"percent_{what}"], abs=0.06), what


def test_marital_statuses_are_those_of_the_census_of_2024() -> None:
    """Half a point is forgiven; nine tenths of the single and married: the census also counts couples who may not marry yet."""
    statuses, totals, everybody = statuses_by_age(), Counter[str](), 0.0
    for (sex, age), count in people_by_age().items():
        if age >= 15:
            everybody += count
            totals.update({name: share * count for name, share in statuses.get((sex, age), {}).items()})
    totals["single"] = everybody - sum(totals.values())
    for name, forgiven in (("single", 0.9), ("married", 0.9), ("widowed", 0.5), ("divorced", 0.5)):
        published = PUBLISHED[f"percent_{name}_of_15_and_older"]
        assert 100 * totals[name] / everybody == pytest.approx(published, abs=forgiven), name


@pytest.mark.parametrize("sex", ["women", "men"])
def test_people_marry_as_late_as_the_census_of_2024_found(sex: str) -> None:
    """The singulate mean age at marriage: years lived single before 50, of those who ever marry."""
    single = {age: 1 - ever_married(SEX[sex], age) for age in range(15, 55)}
    at_50 = (single[49] + single[50]) / 2
    mean = (15 + sum(single[age] for age in range(15, 50)) - 50 * at_50) / (1 - at_50)
    assert mean == pytest.approx(PUBLISHED[f"mean_age_at_first_marriage_{sex}"], abs=0.3)
    married = PUBLISHED[f"percent_ever_married_{sex}_20_to_24"]
    assert 100 * ever_married(SEX[sex], 22) == pytest.approx(married, abs=0.1)


def test_most_are_divorced_at_the_ages_that_the_census_found() -> None:
    statuses = statuses_by_age()
    for sex, ages, what in (("F", (42, 47), "women_40_to_49"), ("M", (42,), "men_40_to_44")):
        shares = {age: statuses[sex, age]["divorced"] for age in range(20, 100)}
        for age in ages:
            assert 100 * shares[age] == pytest.approx(PUBLISHED[f"percent_divorced_{what}"], abs=0.1)
            assert shares[age] == max(shares.values())


@pytest.mark.parametrize("sex", ["women", "men"])
def test_people_live_as_long_as_the_census_of_2024_says(sex: str) -> None:
    alive, years = 1.0, 0.0
    rates = {}
    for row in read_table("people/deaths.csv"):
        for age in range(int(row["from"]), int(row["to"]) + 1):
            rates[age] = float(row[COLUMNS[SEX[sex]]]) / 1000
    for age in sorted(rates):
        dying = 1 - exp(-rates[age])
        years += alive * dying / rates[age]
        alive *= 1 - dying
    assert years == pytest.approx(PUBLISHED[f"life_expectancy_{sex}"], abs=0.15)


def test_births_are_those_of_2024() -> None:
    births = sum(
        float(row["births_per_1000"]) * (int(row["to"]) - int(row["from"]) + 1)
        for row in read_table("people/mothers_ages.csv")
    )
    assert births / 1000 == pytest.approx(PUBLISHED["children_per_woman"], abs=0.01)
    assert living_plan()["children_per_woman"] == PUBLISHED["children_per_woman"]
    assert living_plan()["boys_per_100_girls"] == PUBLISHED["boys_per_100_girls"]


def by_age(table: str, column: str, sex: str = "") -> dict[int, float]:
    rows = [row for row in read_table(f"people/{table}.csv") if row.get("sex", sex) == sex]
    return {age: float(row[column]) for row in rows for age in range(int(row["from"]), int(row["to"]) + 1)}


def events_per_1000() -> dict[str, float]:
    """What would happen in a year to the people of the tables, of a thousand of all ages; couples, not people, marry."""
    people, dying = people_by_age(), {sex: by_age("deaths", column) for sex, column in COLUMNS.items()}
    women = {age: count for (sex, age), count in people.items() if sex == "F"}
    births, first = by_age("mothers_ages", "births_per_1000"), by_age("first_marriages", "per_1000_unmarried", "F")
    again, moves = by_age("remarriages", "per_1000", "F"), by_age("moves", "per_1000")
    stays, statuses = by_age("moves", "share_within_province"), statuses_by_age()
    single = {age: 1 - ever_married("F", age) for age in women}
    alone = {age: statuses["F", age]["widowed"] + statuses["F", age]["divorced"] for age in range(18, 100)}
    happened = {
        "births": sum(women[age] * rate for age, rate in births.items()),
        "deaths": sum(count * dying[sex][age] for (sex, age), count in people.items()),
        "marriages": sum(
            women[age] * (single[age] * rate + alone[age] * again.get(age, 0)) for age, rate in first.items()
        ),
        "moves": sum(count * moves[age] for (_, age), count in people.items()),
        "moves_between_provinces": sum(count * moves[age] * (1 - stays[age]) for (_, age), count in people.items()),
    }
    return {what: count / sum(people.values()) for what, count in happened.items()}


@pytest.mark.parametrize(
    ("what", "published", "forgiven"),
    [
        ("births", PUBLISHED["births_per_1000"], 0.05),
        ("deaths", PUBLISHED["deaths_per_1000"], 0.05),
        ("marriages", PUBLISHED["marriages_per_1000"], 0.1),
        ("moves", PUBLISHED["percent_migrants_in_five_years"] * 10 / 5, 0.12),
        ("moves_between_provinces", PUBLISHED["percent_migrants_between_provinces_in_five_years"] * 10 / 5, 0.12),
    ],
)
def test_rates_by_age_make_the_published_rates_of_all(what: str, published: float, forgiven: float) -> None:
    """Births and deaths within a twentieth; brides within a tenth: a life that begins months after the day for which people are
    made has more of them; moves within an eighth, as who moved twice in five years was asked once.
    """
    assert events_per_1000()[what] == pytest.approx(published, rel=forgiven)


def test_the_pyramid_is_what_its_program_makes_of_the_margins() -> None:
    build = run_path(str(SAMPLE_DATA / "people" / "build_ages.py"))["build_rows"]
    assert build() == [tuple(map(int, row.values())) for row in read_table("people/ages.csv")]
