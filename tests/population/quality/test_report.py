"""Scores, and when two names are one."""

from pathlib import Path

import pytest

from eid.cli.population.inspection import CHECKS
from eid.population.quality.report import Finding, QualityReport
from eid.population.quality.rules import Dimension, Stage
from eid.population.quality.spelling import is_same_name

RULES = [check.rule for check in CHECKS]
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "population.md"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa"),
        ("Nguyễn Thị Hoa", "nguyen thi hoa"),
        ("Nguyễn Thị Hoa", "Hoa Nguyễn Thị"),
        ("Lý Thị Thúy", "Lí Thị Thuý"),
        ("Đặng Văn Đức", "Dang Van Duc"),
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hoà"),
        ("Nguyễn Thị Hoa", "Nguyễn Thị Ho"),
        ("Nguyễn Thị Hoa", "Nguyễn Thị Hoan"),
        ("Nguyễn Thị Hoa", "Nguyẽn Thị Hao"),
        ("Nguyễn Thị Hoa", "Nguyễn Thj Hoa"),
        ("Nguyễn Thị Hoa", "Nguyễn Hoa"),
        ("Nguyễn Thị Kim Hoa", "Nguyễn Thị Hoa"),
        ("Nguyễn Thị Kim Hoa", "Nguyễn T. K. Hoa"),
        ("Nguyễn Thị Kim Hoa", "Nguyen K Hoa"),
    ],
)
def test_one_name_written_differently_is_the_same(one: str, other: str) -> None:
    assert is_same_name(one, other)
    assert is_same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Thị Hoa", "Nguyễn Thị Lan"),
        ("Nguyễn Thị Hoa", "Trần Thị Hoa"),
        ("Nguyễn Văn Nam", "Nguyễn Văn Minh"),
        ("Lê An", "Lê Na"),
        ("Nguyễn Thị Hoa", "Trần Hoa"),
        ("Nguyễn Kim Hoa", "Nguyễn T. Hoa"),
        ("Nguyễn Hoa", "Nguyễn"),
    ],
)
def test_two_names_are_not_the_same(one: str, other: str) -> None:
    assert not is_same_name(one, other)
    assert not is_same_name(other, one)


def report(**counts: int) -> QualityReport:
    findings = tuple(
        Finding(r, counts.get(r.id.replace("-", "_"), 0), (), {"01": counts.get(r.id.replace("-", "_"), 0)})
        for r in RULES
    )
    return QualityReport(1000, {"01": 100, "79": 900}, findings)


def test_a_score_is_the_mean_share_of_people_who_obey_each_rule() -> None:
    assert report().score() == 100.0
    assert report(pin_sex=len(RULES) * 10).score() == pytest.approx(99.0)
    number = [rule for rule in RULES if rule.stage is Stage.NUMBER]
    assert report(pin_sex=10).score(stage=Stage.NUMBER) == pytest.approx(100 - 1 / len(number))
    assert report(pin_sex=10).score(stage=Stage.NUMBER, province="01") == pytest.approx(100 - 10 / len(number))
    assert report(pin_sex=10).score(province="79") == 100.0
    assert report(pin_sex=10).score(dimension=Dimension.LIVE) == 100.0
    assert report(pin_sex=10**6).score(stage=Stage.NUMBER) == 0.0
    assert report().score(province="nowhere") == 100.0


def test_rules_are_told_apart_by_id_and_cover_the_four_dimensions() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert {rule.dimension for rule in RULES} == set(Dimension)
    assert all(rule.sentence.endswith(".") for rule in RULES)


def test_the_documentation_lists_every_rule_as_it_is() -> None:
    told = [line for line in DOCUMENTATION.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [f"| `{r.id}` | {r.stage} | {r.dimension} | {r.sentence} | {r.mender} |" for r in RULES]
    assert [line for line in told if line in rows] == rows
    assert f"about {len(RULES)} rules" in DOCUMENTATION.read_text(encoding="utf-8")
