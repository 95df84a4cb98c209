"""When a key is published, signs, and is forgotten: laws that hold for any rotations at any times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.key_schedule import (
    ALWAYS,
    KeyLife,
    KeyState,
    build_key_name,
    find_signer,
    parse_key_name,
    schedule_keys,
)
from eid.crypto.keys import SIGNING_ALGORITHMS, generate_signing_key, parse_signing_key
from eid.errors import Malformed

LIFE = KeyLife(lead=timedelta(hours=2), outlives=timedelta(days=1))
KEYS = [generate_signing_key() for _ in range(6)]
START = datetime(2026, 11, 28, tzinfo=UTC)


def rotated(gaps: list[float]) -> list[datetime]:
    """When each key begins to sign, of keys made so many hours one after the other."""
    made, begins = START, [ALWAYS]
    for gap in gaps:
        made += timedelta(hours=gap)
        begins.append(made + LIFE.lead)
    return begins


_GAPS = st.lists(st.floats(2.01, 100), max_size=5)
_HOURS = st.floats(0, 600)


@given(gaps=_GAPS, hours=_HOURS, kept_for=st.floats(0, 1.99), age=st.floats(0, 23.9))
def test_whoever_keeps_keys_for_less_than_the_lead_knows_every_key_of_every_live_token(
    gaps: list[float], hours: float, kept_for: float, age: float
) -> None:
    """A token of any age that still lives, judged with a copy of the published keys of any age that may still be kept"""
    keys = schedule_keys(zip(rotated(gaps), KEYS, strict=False))
    now = START + timedelta(hours=hours)
    signer = find_signer(keys, now - timedelta(hours=age))
    copied_at = now - timedelta(hours=kept_for)
    copy = [
        one.key
        for one in keys
        if one.state(LIFE, copied_at) != KeyState.DEAD and one.signs_from - LIFE.lead <= copied_at
    ]
    assert signer in copy


@given(gaps=_GAPS, hours=_HOURS)
def test_one_key_signs_at_any_time(gaps: list[float], hours: float) -> None:
    keys = schedule_keys(zip(rotated(gaps), KEYS, strict=False))
    now = START + timedelta(hours=hours)
    signing = [one.key for one in keys if one.state(LIFE, now) == KeyState.SIGNING]
    assert signing == [find_signer(keys, now)]


def test_the_states_of_a_key_follow_one_another() -> None:
    first, second = schedule_keys(zip([ALWAYS, START], KEYS, strict=False))
    tick = timedelta(microseconds=1)
    assert [one.state(LIFE, START - tick) for one in (first, second)] == [KeyState.SIGNING, KeyState.NEXT]
    assert [one.state(LIFE, START) for one in (first, second)] == [KeyState.OLD, KeyState.SIGNING]
    assert first.state(LIFE, START + timedelta(days=1) - tick) == KeyState.OLD
    assert first.state(LIFE, START + timedelta(days=1)) == KeyState.DEAD
    assert first.state(KeyLife(LIFE.lead, None), START + timedelta(days=10_000)) == KeyState.OLD


@given(alg=st.sampled_from(SIGNING_ALGORITHMS), seconds=st.integers(0, 9_999_999_999))
def test_a_name_says_what_it_was_built_from(alg: str, seconds: int) -> None:
    since = datetime.fromtimestamp(seconds, UTC)
    assert parse_key_name(build_key_name("id-token", alg, since)) == ("id-token", alg, since)


@pytest.mark.parametrize(
    "name", ["csca-0001.pem", "id-token.secret", "id-token_none_0000000000.pem", "id-token_ES256_1.pem", "tmpabc", ""]
)
def test_other_files_are_no_signing_keys(name: str) -> None:
    assert parse_key_name(name) is None


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
def test_a_key_is_kept_for_its_algorithm_and_for_no_other(alg: str) -> None:
    key = generate_signing_key(alg)
    assert parse_signing_key(key.to_pem(), alg).kid == key.kid
    assert key.public_jwk()["alg"] == alg
    for other in {"ES256", "RS256", "Ed25519"} - {alg, "RS256" if alg == "PS256" else alg}:
        with pytest.raises(Malformed) as refused:
            parse_signing_key(key.to_pem(), other)
        assert refused.value.code == "key_malformed"
    with pytest.raises(ValueError, match="no keys"):
        generate_signing_key("none")
