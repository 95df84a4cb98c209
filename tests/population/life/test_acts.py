"""What a birth, a marriage, a divorce, a death and a move change of whom, and what they refuse."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from eid.errors import Refusal
from eid.population.life.acts import Newborn, be_born, die, divorce, marry, move
from eid.population.life.kinds import LifeEventKind, MaritalStatus, Relation
from eid.population.life.state import PersonState
from eid.population.numbers import Sex
from tests.population.life.world import TODAY, after, changes_of, couple, home, people, person

MALE = Sex.MALE
WHEN: dict[str, Any] = {"on": TODAY, "today": TODAY}


def family() -> dict[int, PersonState]:
    """A couple of 60, their son of 30 with wife and daughter, his unmarried sister; the old man heads them all."""
    old = couple(person(1, age=60, sex=MALE), person(2, age=58))
    son = person(3, sex=MALE, father_id=1, mother_id=2, relation_to_head=Relation.CHILD)
    son, wife = couple(son, person(4, age=28))
    sister = person(5, age=22, father_id=1, mother_id=2, relation_to_head=Relation.CHILD)
    child = person(6, age=3, father_id=3, mother_id=4, relation_to_head=Relation.GRANDCHILD)
    return people(*old, son, replace(wife, relation_to_head=Relation.OTHER), sister, child)


def relations(those: dict[int, PersonState]) -> dict[int, Relation | None]:
    return {i: one.relation_to_head for i, one in those.items()}


def newborn(**changes: Any) -> Newborn:
    plain = Newborn(
        id=9,
        pin="901326009999",
        surname="Nguyễn",
        middle_name="Thị",
        given_name="Mai",
        birth_date=TODAY - timedelta(days=9),
        sex=Sex.FEMALE,
        birth_province="01",
    )
    return replace(plain, **changes)


def test_a_head_who_dies_is_followed_by_the_spouse_and_everybody_is_placed_anew() -> None:
    before = family()
    happened = die(1, people=before, **WHEN)
    those = after(before, happened)
    assert relations(those) == {1: None, 2: "head", 3: "child", 4: "other", 5: "child", 6: "grandchild"}
    assert (those[1].died_on, those[1].household_id, those[1].spouse_id) == (TODAY, None, 2)
    assert (those[2].marital_status, those[2].spouse_id) == (MaritalStatus.WIDOWED, None)
    assert {event.person_id: event.kind for event in happened} == {1: "death", 2: "widowhood"}


def test_without_a_spouse_the_oldest_heads_the_household() -> None:
    before = after(family(), die(2, people=family(), **WHEN))
    happened = die(1, people=before, **WHEN)
    those = after(before, happened)
    assert relations(those) == {1: None, 2: None, 3: "head", 4: "spouse", 5: "sibling", 6: "child"}
    assert [event.kind for event in happened if event.person_id != 1] == [LifeEventKind.HOUSEHOLD] * 4


def test_the_parent_of_the_late_spouse_remains_a_parent() -> None:
    son, wife = couple(person(1, sex=MALE, mother_id=3), person(2))
    before = people(son, wife, person(3, age=60, relation_to_head=Relation.PARENT))
    assert relations(after(before, die(1, people=before, **WHEN)))[3] is Relation.PARENT


def test_who_marries_into_a_household_has_a_place_there_and_the_home_left_behind_a_head() -> None:
    before = people(
        person(1, sex=MALE, lives_in=1),
        person(2, lives_in=2),
        person(3, age=50, lives_in=2, relation_to_head=Relation.PARENT),
    )
    happened = marry(1, 2, home=home(1), movers=[2], people=before, **WHEN)
    those = after(before, happened)
    assert relations(those) == {1: "head", 2: "spouse", 3: "head"}
    assert (those[1].spouse_id, those[2].spouse_id, those[2].residence_address) == (2, 1, home(1).address)
    assert [event.kind for event in happened] == ["marriage", "marriage", "household"]


def test_a_marriage_in_one_household_changes_what_they_are_to_each_other() -> None:
    before = people(person(1, sex=MALE), person(2, relation_to_head=Relation.OTHER))
    assert changes_of(marry(1, 2, people=before, **WHEN), 2)["relation_to_head"] == ("other", "spouse")


def test_the_divorced_can_stay_or_leave_with_a_child() -> None:
    before = people(
        *couple(person(1, sex=MALE), person(2)),
        person(3, age=5, mother_id=2, father_id=1, relation_to_head=Relation.CHILD),
    )
    stayed = after(before, divorce(1, 2, people=before, **WHEN))
    assert relations(stayed) == {1: "head", 2: "other", 3: "child"}
    left = after(before, divorce(1, 2, home=home(7), movers=[2, 3], people=before, **WHEN))
    assert relations(left) == {1: "head", 2: "head", 3: "child"}
    assert left[3].household_id == 7


def test_a_whole_household_keeps_its_order_in_a_new_home() -> None:
    before = family()
    those = after(before, move(list(before), home(8), people=before, **WHEN))
    assert relations(those) == relations(before)
    assert {(one.household_id, one.residence_address) for one in those.values()} == {(8, home(8).address)}


def test_a_newborn_lives_with_the_mother_and_takes_the_nationality_of_the_citizen_among_the_parents() -> None:
    before = family()
    before[4] = replace(before[4], nationality="FRA", ethnicity="Người nước ngoài")
    (event,) = be_born(newborn(), mother_id=4, father_id=3, today=TODAY, people=before)
    child = after(before, [event])[9]
    assert (event.kind, event.effective_on) == ("birth", TODAY - timedelta(days=9))
    assert (child.relation_to_head, child.household_id) == (Relation.GRANDCHILD, 1)
    assert (child.nationality, child.ethnicity, child.folded_name) == ("VNM", "Kinh", "NGUYEN THI MAI")
    assert event.changes["id"] == (None, 9)


MARRIAGES: dict[str, tuple[str, PersonState, PersonState]] = {
    "bigamy": ("marriage_married", couple(person(1, sex=MALE), person(3))[0], person(2)),
    "boy of 19": ("marriage_age", person(1, sex=MALE, age=19), person(2)),
    "cousins": ("marriage_kin", person(1, sex=MALE, mother_id=11), person(2, father_id=12)),
    "dead": ("person_not_alive", person(1, sex=MALE, died_on=TODAY), person(2)),
    "father and daughter": ("marriage_kin", person(1, sex=MALE, age=50), person(2, father_id=1)),
    "girl of 17": ("marriage_age", person(1, sex=MALE), person(2, age=17)),
    "half siblings": ("marriage_kin", person(1, sex=MALE, mother_id=11), person(2, mother_id=11)),
    "herself": ("marriage_self", person(1), person(1)),
    "two women": ("marriage_sex", person(1), person(2)),
    "uncle and niece": ("marriage_kin", person(1, sex=MALE, mother_id=21), person(2, father_id=12)),
}


@pytest.mark.parametrize("case", sorted(MARRIAGES))
def test_who_may_not_marry_is_refused(case: str) -> None:
    code, one, other = MARRIAGES[case]
    ancestors = people(person(11, age=60, mother_id=21), person(12, age=60, sex=MALE, mother_id=21), person(21, age=85))
    with pytest.raises(Refusal) as refusal:
        marry(one.id, other.id, people=ancestors | people(one, other), **WHEN)
    assert refusal.value.code == code


BIRTHS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a father's number": ("pin_disagrees", {"sex": MALE}, {}),
    "a man as mother": ("parent_sex", {}, {"mother_id": 3}),
    "by a girl": ("parent_age", {}, {"mother_id": 6}),
    "digit in the name": ("name_letters", {"given_name": "M4i"}, {}),
    "no given name": ("name_malformed", {"given_name": ""}, {}),
    "nowhere to live": ("birth_no_home", {}, {"keeper_id": 7}),
    "tomorrow": ("birth_in_future", {"birth_date": TODAY + timedelta(days=1)}, {}),
    "two spaces": ("name_letters", {"middle_name": "Thị  Ba"}, {}),
}


@pytest.mark.parametrize("case", sorted(BIRTHS))
def test_a_birth_that_cannot_be_is_refused(case: str) -> None:
    code, said, given = BIRTHS[case]
    dead = person(7, died_on=date(2026, 2, 1), household_id=None, relation_to_head=None)
    with pytest.raises(Refusal) as refusal:
        be_born(
            newborn(**said), **{"mother_id": 4, "father_id": 3} | given, today=TODAY, people=family() | people(dead)
        )
    assert refusal.value.code == code


def test_moves_that_cannot_be_are_refused() -> None:
    before = family() | people(person(9, died_on=TODAY))
    tomorrow = TODAY + timedelta(days=1)
    for code, movers, to, on in (
        ("move_nobody", [], 8, TODAY),
        ("move_same_home", [5], 1, TODAY),
        ("minors_alone", [6], 8, TODAY),
        ("minors_alone", [1, 2, 3, 4, 5], 8, TODAY),
        ("person_not_alive", [9], 8, TODAY),
        ("event_date", [5], 8, tomorrow),
    ):
        with pytest.raises(Refusal) as refusal:
            move(movers, home(to), on=on, today=TODAY, people=before)
        assert refusal.value.code == code


def test_who_is_not_married_to_each_other_is_not_divorced() -> None:
    before = family()
    with pytest.raises(Refusal) as refusal:
        divorce(1, 4, people=before, **WHEN)
    assert refusal.value.code == "divorce_not_married"


def test_nobody_dies_twice_or_before_birth_or_tomorrow() -> None:
    before = family() | people(person(9, died_on=TODAY))
    for code, who, on in (
        ("person_dead", 9, TODAY),
        ("death_date", 6, date(2020, 1, 1)),
        ("death_date", 6, TODAY + timedelta(days=1)),
    ):
        with pytest.raises(Refusal) as refusal:
            die(who, on=on, today=TODAY, people=before)
        assert refusal.value.code == code
