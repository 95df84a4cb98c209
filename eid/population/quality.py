"""What makes a register good: rules in four dimensions, correct, sufficient, clean and live (đúng, đủ, sạch, sống).

Pure: the rules as sentences, who mends what they find, the scores, and when two names are one name written differently.
eid.population.inspection finds what breaks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from eid.population.names import fold_name

SAME_NAME_FROM_LETTERS = 5
"""Shorter full names that differ by a letter are two names rather than one misspelt."""


class Dimension(StrEnum):
    CORRECT = "correct"
    SUFFICIENT = "sufficient"
    CLEAN = "clean"
    LIVE = "live"


class Stage(StrEnum):
    """Where in a person's dealings with the register the defect came in."""

    NUMBER = "number"
    BIRTH = "birth"
    MARRIAGE = "marriage"
    RESIDENCE = "residence"
    DEATH = "death"


class Mender(StrEnum):
    CIVIL_REGISTRAR = "civil registrar of the commune"
    COMMUNE_POLICE = "police of the commune"
    PROVINCE_POLICE = "police of the province"


@dataclass(frozen=True)
class Rule:
    id: str
    dimension: Dimension
    stage: Stage
    sentence: str
    """What holds for every person of a good register."""
    mender: Mender


@dataclass(frozen=True)
class Finding:
    """What breaks one rule."""

    rule: Rule
    count: int
    examples: tuple[str, ...]
    """PINs of a few."""
    by_province: Mapping[str, int]
    """By code of the province of residence."""


@dataclass(frozen=True)
class QualityReport:
    people: int
    people_by_province: Mapping[str, int]
    findings: tuple[Finding, ...]

    def score(
        self, *, dimension: Dimension | None = None, stage: Stage | None = None, province: str | None = None
    ) -> float:
        """From 0 to 100: of the rules asked about, how many of a hundred people, on average, obey each."""
        asked = [f for f in self.findings if dimension in (None, f.rule.dimension) and stage in (None, f.rule.stage)]
        people = self.people if province is None else self.people_by_province.get(province, 0)
        if not asked or not people:
            return 100.0
        defects = sum(f.count if province is None else f.by_province.get(province, 0) for f in asked)
        return max(0.0, 100.0 * (1 - defects / (people * len(asked))))


C, S, K, L = Dimension.CORRECT, Dimension.SUFFICIENT, Dimension.CLEAN, Dimension.LIVE
_REGISTRAR, _COMMUNE, _PROVINCE = Mender.CIVIL_REGISTRAR, Mender.COMMUNE_POLICE, Mender.PROVINCE_POLICE

RULES: tuple[Rule, ...] = (
    Rule("pin-form", C, Stage.NUMBER, "A PIN has twelve digits.", _PROVINCE),
    Rule("pin-prefix", C, Stage.NUMBER, "A PIN starts with the code of a province or country.", _PROVINCE),
    Rule("pin-sex", C, Stage.NUMBER, "A PIN tells the person's sex.", _PROVINCE),
    Rule("pin-year", C, Stage.NUMBER, "A PIN tells the person's year of birth.", _PROVINCE),
    Rule("pin-province", C, Stage.NUMBER, "A PIN tells the province in which the birth was registered.", _PROVINCE),
    Rule("birth-future", C, Stage.BIRTH, "Nobody is born in the future.", _REGISTRAR),
    Rule("age-130", C, Stage.DEATH, "Nobody alive is 130 or older.", _REGISTRAR),
    Rule("death-order", C, Stage.DEATH, "Nobody died before birth or in the future.", _REGISTRAR),
    Rule("mother-age", C, Stage.BIRTH, "A mother is 12 to 60 years older than her child.", _REGISTRAR),
    Rule("father-age", C, Stage.BIRTH, "A father is 12 to 90 years older than his child.", _REGISTRAR),
    Rule("parent-sex", C, Stage.BIRTH, "Mothers are women and fathers are men.", _REGISTRAR),
    Rule("mother-dead", C, Stage.BIRTH, "Nobody is born after the mother's death.", _REGISTRAR),
    Rule("spouse-mutual", C, Stage.MARRIAGE, "A spouse's spouse is the person.", _REGISTRAR),
    Rule("spouse-status", C, Stage.MARRIAGE, "Whoever has a living spouse counts as married.", _REGISTRAR),
    Rule("spouse-age", C, Stage.MARRIAGE, "Nobody younger than 16 is married, widowed or divorced.", _REGISTRAR),
    Rule("name-missing", S, Stage.BIRTH, "Everybody has a surname and a given name.", _REGISTRAR),
    Rule("origin-missing", S, Stage.BIRTH, "Everybody has an ethnic group and a nationality.", _REGISTRAR),
    Rule("household-missing", S, Stage.RESIDENCE, "Everybody alive belongs to a household.", _COMMUNE),
    Rule("residence-missing", S, Stage.RESIDENCE, "Everybody alive has a commune and an address.", _COMMUNE),
    Rule("duplicate", K, Stage.NUMBER, "Nobody is in the register twice, also under another spelling.", _PROVINCE),
    Rule("old-number-twice", K, Stage.NUMBER, "No old identity number belongs to two people.", _PROVINCE),
    Rule("mother-unknown", K, Stage.BIRTH, "Whoever is named as a mother is in the register.", _REGISTRAR),
    Rule("father-unknown", K, Stage.BIRTH, "Whoever is named as a father is in the register.", _REGISTRAR),
    Rule("spouse-unknown", K, Stage.MARRIAGE, "Whoever is named as a spouse is in the register.", _REGISTRAR),
    Rule("name-form", K, Stage.BIRTH, "Names hold no digits and no needless spaces.", _REGISTRAR),
    Rule(
        "province-impossible",
        K,
        Stage.RESIDENCE,
        "People live in a province that there is, today and before.",
        _COMMUNE,
    ),
    Rule("household-address", K, Stage.RESIDENCE, "Members of a household live at its address.", _COMMUNE),
    Rule("household-head", K, Stage.RESIDENCE, "A household has one head.", _COMMUNE),
    Rule(
        "birth-late",
        L,
        Stage.BIRTH,
        "A birth is recorded within 60 days (Law on Civil Status, article 15).",
        _REGISTRAR,
    ),
    Rule(
        "death-late",
        L,
        Stage.DEATH,
        "A death is recorded within 15 days (Law on Civil Status, article 33).",
        _REGISTRAR,
    ),
    Rule(
        "death-event",
        L,
        Stage.DEATH,
        "For everybody who died since the register opened the death is recorded as an event.",
        _REGISTRAR,
    ),
    Rule("spouse-dead", L, Stage.MARRIAGE, "Nobody counts as married to somebody dead.", _REGISTRAR),
)


def is_same_name(one: str, other: str) -> bool:
    """Whether two full names are one name written differently: other accents, order, i or y, or one letter wrong."""
    first, second = _spelling(one), _spelling(other)
    if sorted(first) == sorted(second):
        return True
    a, b = "".join(first), "".join(second)
    return min(len(a), len(b)) >= SAME_NAME_FROM_LETTERS and _differ_by_one_letter(a, b)


def _spelling(name: str) -> list[str]:
    return fold_name(name).replace("Y", "I").split()


def _differ_by_one_letter(a: str, b: str) -> bool:
    """One letter replaced, added, left out, or two neighbours swapped."""
    if len(a) > len(b):
        a, b = b, a
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return len(b) - len(a) == 1 and a[start:] == b[start + 1 :]
    swapped = a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
    return swapped or a[start + 1 :] == b[start + 1 :]
