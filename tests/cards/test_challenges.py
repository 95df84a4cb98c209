"""A challenge for a chip is known by its seal until it is answered, and by a row from then on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eid.cards.challenges import CHALLENGE_LABEL, open_challenge, record_answered_challenge
from eid.cards.models import CardChallenge
from eid.clock import wall_now
from eid.crypto.nonces import build_nonce
from eid.db import db
from eid.errors import VerificationFailed
from eid.keystore import SecretUse, current_keystore
from tests.turns import both_engines

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def refusal_of(challenge_id: str) -> str:
    with pytest.raises(VerificationFailed) as refused:
        record_answered_challenge(challenge_id)
    assert refused.value.step == "active_authentication"
    assert [step["code"] for step in refused.value.evidence["steps"]] == [refused.value.code]
    return refused.value.code


def count_rows() -> int | None:
    return db.session.scalar(select(func.count()).select_from(CardChallenge))


@both_engines
def test_nothing_is_kept_of_a_challenge_until_it_is_answered(app: Flask) -> None:
    drawn, other = open_challenge(), open_challenge()
    assert (len(drawn.id), len(drawn.challenge), count_rows()) == (43, 8, 0)
    assert record_answered_challenge(drawn.id) == drawn.challenge != other.challenge
    assert (refusal_of(drawn.id), count_rows()) == ("aa_nonce_reused", 1)
    assert record_answered_challenge(other.id) == other.challenge


def test_an_answer_that_is_rolled_back_used_nothing_up(app: Flask) -> None:
    """verify_card uses it up anew, then."""
    drawn = open_challenge()
    record_answered_challenge(drawn.id)
    db.session.rollback()
    assert record_answered_challenge(drawn.id) == drawn.challenge


def test_another_spelling_of_an_answered_challenge_is_no_challenge(app: Flask) -> None:
    """Base64 has several texts for the same octets: bits that mean nothing, letters that are passed over."""
    drawn = open_challenge()
    record_answered_challenge(drawn.id)
    last = LETTERS.index(drawn.id[-1])
    same = [drawn.id[:-1] + LETTERS[(last & ~3) | bits] for bits in range(4)]
    for spelling in {*same, f"{drawn.id}=", f"{drawn.id} ", f"\n{drawn.id}", f"*{drawn.id}"} - {drawn.id}:
        assert refusal_of(spelling) == "aa_nonce_unknown"
    assert count_rows() == 1


@pytest.mark.parametrize("label", [CHALLENGE_LABEL, "dpop nonce"])
def test_only_what_was_sealed_here_as_a_challenge_is_one(app: Flask, label: str) -> None:
    secret = bytes(32) if label == CHALLENGE_LABEL else current_keystore().find_secret(SecretUse.LOOKUPS)
    made = build_nonce(label, secret=secret, randomness=bytes(8), now=wall_now())
    assert refusal_of(made) == "aa_nonce_unknown"
    assert count_rows() == 0


def test_one_that_was_answered_is_told_from_one_that_comes_late(app: Flask) -> None:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        answered, forgotten = open_challenge(), open_challenge()
        record_answered_challenge(answered.id)
        traveller.shift(timedelta(minutes=5, seconds=1))
        assert [refusal_of(drawn.id) for drawn in (answered, forgotten)] == ["aa_nonce_reused", "aa_nonce_expired"]
    assert count_rows() == 1


def test_a_row_outlives_every_challenge_that_it_was_added_for(app: Flask) -> None:
    """Whenever it was drawn: otherwise it could be answered again once its row is deleted."""
    with time_machine.travel(wall_now(), tick=False) as traveller:
        drawn = open_challenge()
        traveller.shift(timedelta(minutes=4))
        record_answered_challenge(drawn.id)
        [row] = db.session.scalars(select(CardChallenge))
        assert row.expires_at >= wall_now() + timedelta(minutes=1)
