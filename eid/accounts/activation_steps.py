"""The steps of an activation in their order, and which comes next: what is confirmed stays confirmed. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from eid.late_dataclasses import frozen

ACTIVATION_LIFE = timedelta(days=1)
"""How long one attempt may take, from the request for the code to the card."""


class ActivationStep(StrEnum):
    CODE = "code"
    PASSWORD = "password"
    PASSCODE = "passcode"
    QUESTIONS = "questions"
    AUTHENTICATOR = "authenticator"
    CARD = "card"
    DONE = "done"


@frozen
class Confirmed:
    """What of an activation is confirmed so far."""

    code: bool
    password: bool
    passcode: bool
    questions: bool
    authenticator: bool
    card: bool


def next_step_of(confirmed: Confirmed) -> ActivationStep:
    """The first step that is not confirmed; done where all are."""
    steps = (
        (confirmed.code, ActivationStep.CODE),
        (confirmed.password, ActivationStep.PASSWORD),
        (confirmed.passcode, ActivationStep.PASSCODE),
        (confirmed.questions, ActivationStep.QUESTIONS),
        (confirmed.authenticator, ActivationStep.AUTHENTICATOR),
        (confirmed.card, ActivationStep.CARD),
    )
    return next((step for is_confirmed, step in steps if not is_confirmed), ActivationStep.DONE)


@frozen
class ActivationProgress:
    """Where an activation stands, for the page to show. The secret is there only while it has to be scanned."""

    step: ActivationStep
    code_expires_at: datetime
    pin: str | None = None
    totp_secret: str | None = None
    otpauth_uri: str | None = None
