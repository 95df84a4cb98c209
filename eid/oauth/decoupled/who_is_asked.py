"""Whom a backchannel request means, and whether they may be asked at all.

Nothing of it is told to the client: a person without an account, one who is not asked and one who does not answer look alike.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from eid.accounts.card_expiry import has_expired_card
from eid.accounts.guardianships import is_ward
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.service import find_account
from eid.db import db
from eid.errors import NotFound, OAuthError, VerificationFailed
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.decoupled.backchannel_requests import BackchannelWishes
from eid.oauth.decoupled.models import DecoupledQuestion, QuestionKind, Verdict
from eid.oauth.hints import read_hint
from eid.oauth.models import AuthorizationCode, Client
from eid.oauth.subjects import build_subject
from eid.population.service import find_person

MOST_OF_A_CLIENT = 5
"""So often in an hour may one service ask one person without being approved."""
MOST_OF_ALL = 10
"""So often in an hour may all of them together."""
WINDOW = timedelta(hours=1)
SILENCED_FOR = timedelta(days=30)
"""For so long a service that the person reported may not ask them again."""
MOST_A_MINUTE = 120
"""So many questions a minute may one service ask, whomever."""

_PIN = re.compile(r"[0-9]{12}")


def find_meant(client: Client, wishes: BackchannelWishes, *, issuer: str) -> int | None:
    """The person that the hint names; None where there is nobody.

    Raises OAuthError: unknown_user_id for what is no PIN, and invalid_request for what is no ID token of this client; neither
    says anything of a person.
    """
    if wishes.hint_kind == "id_token_hint":
        return _find_hinted(client, wishes.hint, issuer)
    if not _PIN.fullmatch(wishes.hint):
        raise OAuthError("unknown_user_id", "The login_hint is a personal identification number of twelve digits.")
    try:
        return int(find_person(wishes.hint).id)
    except NotFound:
        return None


def check_client_may_ask(client: Client, *, now: datetime) -> None:
    """Raise OAuthError (429) where the client asks more often than it may; unknown people count as well."""
    asked = select(func.count()).where(
        DecoupledQuestion.client_id == client.id, DecoupledQuestion.opened_at > now - timedelta(minutes=1)
    )
    if (db.session.scalar(asked) or 0) >= MOST_A_MINUTE:
        raise OAuthError("temporarily_unavailable", "Too many questions a minute; ask more slowly.", status=429)


def find_askable(person_id: int | None, client: Client, *, now: datetime) -> Account | None:
    """The account of somebody who may be asked now; None otherwise, for whatever reason.

    1. They have an account that can be used, and nobody's word is needed for its use.
    2. They did not report this service within thirty days.
    3. They were not asked too often within the hour, by it or by all, without approving.
    """
    # (1)
    account = _find_usable(person_id)
    if account is None or person_id is None:
        return None
    of_person = (DecoupledQuestion.person_id == person_id, DecoupledQuestion.kind == QuestionKind.CIBA)
    # (2)
    reported = select(DecoupledQuestion.id).where(
        *of_person,
        DecoupledQuestion.client_id == client.id,
        DecoupledQuestion.verdict == Verdict.REPORTED,
        DecoupledQuestion.opened_at > now - SILENCED_FOR,
    )
    if db.session.scalar(reported.limit(1)) is not None:
        return None
    # (3)
    is_unwanted = DecoupledQuestion.verdict.is_(None) | (DecoupledQuestion.verdict != Verdict.APPROVED)
    recent = (*of_person, DecoupledQuestion.opened_at > now - WINDOW, is_unwanted)
    of_client = func.count().filter(DecoupledQuestion.client_id == client.id)
    all_in_all, by_client = db.session.execute(select(func.count(), of_client).where(*recent)).one()
    return None if by_client >= MOST_OF_A_CLIENT or all_in_all >= MOST_OF_ALL else account


def _find_usable(person_id: int | None) -> Account | None:
    if person_id is None:
        return None
    try:
        account = find_account(person_id)
    except NotFound:
        return None
    if account.state != AccountState.ACTIVE or has_expired_card(person_id) or is_ward(person_id):
        return None
    return account


def _find_hinted(client: Client, hint: str, issuer: str) -> int | None:
    """Who signed in at this client at the second that the ID token says, and is its subject."""
    keystore = current_keystore()
    keys = keystore.find_known_jwks(KeyUse.ID_TOKEN)
    try:
        claims = read_hint(hint, keys=keys, expected_issuer=issuer, expected_audience=client.client_id)
    except VerificationFailed as failed:
        raise OAuthError("invalid_request", "The id_token_hint is no ID token of this client.") from failed
    since = datetime.fromtimestamp(int(claims.get("auth_time", 0)), UTC)
    at_that_second = (
        AuthorizationCode.client_id == client.id,
        AuthorizationCode.authenticated_at >= since,
        AuthorizationCode.authenticated_at < since + timedelta(seconds=1),
    )
    people = select(AuthorizationCode.person_id).where(*at_that_second).distinct()
    secret = keystore.find_secret(SecretUse.SUBJECTS)
    found = (
        person_id
        for person_id in db.session.scalars(people)
        if build_subject(secret, sector=client.sector, person_id=person_id) == claims["sub"]
    )
    return next(found, None)
