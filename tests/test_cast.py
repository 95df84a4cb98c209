"""The cast of sample_data/cast.json: what make demo and the documentation promise of it."""

from eid.cast import read_cast
from eid.config import SAMPLE_DATA


def test_nobody_living_can_bear_a_pin_or_a_phone_of_the_cast() -> None:
    assert SAMPLE_DATA.is_dir()
    for member in read_cast():
        assert member.pin[0] == "9"
        assert member.pin[6:] < "001000", "the serials up to 000999 are the cast's"
        assert member.phone.startswith("0100")


def test_a_pin_of_the_cast_agrees_with_birth_date_and_sex() -> None:
    """Circular 07/2016, article 7: the fourth digit is the century and the sex, the fifth and sixth the year of birth."""
    for member in read_cast():
        century = 2 * (member.birth_date.year // 100 - 19) + (member.sex == "F")
        assert member.pin[3:6] == f"{century}{member.birth_date.year % 100:02}"


def test_the_cast_has_somebody_for_every_door() -> None:
    assert {member.account for member in read_cast()} == {"none", "approved", "active", "locked"}
    assert {member.role for member in read_cast()} == {"citizen", "officer", "representative"}


def test_the_cast_has_somebody_to_act_for_and_somebody_who_acts() -> None:
    cast = {member.pin: member for member in read_cast()}
    children = [member for member in cast.values() if member.father]
    assert all(cast[str(child.father)].account == "active" for child in children)
    foreigners = [member for member in cast.values() if member.nationality != "VNM"]
    assert all(member.passport and not member.card for member in foreigners)
    represented = [member.organisation for member in cast.values() if member.role == "representative"]
    assert children and foreigners and all(represented)


def test_every_story_is_told_in_both_languages() -> None:
    assert all(set(member.story) == {"vi", "en"} for member in read_cast())


def test_four_eyes_are_among_the_officers() -> None:
    """What a lawful body asks for is examined by one and decided by another."""
    assert [member.duty for member in read_cast() if member.role == "officer"] == ["desk", "reviewer", "approver"]
