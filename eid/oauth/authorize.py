"""The authorization endpoint: from a request to a code (RFC 6749, section 4.1; OpenID Connect Core, section 3.1.2).

A request that can be answered at once is; any other is kept, so that it survives signing in, and answered by one decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from eid.accounts.authenticators import record_passcode_use
from eid.accounts.ward_uses import Use, UseKind, check_use_agreed
from eid.audit import ActorKind, record_act, record_disclosure
from eid.clock import wall_now
from eid.db import db
from eid.errors import OAuthError
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.asking import (
    AskedGroup,
    Granted,
    build_groups,
    join_decisions,
    list_needed,
    read_decision,
)
from eid.oauth.authorization_details import select_details
from eid.oauth.claims import OFFLINE_ACCESS
from eid.oauth.client_limits import check_sign_in_limit
from eid.oauth.codes import record_code
from eid.oauth.consents import UNDECIDED, Standing, find_consent_life, find_standing, record_decision, undecided
from eid.oauth.interactions import SignedIn, Step, earliest_sign_in, must_sign_in_from_start, next_step
from eid.oauth.kept_requests import find_kept, hold_kept, own_kept, record_answered, record_kept
from eid.oauth.models import Client
from eid.oauth.offers.taking import check_offered, record_offer_taken
from eid.oauth.parameters import parse_parameters
from eid.oauth.pushed import PREFIX, find_pushed, record_pushed_answered
from eid.oauth.redirects import origin_of
from eid.oauth.release import Release
from eid.oauth.request_reading import find_asking, read_request
from eid.oauth.requests import CheckedRequest
from eid.oauth.responses import AuthorizationResponse, build_code_response
from eid.oauth.subjects import build_subject
from eid.oauth.untrusted_redirects import check_answered


@frozen
class Interaction:
    """What the citizen has to do before the request can be answered."""

    step: Step
    request_id: str
    request: CheckedRequest
    client: Client
    again: bool = False
    """To sign in anew, although somebody is signed in."""
    since: datetime | None = None
    """What was shown before this time does not count."""
    standing: Standing = UNDECIDED
    """What the citizen decided earlier, and what they have to be asked about."""
    level: str = ""
    """What they have proved recently enough, where somebody is signed in."""

    @cached_property
    def needed(self) -> frozenset[str]:
        """What cannot be withheld."""
        return list_needed(self.request.scopes, self.client.required_scopes)

    @cached_property
    def groups(self) -> tuple[AskedGroup, ...]:
        """What the citizen is asked about, as they read it."""
        return build_groups(self.standing.pending, scopes=self.request.scopes, needed=self.needed)

    @cached_property
    def shared(self) -> tuple[AskedGroup, ...]:
        """What is asked for and was granted before, so that it is not in question."""
        kept = [item for item in self.standing.granted.items if item not in self.standing.pending]
        return build_groups(kept, scopes=self.request.scopes)

    @property
    def ends_at(self) -> datetime:
        """Until when a decision of now is remembered."""
        return wall_now() + find_consent_life(self.client)

    @property
    def client_origin(self) -> str:
        """Where the consent form leads in the end."""
        return origin_of(self.request.redirect_uri)


Outcome = AuthorizationResponse | Interaction


class _Judged(NamedTuple):
    """What has to happen next."""

    step: Step
    standing: Standing
    """How an earlier consent stands to the request."""
    again: bool = False
    """Whether who is signed in has to do so from the start."""
    level: str = ""
    """The level that who is signed in has proved recently enough."""

    def lead_on(self, request_id: str, request: CheckedRequest, client: Client, opened_at: datetime) -> Interaction:
        """As the citizen meets it, on the way of the request that is kept under this id."""
        since = earliest_sign_in(request, opened_at)
        return Interaction(self.step, request_id, request, client, self.again, since, self.standing, self.level)


def open_authorization(pairs: Iterable[tuple[str, str]], *, session: SignedIn | None, issuer: str) -> Outcome:
    """The answer to a request that arrives, or what the citizen has to do first; the request is then kept for ten minutes.

    Raises OAuthError, with an answer for the client from the moment that client and redirect URI are certain; for a test
    client from the moment that somebody is signed in as well.
    """
    now = wall_now()
    client, request, pushed_id = _read(pairs, issuer, now, session=session)
    judged = _judge(client, request, session, now, now=now)
    if judged.step is Step.ANSWER and session is not None:
        if pushed_id is not None:
            record_pushed_answered(pushed_id, now)
        standing = judged.standing
        return _issue(client, request, session, standing.granted, now, level=judged.level, until=standing.until)
    owner = session.id if session and judged.step is Step.CONSENT else None
    request_id = record_kept(client, request, now, pushed_id, session_id=owner)
    found = judged.lead_on(request_id, request, client, now)
    db.session.commit()
    return found


def keep_authorization(pairs: Iterable[tuple[str, str]], *, issuer: str) -> str:
    """The id of a request that came by POST, kept without asking who is signed in: a browser does not say so then.

    Cookies with SameSite=Lax do not come with a form of another site, only with the GET that follows it.
    """
    now = wall_now()
    client, request, pushed_id = _read(pairs, issuer, now, session=None)
    request_id = record_kept(client, request, now, pushed_id)
    db.session.commit()
    return request_id


def continue_authorization(request_id: str, *, session: SignedIn | None) -> Outcome:
    """The answer to a kept request, or what the citizen still has to do. The first session that meets it owns it.

    Raises NotFound where there is no such request any more, or where another session owns it.
    """
    now = wall_now()
    kept = find_kept(request_id, session, now)
    request = kept.request
    judged = _judge(kept.client, request, session, kept.opened_at, now=now)
    if judged.step is Step.ANSWER and session is not None:
        record_answered(kept, now)
        standing = judged.standing
        return _issue(kept.client, request, session, standing.granted, now, level=judged.level, until=standing.until)
    found = judged.lead_on(request_id, request, kept.client, kept.opened_at)
    if session is not None and judged.step is Step.CONSENT and kept.session_id is None:
        own_kept(kept, session)
    return found


def approve_authorization(
    request_id: str,
    *,
    session: SignedIn | None,
    granted: Sequence[str],
    passcode: str,
    claims: Sequence[str] = (),
) -> Outcome:
    """The citizen lets the service have these scopes, and these attributes: the consent is remembered and a code is given.

    1. The request is there, is this session's, and only the consent is missing.
    2. Everything that is required was granted.
    3. The passcode is right (its tries are counted).
    4. A ward's guardian has agreed to exactly this; who has not been asked is asked now, and the request waits.
    5. Nobody has answered the request meanwhile.
    """
    # (1)
    before = continue_authorization(request_id, session=session)
    if not isinstance(before, Interaction) or before.step is not Step.CONSENT or session is None:
        return before
    # (2)
    decided, client = _read_decision(before, granted, claims), before.client
    # (3)
    record_passcode_use(session.account_id, passcode)
    # (4)
    guardian = check_use_agreed(session.person_id, _describe_use(client, decided.items))
    # (5)
    now = wall_now()
    kept = hold_kept(request_id, session, now)
    record_answered(kept, now)
    until = record_decision(session.person_id, client, before.request, decided, now=now, given_by=guardian)
    return _issue(client, before.request, session, decided, now, level=before.level, until=until)


def deny_authorization(request_id: str, *, session: SignedIn | None) -> AuthorizationResponse:
    """The citizen said no: the client is told so, and the request is over. Nothing is remembered."""
    now = wall_now()
    kept = find_kept(request_id, session, now)
    record_answered(kept, now)
    person_id = session.person_id if session else None
    record_act(
        "deny_authorization",
        actor_kind=ActorKind.PERSON,
        actor=person_id or "",
        person_id=person_id,
        client=kept.client.client_id,
    )
    db.session.commit()
    refusal = kept.request.refusal("access_denied", "The citizen did not agree.")
    assert isinstance(refusal.answer, AuthorizationResponse)
    return refusal.answer


def _read(
    pairs: Iterable[tuple[str, str]], issuer: str, now: datetime, *, session: SignedIn | None
) -> tuple[Client, CheckedRequest, int | None]:
    """The client, its checked request, and what it pushed of it before, if it did; of that, nothing else counts here."""
    parameters = parse_parameters(pairs)
    client = find_asking(parameters)
    request_uri = parameters.find_single("request_uri")
    if request_uri is None or not request_uri.startswith(PREFIX):
        try:
            return client, read_request(client, parameters, issuer=issuer), None
        except OAuthError as refusal:
            check_answered(refusal, client, session)
            raise
    pushed, request = find_pushed(client, request_uri, now=now)
    return client, request, pushed.id


def _read_decision(asked: Interaction, scopes: Sequence[str], claims: Sequence[str]) -> Granted:
    """What is granted in all, with what was ticked now. Raises Malformed, as asking.read_decision."""
    decided = read_decision(
        asked.groups,
        asked_scopes=asked.request.scopes,
        needed=asked.needed,
        ticked_scopes=scopes,
        ticked_claims=claims,
    )
    pending = asked.standing.pending
    return join_decisions(asked.standing.granted, decided, asked_scopes=asked.request.scopes, pending=pending)


def _judge(
    client: Client, request: CheckedRequest, session: SignedIn | None, opened_at: datetime, *, now: datetime
) -> _Judged:
    """What has to happen next, how an earlier consent stands to it, and at which level who is signed in has proved themselves."""
    check_offered(request, session.person_id if session else None, now=now)
    if session is None:
        return _Judged(_judge_stranger(client, request, opened_at), undecided(request))
    fresh = session.level_since(earliest_sign_in(request, opened_at))
    subject = "" if request.hinted_subject is None else _find_subject(client, session)
    standing = find_standing(session.person_id, client, request, now=now)
    step = next_step(
        request,
        session=session,
        fresh=fresh,
        subject=subject,
        consented=not standing.pending,
        opened_at=opened_at,
    )
    if step is Step.CONSENT and "consent" in request.prompts:
        standing = undecided(request)
    again = step is Step.SIGN_IN and must_sign_in_from_start(request, fresh, subject)
    return _Judged(step, standing, again, fresh or session.level)


def _judge_stranger(client: Client, request: CheckedRequest, opened_at: datetime) -> Step:
    """Who has not signed in has to; or the client is told that nobody has, where it may be."""
    try:
        return next_step(request, session=None, fresh=None, subject="", consented=False, opened_at=opened_at)
    except OAuthError as refusal:
        check_answered(refusal, client, None)
        raise


def _find_subject(client: Client, session: SignedIn) -> str:
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return build_subject(secret, sector=client.sector, person_id=session.person_id)


def _describe_use(client: Client, items: Sequence[str]) -> Use:
    """What a guardian is asked about."""
    return Use(
        UseKind.SERVICE,
        client.client_id,
        recipient=client.name,
        purpose=client.purpose,
        attributes=tuple(items),
    )


def _issue(
    client: Client,
    request: CheckedRequest,
    session: SignedIn,
    granted: Granted,
    now: datetime,
    *,
    level: str,
    until: datetime | None,
) -> AuthorizationResponse:
    """A code for the client, with what led to it; commits. `level` is that of what is recent enough for this request.

    Raises TooManyAttempts where the client has had its sign-ins of the day.
    """
    check_sign_in_limit(client)
    offer = check_offered(request, session.person_id, now=now)
    if offer is not None:
        record_offer_taken(offer, client, now=now)
    details = tuple(select_details(request.authorization_details, granted=granted.items))
    release = Release(granted.scopes, granted.items, request.claims, details, until)
    code = record_code(client, request, session, release, now=now, level=level)
    record_disclosure(
        "issue_code",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        client=client.client_id,
        purpose=client.purpose,
        attributes=[item for item in granted.items if item != OFFLINE_ACCESS],
        scopes=list(granted.scopes),
    )
    db.session.commit()
    return build_code_response(request.destination, code=code)
