"""How long ended rows of accounts are kept."""

from __future__ import annotations

from datetime import timedelta

from eid.accounts.device_models import Approval, AuthenticatorChallenge, Device
from eid.accounts.guessing import FORGOTTEN_AFTER
from eid.accounts.models import Activation, GuessCounter, LookUp, Officer, SignInSession
from eid.accounts.recovery_models import Recovery, RecoveryText
from eid.accounts.representation_models import Guardianship, WardUse
from eid.accounts.request_models import AccountApplication
from eid.clock import world_now
from eid.retention.catalogue import Retention, Stay

DAY = timedelta(days=1)

RETENTION = (
    Retention(
        SignInSession.expires_at,
        timedelta(days=33),
        "Services of a session hear of its end for thirty days, also where it goes on in another one; codes name it so long.",
        by_number=True,
        is_named=True,
    ),
    Retention(
        Approval.expires_at,
        2 * DAY,
        "The page that asked says that it is over; requests to sign name it.",
        is_named=True,
    ),
    Retention(AuthenticatorChallenge.expires_at, DAY, "One that is used again is told from one that never was."),
    Retention(Activation.expires_at, DAY, "The page says that the attempt is over.", by_number=True),
    Retention(AccountApplication.expires_at, DAY, "The page says that the attempt is over.", by_number=True),
    Retention(RecoveryText.expires_at, DAY, "A texted code is good for minutes.", by_number=True),
    Retention(
        Recovery.expires_at,
        30 * DAY,
        "The desk can say what was tried when a holder complains; its message of cancelling leads to an answer.",
        by_number=True,
        clock=world_now,
    ),
    Retention(
        GuessCounter.failed_at, 2 * FORGOTTEN_AFTER, "After a day without a wrong try counting begins anew anyway."
    ),
    Retention(
        LookUp.looked_up_at,
        DAY,
        "A look lasts half an hour; who looked and what for is in the audit log for five years.",
        by_number=True,
    ),
    Retention(
        WardUse.expires_at,
        DAY,
        "A guardian's word is good for an hour; what was asked and decided is in the audit log.",
        by_number=True,
    ),
)

STAYS = (
    Stay(Device, "Holders see which phone did what; sessions and approvals name it, and its key proves old answers."),
    Stay(Officer, "What an officer did keeps their name."),
    Stay(Guardianship, "Who answered for whom, and when, must be answered years later."),
)
