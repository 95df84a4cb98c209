"""The cohort: nobody signs in twice with one code, and the rested are kept for those who need a code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eid.errors import NotFound
from eid.scenarios.plan import Act
from eid.scenarios.roster import Member, Roster, code_step, read_cohort, read_load_client

NOON = 1_800_000_000.0  # a multiple of 30


def member(number: int, **state: object) -> Member:
    return Member(f"90119000{number:04}", "p", "c", "S", Path("card"), **state)  # type: ignore[arg-type]


def test_a_member_does_not_sign_in_twice_within_one_step() -> None:
    """RFC 6238, section 5.2: the verifier accepts a code once."""
    only = member(1)
    roster = Roster([only])
    assert roster.take(Act.SIGN_IN, now=NOON) is only
    only.last_code_step = code_step(NOON)
    roster.give_back(only)
    assert roster.take(Act.SIGN_IN, now=NOON + 29.9) is None
    assert roster.take(Act.SIGN_IN, now=NOON + 30) is only


def test_nobody_is_in_two_places() -> None:
    roster = Roster([member(1), member(2)])
    taken = {roster.take(Act.CARD, now=NOON) for _ in range(3)}
    assert None in taken
    assert len(taken) == 3


def test_whoever_rested_longest_signs_in_next_and_the_tired_present_their_cards() -> None:
    rested, tired = member(1, last_code_step=5), member(2, last_code_step=code_step(NOON))
    roster = Roster([rested, tired])
    assert roster.take(Act.CARD, now=NOON) is tired
    assert roster.take(Act.SIGN_IN, now=NOON) is rested


def test_coming_again_needs_a_session_and_no_rest() -> None:
    known = member(1, has_session=True, last_code_step=code_step(NOON))
    fresh = member(2)
    roster = Roster([known, fresh])
    assert roster.take(Act.SIGN_IN_AGAIN, now=NOON) is known
    assert roster.take(Act.SIGN_IN_AGAIN, now=NOON) is fresh  # nobody known is free: the first time is a sign-in
    assert roster.take(Act.SIGN_IN_AGAIN, now=NOON) is None


def test_turns_are_taken() -> None:
    members = [member(n) for n in range(3)]
    roster = Roster(members)
    came = []
    for _ in range(6):
        taken = roster.take(Act.SIGN_IN, now=NOON)
        assert taken
        roster.give_back(taken)
        came.append(taken.pin)
    assert came == [m.pin for m in members] * 2


def write_cohort(folder: Path, number: int) -> Path:
    secrets = {"phone": "0100900000", "password": "p", "passcode": "c", "totp_secret": "S"}
    rows = [{"pin": f"90119000{n:04}", "card": f"var/cards/{n}", **secrets} for n in range(number)]
    (folder / "cohort.json").write_text(json.dumps(rows))
    return folder / "cohort.json"


def test_the_first_people_of_the_cohort_play_with_the_cards_beside_it(tmp_path: Path) -> None:
    members = read_cohort(write_cohort(tmp_path, 3), 2)
    assert [m.pin for m in members] == ["901190000000", "901190000001"]
    assert members[1].card == tmp_path / "cards" / "1"


def test_too_small_a_cohort_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refused:
        read_cohort(write_cohort(tmp_path, 3), 4)
    assert refused.value.code == "cohort_too_small"
    assert "--users 3" in refused.value.detail


def test_a_missing_cohort_or_client_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for read in (
        lambda: read_cohort(tmp_path / "cohort.json", 1),
        lambda: read_load_client(tmp_path / "load-client.json"),
    ):
        with pytest.raises(NotFound) as refused:
            read()
        assert refused.value.code == "cohort_missing"
        assert "eid demo" in refused.value.detail


def test_whoever_is_guessed_at_does_not_come_and_may_be_guessed_at_by_many_at_once() -> None:
    coming, aimed_at = member(1), member(2)
    roster = Roster([coming, aimed_at], targets=1)
    assert [roster.take(Act.GUESS, now=NOON) for _ in range(3)] == [aimed_at] * 3
    roster.give_back(aimed_at)
    assert roster.take(Act.SIGN_IN, now=NOON) is coming
    assert roster.take(Act.SIGN_IN, now=NOON) is None
