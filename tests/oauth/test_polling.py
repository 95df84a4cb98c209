"""What a client that polls is told, and codes that people copy: pure rules."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eid.oauth.decoupled.models import Verdict
from eid.oauth.decoupled.polling import LONGEST_INTERVAL, Poll, PollAnswer, judge_poll
from eid.oauth.decoupled.user_codes import ALPHABET, LENGTH, draw_user_code, parse_user_code, write_user_code

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAITING = Poll(None, 5, None, NOON + timedelta(minutes=2), None)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_first_poll_is_never_too_early() -> None:
    assert judge_poll(WAITING, now=NOON) == (PollAnswer.PENDING, 5)


@pytest.mark.parametrize(("after", "answer", "interval"), [(4.9, "slow_down", 10), (5, "authorization_pending", 5)])
def test_who_polls_too_early_has_to_wait_five_seconds_longer_from_then_on(
    after: float, answer: str, interval: int
) -> None:
    """RFC 8628, section 3.5; CIBA Core, section 11"""
    assert judge_poll(replace(WAITING, polled_at=NOON), now=at(after)) == (answer, interval)


def test_the_interval_grows_up_to_a_minute() -> None:
    slow = replace(WAITING, polled_at=NOON, interval=LONGEST_INTERVAL - 1)
    assert judge_poll(slow, now=at(1)) == (PollAnswer.SLOW_DOWN, LONGEST_INTERVAL)


def test_an_approved_question_is_redeemed_however_soon_and_only_in_time() -> None:
    approved = replace(WAITING, verdict=Verdict.APPROVED, polled_at=NOON)
    assert judge_poll(approved, now=at(0))[0] is PollAnswer.REDEEM
    assert judge_poll(approved, now=approved.expires_at)[0] is PollAnswer.EXPIRED
    assert judge_poll(replace(approved, redeemed_at=NOON), now=at(1))[0] is PollAnswer.SPENT


@pytest.mark.parametrize("verdict", [Verdict.DENIED, Verdict.WRONG_NUMBER, Verdict.REPORTED])
def test_every_no_is_the_same_to_the_client(verdict: Verdict) -> None:
    assert judge_poll(replace(WAITING, verdict=verdict), now=at(600))[0] is PollAnswer.DENIED


def test_user_codes_are_consonants_that_nobody_mistakes() -> None:
    """RFC 8628, section 6.1: 20 to the 8th, 34.5 bits"""
    codes = {draw_user_code(random.Random(seed)) for seed in range(500)}
    assert len(codes) == 500
    assert {character for code in codes for character in code} == set(ALPHABET)
    assert (len(ALPHABET), LENGTH) == (20, 8)
    assert not set(ALPHABET) & set("AEIOUY0123456789")


@pytest.mark.parametrize("text", ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "BCDF–GHJK", "b.c.d.f.g.h.j.k"])
def test_a_user_code_is_read_however_it_was_written(text: str) -> None:
    assert parse_user_code(text) == "BCDFGHJK"
    assert write_user_code("BCDFGHJK") == "BCDF-GHJK"


@pytest.mark.parametrize("text", ["", "BCDF", "BCDFGHJA", "BCDFGHJKL", "BCDFGHJ0", "ВCDFGHJK", "B" * 41])
def test_what_no_screen_shows_is_no_user_code(text: str) -> None:
    assert parse_user_code(text) is None
