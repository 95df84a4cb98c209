"""Time-based one-time passwords: RFC 6238 with SHA-1, six digits and steps of 30 seconds, as every authenticator app has it.

A code is accepted for the present step and its two neighbours (section 5.2), and each step at most once: the caller keeps
the step that comes back and hands it in the next time.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

import pyotp

from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

STEP = timedelta(seconds=30)
DIGITS = 6
NEIGHBOURS = 1
SECRET_BYTES = 20
"""RFC 4226, section 4, R6 recommends 160 bits."""


@frozen
class VerifiedCode:
    """A code that was right; `step` is the number of its time step, never to be accepted again."""

    step: int


def build_totp_secret(entropy: bytes) -> str:
    """The secret in base32, as authenticator apps take it; `entropy` is 20 random bytes."""
    if len(entropy) != SECRET_BYTES:
        raise ValueError("a TOTP secret is made of 20 bytes")
    return base64.b32encode(entropy).decode()


def build_otpauth_uri(secret: str, *, account: str, issuer: str) -> str:
    """The otpauth:// URI that a QR code carries to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def build_code(secret: str, *, now: datetime) -> str:
    """What an authenticator app shows at this moment."""
    return pyotp.TOTP(secret).generate_otp(_step_at(now))


def verify_code(code: str, *, secret: str, now: datetime, last_step: int | None) -> VerifiedCode:
    """The step whose code this is, later than `last_step`; else VerificationFailed (step `otp`).

    1. It is six digits.
    2. It is the code of this step or of a neighbour; each is compared, in constant time.
    3. Its step is later than the last one accepted (RFC 6238, section 5.2: a code is accepted once).
    """
    # (1)
    given = code.encode() if len(code) == DIGITS and code.isascii() and code.isdigit() else b"-"
    # (2)
    present = _step_at(now)
    totp = pyotp.TOTP(secret)
    steps = range(present - NEIGHBOURS, present + NEIGHBOURS + 1)
    matching = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), given)]
    if not matching:
        raise VerificationFailed("otp", "otp_wrong", "The code is not the right one.")
    # (3)
    fresh = [step for step in matching if last_step is None or step > last_step]
    if not fresh:
        raise VerificationFailed("otp", "otp_used", "This code has been used; wait for the next one.")
    return VerifiedCode(step=fresh[0])


def _step_at(now: datetime) -> int:
    return int(now.timestamp()) // int(STEP.total_seconds())
