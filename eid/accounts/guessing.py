"""How often a secret may be guessed at: counted in the database, so that a restart or a second worker changes nothing.

Five wrong tries are free; each one after them must wait, longer each time, up to fifteen minutes (NIST SP 800-63B-4, section
3.2.2). Nobody is shut out for longer than that by what others try, and a day without a wrong try starts again from nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select, update

from eid.accounts.models import GuessCounter
from eid.db import db, insert_unless_present, run, table_of
from eid.errors import TooManyAttempts
from eid.keystore import SecretUse, current_keystore
from eid.prepared import Prepared

FREE_TRIES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


class GuessKind(StrEnum):
    PASSWORD = "password"
    PASSCODE = "passcode"
    TOTP = "totp"
    TEXTED_CODE = "texted_code"
    """Requests for a texted code, not guesses at it: those are counted with the code."""
    FACE = "face"
    DEVICE = "device"
    """The number that the asking screen shows."""
    QUESTION = "question"
    RECOVERY = "recovery"
    USER_CODE = "user_code"
    """The code that another device shows (RFC 8628)."""


def wait_after(failures: int) -> timedelta | None:
    """How long the next try must wait after this many wrong ones in a row; None where it need not."""
    if failures < FREE_TRIES:
        return None
    doublings: int = min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def digest_lookup(*parts: str | int) -> str:
    """A keyed digest under which something guessable is counted or stored, without saying what it is."""
    key = current_keystore().find_secret(SecretUse.LOOKUPS)
    return hmac.new(key, "\0".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()


def check_may_guess(kind: GuessKind, subject: str, *, now: datetime) -> None:
    """Raise TooManyAttempts while a wait lasts. Spares work only: what counts is record_failure and record_success."""
    counter = run(_COUNTER, {"kind": kind, "subject": subject}).one_or_none()
    if counter is not None:
        _check_not_blocked(counter, now)


def record_failure(kind: GuessKind, subject: str, *, now: datetime) -> None:
    """Count a wrong try; raises TooManyAttempts, and counts nothing, where there was no try left to make.

    The row is locked until the caller commits: of many tries at once, only as many get an answer as are allowed.
    """
    counter = None
    while counter is None:  # an old one may be deleted in between, a new one is not
        insert_unless_present(GuessCounter, kind=kind, subject=subject, failures=0, failed_at=now)
        counter = _lock_counter(kind, subject)
    _check_not_blocked(counter, now)
    stale = counter.failed_at < now - FORGOTTEN_AFTER
    counter.failures = 1 if stale else counter.failures + 1
    counter.failed_at = now
    wait = wait_after(counter.failures)
    counter.blocked_until = now + wait if wait else None
    db.session.flush()  # whoever counts on in this transaction reads the table


def record_success(kind: GuessKind, subject: str, *, now: datetime) -> None:
    """Forget the wrong tries; raises TooManyAttempts where there was no try left to make, right or not."""
    counted = {"kind": kind, "subject": subject}
    counter = run(_LOCKED, counted).one_or_none()
    if counter is not None:
        _check_not_blocked(counter, now)
        if counter.failures or counter.blocked_until is not None:
            run(_FORGET, {"of_kind": kind, "of_subject": subject})


def _lock_counter(kind: GuessKind, subject: str) -> GuessCounter | None:
    query = select(GuessCounter).where(GuessCounter.kind == kind, GuessCounter.subject == subject)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


_counters = table_of(GuessCounter)
_SEEKING = select(_counters).where(_counters.c.kind == bindparam("kind"), _counters.c.subject == bindparam("subject"))
_COUNTER = Prepared(_SEEKING)
_LOCKED = Prepared(_SEEKING.with_for_update())
_FORGET = Prepared(
    update(_counters)
    .where(_counters.c.kind == bindparam("of_kind"), _counters.c.subject == bindparam("of_subject"))
    .values(failures=0, blocked_until=None)
)
"""Asked at each sign-in, so they are built once."""


def _check_not_blocked(counter: Any, now: datetime) -> None:
    """`counter` is a row of counters, or the columns of one."""
    if counter.blocked_until is not None and counter.blocked_until > now:
        raise TooManyAttempts(
            "too_many_tries",
            "Too many wrong tries. Wait a while, then try again.",
            retry_at=counter.blocked_until,
            reason=f"{counter.kind} after {counter.failures}",
        )
