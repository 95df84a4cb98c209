"""TOTP: the vectors of RFC 6238, the window, and a step at most once."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.totp import STEP, build_code, build_otpauth_uri, build_totp_secret, verify_code
from eid.errors import VerificationFailed

RFC_SECRET = b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = datetime(2026, 3, 1, 5, 0, 7, tzinfo=UTC)
seconds = st.integers(min_value=-3600, max_value=3600)


def refusal(code: str, *, now: datetime = NOW, last_step: int | None = None) -> VerificationFailed:
    with pytest.raises(VerificationFailed) as caught:
        verify_code(code, secret=RFC_SECRET, now=now, last_step=last_step)
    assert caught.value.step == "otp"
    return caught.value


@pytest.mark.parametrize(("at", "eight_digits"), RFC_VECTORS)
def test_codes_are_those_of_the_rfc(at: int, eight_digits: str) -> None:
    """RFC 6238, appendix B (SHA-1); six digits are the last six of eight (RFC 4226, section 5.3)."""
    assert build_code(RFC_SECRET, now=datetime.fromtimestamp(at, UTC)) == eight_digits[-6:]


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_neighbouring_step_is_accepted_and_named(steps: int) -> None:
    """RFC 6238, section 5.2: a window for clocks that differ."""
    code = build_code(RFC_SECRET, now=NOW + steps * STEP)
    verified = verify_code(code, secret=RFC_SECRET, now=NOW, last_step=None)
    assert verified.step == int(NOW.timestamp()) // 30 + steps


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_step_further_away_is_refused(steps: int) -> None:
    assert refusal(build_code(RFC_SECRET, now=NOW + steps * STEP)).code == "otp_wrong"


def test_a_code_is_accepted_once() -> None:
    """RFC 6238, section 5.2: the verifier must not accept the second attempt."""
    code = build_code(RFC_SECRET, now=NOW)
    step = verify_code(code, secret=RFC_SECRET, now=NOW, last_step=None).step
    assert refusal(code, last_step=step).code == "otp_used"
    assert refusal(code, now=NOW + STEP, last_step=step).code == "otp_used"


def test_after_a_code_an_earlier_one_is_refused_too() -> None:
    step = verify_code(build_code(RFC_SECRET, now=NOW), secret=RFC_SECRET, now=NOW, last_step=None).step
    assert refusal(build_code(RFC_SECRET, now=NOW - STEP), last_step=step).code == "otp_used"


@given(st.lists(seconds, max_size=30))
def test_whatever_the_order_no_step_is_accepted_twice(offsets: list[int]) -> None:
    accepted: list[int] = []
    for offset in offsets:
        now = NOW + timedelta(seconds=offset)
        last = accepted[-1] if accepted else None
        try:
            code = build_code(RFC_SECRET, now=now)
            accepted.append(verify_code(code, secret=RFC_SECRET, now=now, last_step=last).step)
        except VerificationFailed as refused:
            assert refused.code == "otp_used"
    assert accepted == sorted(set(accepted))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 456", "-12345", "\0\0\0\0\0\0"])
def test_what_is_no_six_digits_is_refused(code: str) -> None:
    assert refusal(code).code == "otp_wrong"


def test_a_secret_is_twenty_bytes_in_base32() -> None:
    """RFC 4226, section 4, R6: 160 bits are recommended."""
    assert build_totp_secret(b"12345678901234567890") == RFC_SECRET
    with pytest.raises(ValueError, match="20 bytes"):
        build_totp_secret(b"short")


def test_the_uri_is_what_authenticator_apps_scan() -> None:
    uri = build_otpauth_uri(RFC_SECRET, account="979085000102", issuer="eid (simulation)")
    assert uri.startswith("otpauth://totp/eid%20%28simulation%29:979085000102?")
    assert f"secret={RFC_SECRET}" in uri
    assert "issuer=eid%20%28simulation%29" in uri
