"""Who may have which account: the table of Decree 69/2024, article 7, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.guardian_rules import End, Ground, Relationship, find_end, needs_guardian
from eid.accounts.levels import AccountLevel
from eid.accounts.who_may_have import ENTITLEMENTS, Prerequisite, Subject, check_may_have, find_entitlement
from eid.errors import Conflict, Refusal, Refused

ONE, TWO = AccountLevel.ONE, AccountLevel.TWO
CARD, RESIDENCE, REGISTRATION = Prerequisite.IDENTITY_CARD, Prerequisite.RESIDENCE_CARD, Prerequisite.REGISTRATION
CITIZEN, FOREIGNER, ORGANISATION = Subject.CITIZEN, Subject.FOREIGNER, Subject.ORGANISATION


@dataclass(frozen=True)
class Row:
    """As the decree has it: for ages at both ends of a row, what the two levels need, and who asks."""

    subject: Subject
    ages: tuple[int, ...]
    needs: Prerequisite
    level_1: bool
    level_2: bool
    asks: str


MATRIX = (
    Row(CITIZEN, (14, 15, 80), CARD, True, True, "self"),
    Row(CITIZEN, (6, 13), CARD, True, True, "guardian"),
    Row(CITIZEN, (0, 5), CARD, True, False, "guardian"),
    Row(FOREIGNER, (14, 40), RESIDENCE, True, True, "self"),
    Row(FOREIGNER, (6, 13), RESIDENCE, True, True, "guardian"),
    Row(FOREIGNER, (0, 5), RESIDENCE, True, False, "guardian"),
)
CASES = [(row, age, level) for row in MATRIX for age in row.ages for level in (ONE, TWO)]


@pytest.mark.parametrize(("row", "age", "level"), CASES)
def test_every_row_of_the_decree_gives_what_it_says(row: Row, age: int, level: AccountLevel) -> None:
    """Decree 69/2024, article 7; for those younger than 14, articles 10 and 11."""
    by_guardian = row.asks == "guardian"
    asked = {"age": age, "level": level, "holds": {row.needs}}
    if row.level_1 if level is ONE else row.level_2:
        found = check_may_have(row.subject, **asked, by_guardian=by_guardian)
        assert found == find_entitlement(row.subject, age)
    else:
        with pytest.raises(Refused) as refused:
            check_may_have(row.subject, **asked, by_guardian=by_guardian)
        assert refused.value.code == "level_not_offered"


@pytest.mark.parametrize("row", MATRIX)
def test_without_what_it_needs_nobody_has_an_account(row: Row) -> None:
    for held in (set(), {CARD, RESIDENCE, REGISTRATION} - {row.needs}):
        with pytest.raises(Conflict) as refused:
            check_may_have(row.subject, age=row.ages[0], level=ONE, holds=held, by_guardian=True)
        assert refused.value.code == {CARD: "card_missing", RESIDENCE: "residence_missing"}[row.needs]


@pytest.mark.parametrize("row", [row for row in MATRIX if row.asks == "guardian"])
def test_nobody_younger_than_14_asks_for_themselves(row: Row) -> None:
    for age in row.ages:
        with pytest.raises(Refused) as refused:
            check_may_have(row.subject, age=age, level=ONE, holds={row.needs}, by_guardian=False)
        assert refused.value.code == "guardian_needed"


def test_an_organisation_has_one_account_without_levels() -> None:
    registered = {"age": 0, "holds": {REGISTRATION}, "by_guardian": False}
    assert check_may_have(ORGANISATION, level=None, **registered).levels == ()
    with pytest.raises(Refused) as levelled:
        check_may_have(ORGANISATION, level=TWO, **registered)
    assert levelled.value.code == "level_not_offered"
    with pytest.raises(Conflict) as unregistered:
        check_may_have(ORGANISATION, age=0, level=None, holds={CARD}, by_guardian=False)
    assert unregistered.value.code == "registration_missing"


@given(st.sampled_from(Subject), st.integers(min_value=0, max_value=130))
def test_exactly_one_row_covers_everybody(subject: Subject, age: int) -> None:
    assert len([row for row in ENTITLEMENTS if row.subject == subject and row.covers(age)]) == 1


@given(
    st.sampled_from((CITIZEN, FOREIGNER)),
    st.integers(min_value=0, max_value=100),
    st.sampled_from(AccountLevel),
    st.sets(st.sampled_from(Prerequisite)),
    st.booleans(),
)
def test_who_may_have_level_2_may_have_level_1(
    subject: Subject, age: int, level: AccountLevel, holds: set[Prerequisite], by_guardian: bool
) -> None:
    try:
        check_may_have(subject, age=age, level=TWO, holds=holds, by_guardian=by_guardian)
    except Refusal:
        return
    check_may_have(subject, age=age, level=ONE, holds=holds, by_guardian=by_guardian)


BORN, PARENT_BORN, TODAY = date(2016, 5, 20), date(1985, 1, 1), date(2026, 3, 1)
HOLDS = Relationship(BORN, True, PARENT_BORN, True, is_parent=True)


@pytest.mark.parametrize(
    ("ground", "facts", "today", "end"),
    [
        (Ground.PARENT, {}, TODAY, None),
        (Ground.PARENT, {}, date(2030, 5, 19), None),
        (Ground.PARENT, {}, date(2030, 5, 20), End.OF_AGE),
        (Ground.APPOINTED_MINOR, {"is_parent": False}, date(2030, 5, 20), None),
        (Ground.APPOINTED_MINOR, {"is_parent": False}, date(2034, 5, 19), None),
        (Ground.APPOINTED_MINOR, {"is_parent": False}, date(2034, 5, 20), End.OF_AGE),
        (Ground.APPOINTED_ADULT, {"is_parent": False}, date(2060, 1, 1), None),
        (Ground.PARENT, {"is_parent": False}, TODAY, End.NOT_PARENT),
        (Ground.PARENT, {"guardian_is_alive": False}, TODAY, End.GUARDIAN_DIED),
        (Ground.APPOINTED_MINOR, {"guardian_is_alive": False}, TODAY, End.GUARDIAN_DIED),
        (Ground.PARENT, {"ward_is_alive": False}, TODAY, End.WARD_DIED),
        (Ground.APPOINTED_MINOR, {"guardian_born": date(2008, 3, 2)}, TODAY, End.GUARDIAN_TOO_YOUNG),
        (Ground.APPOINTED_MINOR, {"guardian_born": date(2008, 3, 1)}, TODAY, None),
        (Ground.PARENT, {"guardian_born": date(2009, 1, 1)}, TODAY, None),
    ],
)
def test_a_guardianship_ends_on_the_day_its_ground_does(
    ground: Ground, facts: dict[str, object], today: date, end: End | None
) -> None:
    """Decree 69/2024, article 10 (14 years); Civil Code 2015, articles 48 and 62 (18 years, death)."""
    relationship = Relationship(**{**HOLDS.__dict__, **facts})  # type: ignore[arg-type]
    assert find_end(ground, relationship, today=today) is end


def test_whose_account_takes_a_guardians_word() -> None:
    assert needs_guardian(BORN, today=date(2030, 5, 19), has_appointed=False)
    assert not needs_guardian(BORN, today=date(2030, 5, 20), has_appointed=False)
    assert needs_guardian(BORN, today=date(2040, 1, 1), has_appointed=True)
