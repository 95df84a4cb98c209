"""What must be proved to get back what was lost, and how long that waits: tables. Pure.

Recovery is at least as strong as what it recovers: what a way proves, the texted code and the answers left aside, reaches the
level of what was lost. These two are asked besides: neither is enough, nor are both (NIST SP 800-63B-4, section 4.2; OWASP
ASVS 5.0, 6.4.3 and 6.4.4).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from eid.accounts.levels import Factor
from eid.late_dataclasses import frozen

DAY = timedelta(days=1)
PROVING = timedelta(hours=1)
"""How long one may take to prove who one is."""
CHOOSING = timedelta(days=7)
"""How long what was recovered can be fetched once the wait is over."""


class RecoveryKind(StrEnum):
    """What was lost. A lost passcode is none of these: it is changed under security, by password and authenticator."""

    PASSWORD = "password"
    AUTHENTICATOR = "authenticator"
    EVERYTHING = "everything"
    PHONE = "phone"
    """A new number; asked for by somebody who is signed in at level 2 and has shown the password again."""


class Proof(StrEnum):
    PHONE = "phone"
    """A code that was texted to the account's phone."""
    NEW_PHONE = "new_phone"
    PASSWORD = "password"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    CARD = "card"
    FACE = "face"
    QUESTIONS = "questions"


FACTORS: dict[Proof, Factor] = {
    Proof.PASSWORD: Factor.PASSWORD,
    Proof.TOTP: Factor.TOTP,
    Proof.RECOVERY_CODE: Factor.RECOVERY,
    Proof.CARD: Factor.CARD,
    Proof.FACE: Factor.FACE,
}
"""Proofs that count; the others are asked besides."""

LOST: dict[RecoveryKind, tuple[Factor, ...]] = {
    RecoveryKind.PASSWORD: (Factor.PASSWORD,),
    RecoveryKind.AUTHENTICATOR: (Factor.TOTP,),
    RecoveryKind.EVERYTHING: (Factor.PASSWORD, Factor.TOTP),
}
"""What each brings back."""


@frozen
class Way:
    """These proofs, and then this wait."""

    proofs: frozenset[Proof]
    wait: timedelta


def _way(wait: timedelta, *proofs: Proof) -> Way:
    return Way(frozenset(proofs), wait)


WAYS: dict[RecoveryKind, tuple[Way, ...]] = {
    RecoveryKind.PASSWORD: (
        _way(DAY, Proof.PHONE, Proof.TOTP, Proof.QUESTIONS),
        _way(DAY, Proof.PHONE, Proof.RECOVERY_CODE, Proof.QUESTIONS),
        _way(DAY, Proof.PHONE, Proof.CARD, Proof.QUESTIONS),
        _way(DAY, Proof.PHONE, Proof.CARD, Proof.FACE),
    ),
    RecoveryKind.AUTHENTICATOR: (
        _way(DAY, Proof.PHONE, Proof.PASSWORD, Proof.RECOVERY_CODE),
        _way(DAY, Proof.PHONE, Proof.PASSWORD, Proof.CARD),
    ),
    RecoveryKind.EVERYTHING: (_way(3 * DAY, Proof.PHONE, Proof.CARD, Proof.FACE),),
    RecoveryKind.PHONE: (
        _way(timedelta(0), Proof.NEW_PHONE, Proof.PHONE),
        _way(3 * DAY, Proof.NEW_PHONE, Proof.CARD, Proof.QUESTIONS),
        _way(3 * DAY, Proof.NEW_PHONE, Proof.CARD, Proof.FACE),
    ),
}


class RecoveryStep(StrEnum):
    CODE = "code"
    PROOFS = "proofs"
    WAIT = "wait"
    PASSWORD = "password"
    PASSCODE = "passcode"
    AUTHENTICATOR = "authenticator"
    PHONE = "phone"
    DONE = "done"


CHOICES: dict[RecoveryKind, tuple[RecoveryStep, ...]] = {
    RecoveryKind.PASSWORD: (RecoveryStep.PASSWORD,),
    RecoveryKind.AUTHENTICATOR: (RecoveryStep.AUTHENTICATOR,),
    RecoveryKind.EVERYTHING: (RecoveryStep.PASSWORD, RecoveryStep.PASSCODE, RecoveryStep.AUTHENTICATOR),
    RecoveryKind.PHONE: (RecoveryStep.PHONE,),
}
"""What is chosen anew after the wait, in order; with the last of them it takes effect."""


def first_proof_of(kind: RecoveryKind) -> Proof:
    """The phone whose code opens everything else: before it, nothing tells whether there is such an account."""
    return Proof.NEW_PHONE if kind == RecoveryKind.PHONE else Proof.PHONE


def find_way(kind: RecoveryKind, proved: Collection[str]) -> Way | None:
    """Of the ways that are complete the one with the shortest wait; None while none is."""
    complete = [way for way in WAYS[kind] if way.proofs <= set(proved)]
    return min(complete, key=lambda way: way.wait, default=None)


def find_open_ways(
    kind: RecoveryKind, proved: Collection[str], *, lacking: Collection[Proof]
) -> list[tuple[Proof, ...]]:
    """What each way still asks for, in the order of Proof; ways with a proof that the holder lacks are left out."""
    ways = [way for way in WAYS[kind] if not way.proofs & (set(lacking) - set(proved))]
    return [tuple(proof for proof in Proof if proof in way.proofs and proof not in proved) for way in ways]


def next_step_of_recovery(
    kind: RecoveryKind, proved: Collection[str], *, is_ready: bool | None, chosen: Collection[RecoveryStep]
) -> RecoveryStep:
    """`is_ready`: None while too little is proved, False while it waits."""
    if first_proof_of(kind) not in proved:
        return RecoveryStep.CODE
    if is_ready is None:
        return RecoveryStep.PROOFS
    if not is_ready:
        return RecoveryStep.WAIT
    return next((step for step in CHOICES[kind] if step not in chosen), RecoveryStep.DONE)
