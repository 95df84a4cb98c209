"""The table of recoveries: no way is weaker than what it brings back, and no wait is left out."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.levels import authentication_level_of
from eid.accounts.recovery_rules import (
    CHOICES,
    FACTORS,
    LOST,
    WAYS,
    Proof,
    RecoveryKind,
    RecoveryStep,
    find_open_ways,
    find_way,
    first_proof_of,
    next_step_of_recovery,
)
from eid.errors import Refused

PAGE = Path(__file__).parent.parent.parent / "docs/accounts.md"

kinds = st.sampled_from(RecoveryKind)
proofs = st.sets(st.sampled_from(Proof))


@pytest.mark.parametrize("kind", LOST)
def test_every_way_is_at_least_as_strong_as_what_it_brings_back(kind: RecoveryKind) -> None:
    """NIST SP 800-63B-4, section 4.2; OWASP ASVS 5.0, 6.4.3 and 6.4.4: a reset does not bypass a factor."""
    for way in WAYS[kind]:
        shown = [FACTORS[proof] for proof in way.proofs if proof in FACTORS]
        assert authentication_level_of(shown) >= authentication_level_of(LOST[kind])
        assert not set(shown) & set(LOST[kind])


@given(kinds, st.sets(st.sampled_from([Proof.PHONE, Proof.NEW_PHONE, Proof.QUESTIONS])))
def test_texted_codes_and_answers_recover_no_secret(kind: RecoveryKind, proved: set[Proof]) -> None:
    if kind != RecoveryKind.PHONE:
        assert find_way(kind, proved) is None
    shown = [FACTORS[proof] for proof in proved if proof in FACTORS]
    with pytest.raises(Refused):
        authentication_level_of(shown)


def test_every_recovery_waits_but_for_a_new_number_that_the_old_phone_agrees_to() -> None:
    for kind, ways in WAYS.items():
        for way in ways:
            is_agreed = way.proofs == {Proof.PHONE, Proof.NEW_PHONE}
            assert (way.wait == timedelta(0)) == is_agreed
            assert way.wait >= timedelta(days=1) or is_agreed
            assert first_proof_of(kind) in way.proofs


def test_everything_takes_more_and_waits_longer_than_a_part_of_it() -> None:
    [whole] = WAYS[RecoveryKind.EVERYTHING]
    assert all(
        whole.wait > way.wait for kind in (RecoveryKind.PASSWORD, RecoveryKind.AUTHENTICATOR) for way in WAYS[kind]
    )
    assert {Proof.CARD, Proof.FACE} <= whole.proofs


@given(kinds, proofs, proofs)
def test_more_proofs_never_make_a_recovery_harder(kind: RecoveryKind, proved: set[Proof], more: set[Proof]) -> None:
    before, after = find_way(kind, proved), find_way(kind, proved | more)
    assert before is None or (after is not None and after.wait <= before.wait)


@given(kinds, proofs, proofs)
def test_what_is_asked_for_is_enough_and_never_what_the_holder_lacks(
    kind: RecoveryKind, proved: set[Proof], lacking: set[Proof]
) -> None:
    for open_way in find_open_ways(kind, proved, lacking=lacking):
        assert find_way(kind, proved | set(open_way)) is not None
        assert not set(open_way) & (lacking - proved)


@given(kinds, proofs, st.sampled_from([None, False, True]), st.sets(st.sampled_from(RecoveryStep)))
def test_nothing_is_chosen_before_the_wait_is_over(
    kind: RecoveryKind, proved: set[Proof], is_ready: bool | None, chosen: set[RecoveryStep]
) -> None:
    step = next_step_of_recovery(kind, proved, is_ready=is_ready, chosen=chosen)
    if step in (*CHOICES[kind], RecoveryStep.DONE):
        assert is_ready and first_proof_of(kind) in proved


def test_the_table_on_the_page_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (\w+) \| ((?:`\w+` ?)+) \| (\d+) h \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    said = {(lost, frozenset(re.findall(r"`(\w+)`", proofs)), int(hours)) for lost, proofs, hours in rows}
    meant = {
        (str(kind), way.proofs, int(way.wait.total_seconds() // 3600)) for kind, ways in WAYS.items() for way in ways
    }
    assert said == meant
