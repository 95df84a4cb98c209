"""Initial access tokens: what a program registers a client with (RFC 7591, section 3), so often and until then, for one owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from eid.accounts.officers import Duty, check_duty
from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed
from eid.oauth.opaque import digest_of
from eid.oauth.ownership import Owner, check_may_own, find_owner, list_own_organisations, owner_of
from eid.oauth.registration_models import InitialAccessToken
from eid.randomness import random_token

LIFE = timedelta(days=1)
MOST_USES = 10


def issue_initial_token(session: Session, *, organisation_id: int | None, uses: int) -> str:
    """A token to be shown this once; good for a day and so many registrations of test clients of this owner. Committed.

    Raises as check_may_own; Malformed: uses_many.
    """
    owner = check_may_own(session, organisation_id)
    token = _record(owner, uses, issued_by=session.account_id)
    record_act(
        "issue_initial_token",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        uses=uses,
    )
    db.session.commit()
    return token


def issue_initial_token_at_desk(code: str, *, uses: int, officer: int) -> str:
    """The same for the organisation of this code, by an officer who hands it over. Committed.

    Raises Refused: officer_role; NotFound: organisation_unknown; Malformed: uses_many.
    """
    check_duty(officer, Duty.REVIEW)
    owner = find_owner(pin=None, code=code)
    token = _record(owner, uses, issued_by=officer)
    record_act(
        "issue_initial_token",
        actor_kind=ActorKind.OFFICER,
        actor=officer,
        organisation=owner.organisation_id,
        uses=uses,
    )
    db.session.commit()
    return token


def list_own_tokens(session: Session) -> Sequence[InitialAccessToken]:
    """Those that can still be used for this person or an organisation for which they look after services."""
    organisations = [organisation.id for organisation in list_own_organisations(session)]
    mine = (InitialAccessToken.owner_person_id == session.person_id) | (
        InitialAccessToken.owner_organisation_id.in_(organisations)
    )
    query = select(InitialAccessToken).where(mine, *_usable(wall_now()))
    return db.session.scalars(query.order_by(InitialAccessToken.id)).all()


def find_token_owner(token: str) -> Owner | None:
    """Whose clients this token registers; None where it is none, has expired or is used up. Uses nothing up."""
    query = select(InitialAccessToken).where(InitialAccessToken.digest == digest_of(token), *_usable(wall_now()))
    found = db.session.scalar(query)
    return None if found is None else owner_of(found)


def record_token_use(token: str) -> bool:
    """Whether this transaction has one of the token's uses: of two at the same time for the last one, one has. The caller
    commits."""
    using = update(InitialAccessToken).where(InitialAccessToken.digest == digest_of(token), *_usable(wall_now()))
    done = db.session.execute(using.values(uses_left=InitialAccessToken.uses_left - 1))
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def _record(owner: Owner, uses: int, *, issued_by: int) -> str:
    if not 1 <= uses <= MOST_USES:
        raise Malformed("uses_many", "A token registers from one to ten clients.")
    token, now = random_token(), wall_now()
    db.session.execute(delete(InitialAccessToken).where(InitialAccessToken.expires_at < now - LIFE))
    db.session.add(
        InitialAccessToken(
            digest=digest_of(token),
            **owner.columns,
            issued_by=issued_by,
            issued_at=now,
            expires_at=now + LIFE,
            uses_left=uses,
        )
    )
    return token


def _usable(now: datetime) -> tuple:  # type: ignore[type-arg]
    return InitialAccessToken.uses_left > 0, InitialAccessToken.expires_at > now
