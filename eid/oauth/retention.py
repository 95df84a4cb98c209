"""How long ended rows of the provider are kept: what refers to a row goes before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_

from eid.crypto.jwt import LEEWAY
from eid.oauth import kept_requests, pushed
from eid.oauth.decoupled.models import DecoupledQuestion, Verdict
from eid.oauth.decoupled.opening import KEPT as QUESTIONS_KEPT
from eid.oauth.decoupled.who_is_asked import SILENCED_FOR
from eid.oauth.faults.models import FaultRun, LoggedRequest, PlannedFault, Trial
from eid.oauth.faults.planning import KEPT as TRIALS_KEPT
from eid.oauth.grants import GRANT_LIFE
from eid.oauth.initial_tokens import LIFE as INITIAL_TOKENS_KEPT
from eid.oauth.limits import KEPT as USES_KEPT
from eid.oauth.models import (
    AccessToken,
    AuthorizationCode,
    AuthorizationRequest,
    Client,
    ClientToken,
    Consent,
    DpopProof,
    PushedRequest,
    RefreshToken,
    UsedAssertion,
)
from eid.oauth.notices.models import Notice
from eid.oauth.notices.retrying import KEPT as NOTICES_KEPT
from eid.oauth.offers.making import KEPT as OFFERS_KEPT
from eid.oauth.offers.models import CredentialOffer
from eid.oauth.registration_models import ClientUse, InitialAccessToken
from eid.retention.catalogue import Retention, Stay

DAY = timedelta(days=1)


def _is_silencing(now: datetime) -> ColumnElement[bool]:
    """A question that was reported keeps its service from asking that person again."""
    is_reported = and_(DecoupledQuestion.verdict.is_not(None), DecoupledQuestion.verdict == Verdict.REPORTED)
    return and_(is_reported, DecoupledQuestion.opened_at > now - SILENCED_FOR)


RETENTION = (
    Retention(
        AuthorizationRequest.expires_at, kept_requests.KEPT, "Its page says that it is over and not that it never was."
    ),
    Retention(PushedRequest.expires_at, pushed.KEPT, "The service is told that it is over."),
    Retention(
        DecoupledQuestion.expires_at,
        QUESTIONS_KEPT,
        "The service's polls are told how it ended; one that was reported silences its service for a month.",
        unless=_is_silencing,
    ),
    Retention(
        AccessToken.expires_at,
        DAY,
        "Introspection and revocation say nothing of an expired one; the logs of a day can still be explained.",
        by_number=True,
    ),
    Retention(
        RefreshToken.expires_at,
        DAY,
        "Used again before its grant ends, it revokes the grant; afterwards it opens nothing.",
    ),
    Retention(
        AuthorizationCode.expires_at,
        GRANT_LIFE + 2 * DAY,
        "It is the grant: used again, it revokes what it gave; services of its session are told of the end for thirty days.",
        by_number=True,
    ),
    Retention(ClientToken.expires_at, DAY, "An expired one is told from one that never was."),
    Retention(DpopProof.expires_at, timedelta(0), "A proof that is used again is refused for as long as it is fresh."),
    Retention(
        UsedAssertion.expires_at,
        2 * LEEWAY,
        "One that is used again is refused for as long as clocks may call it fresh.",
    ),
    Retention(ClientUse.began_at, max(USES_KEPT.values()), "A service's sign-ins are shown for a month."),
    Retention(InitialAccessToken.expires_at, INITIAL_TOKENS_KEPT, "Its owner sees that it is over."),
    Retention(CredentialOffer.expires_at, OFFERS_KEPT, "The wallet is told that it is over.", by_number=True),
    Retention(
        Notice.posted_at, NOTICES_KEPT, "It is sent again for days; `eid notices` shows what became of a week's."
    ),
    Retention(LoggedRequest.at, TRIALS_KEPT, "A developer looks at the trial of the same day."),
    Retention(PlannedFault.ends_at, TRIALS_KEPT, "A developer looks at the trial of the same day."),
    Retention(FaultRun.ends_at, TRIALS_KEPT, "Its score is signed and can be kept elsewhere."),
    Retention(Trial.ends_at, TRIALS_KEPT, "A developer looks at the trial of the same day."),
)

STAYS = (
    Stay(Consent, "What was agreed to, and until when, is the ground on which data were told."),
    Stay(Client, "Who was told something keeps a name."),
)
