"""Opening a question: on the back channel, for a person whom the client names, or by a code that whoever is there enters."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from eid.accounts.asked_consents import AskedConsent, AskedThing
from eid.accounts.guessing import digest_lookup
from eid.accounts.levels import AuthenticationLevel
from eid.accounts.phone_questions import record_question
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, OAuthError
from eid.late_dataclasses import frozen
from eid.oauth.asking import PASSING_ON_NAME, AskedGroup, build_groups, list_items, list_needed
from eid.oauth.decoupled.backchannel_requests import (
    REQUIRED_CLAIMS,
    BackchannelWishes,
    check_encapsulated,
    read_wishes,
)
from eid.oauth.decoupled.models import DecoupledQuestion, QuestionKind, Verdict
from eid.oauth.decoupled.pinging import seal_ping
from eid.oauth.decoupled.polling import INTERVAL
from eid.oauth.decoupled.user_codes import draw_user_code, write_user_code
from eid.oauth.decoupled.who_is_asked import (
    SILENCED_FOR,
    check_client_may_ask,
    find_askable,
    find_meant,
)
from eid.oauth.grant_types import CIBA, DEVICE_CODE, check_may_use
from eid.oauth.models import Client
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.profiles import rules_of
from eid.oauth.request_reading import open_request_object
from eid.oauth.requests import DECOUPLED_CHECKS, CheckedRequest, UncheckedRequest, check_request
from eid.randomness import random_digits, random_token, system_rng

DEVICE_LIFE = timedelta(minutes=10)
PHONE_LEVEL = AuthenticationLevel.LOA2
"""What a phone and the passcode reach together."""
KEPT = timedelta(days=1)
"""How long a question that is over is kept, so that it can be told from one that never was."""
FORGETTING = 16
"""Of 256 questions so many also forget the old ones."""


@frozen
class OpenedBackchannel:
    """The answer of CIBA Core, section 7.3, and the number that the asking screen has to show."""

    auth_req_id: str = field(repr=False)
    expires_in: int
    interval: int
    matching_number: str


@frozen
class OpenedDevice:
    """The answer of RFC 8628, section 3.2."""

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    verification_uri: str
    verification_uri_complete: str = field(repr=False)
    expires_in: int
    interval: int


def open_backchannel_question(client: Client, parameters: Parameters, *, issuer: str) -> OpenedBackchannel:
    """The person whom the client names is asked, if they may be; committed. The answer is the same for everybody.

    1. The client is registered for this grant.
    2. It signs what it asks, where it must or does; then nothing stands beside that.
    3. What it asks for holds every check of a request, and of one on the back channel.
    4. The hint can be read. Whom it names, if anybody, stays here.
    5. The client does not ask more often than it may.
    6. Whoever may be asked has the question at their phone and on their page.
    """
    # (1)
    check_may_use(client, CIBA)
    # (2)
    parameters = _open_signed(client, parameters, issuer)
    # (3)
    request = check_request(UncheckedRequest(parameters, client, "", issuer), DECOUPLED_CHECKS)
    wishes = read_wishes(parameters, mode=client.backchannel_token_delivery_mode)
    # (4)
    person_id, now = find_meant(client, wishes, issuer=issuer), wall_now()
    # (5)
    check_client_may_ask(client, now=now)
    # (6)
    handle = random_token()
    question = DecoupledQuestion(
        kind=QuestionKind.CIBA,
        client_id=client.id,
        handle_digest=digest_of(handle),
        request=request.to_json(),
        person_id=person_id,
        binding_message=wishes.message or None,
        number=int(random_digits(2)),
        interval=INTERVAL,
        opened_at=now,
        expires_at=now + timedelta(seconds=wishes.life),
    )
    if wishes.notification_token is not None:
        question.sealed_ping = seal_ping(handle, wishes.notification_token, handle_digest=question.handle_digest)
    _ask_person(question, client, request, wishes, now)
    _record_opened(question, client, "open_backchannel_question", now)
    db.session.commit()
    return OpenedBackchannel(handle, wishes.life, INTERVAL, f"{question.number:02}")


def open_device_question(client: Client, parameters: Parameters, *, issuer: str) -> OpenedDevice:
    """Whoever enters the user code within ten minutes is asked; committed. Raises OAuthError."""
    check_may_use(client, DEVICE_CODE)
    request = check_request(UncheckedRequest(parameters, client, "", issuer), DECOUPLED_CHECKS)
    handle, user_code, now = random_token(), draw_user_code(system_rng()), wall_now()
    check_client_may_ask(client, now=now)
    digest = digest_user_code(user_code)
    if db.session.scalar(select(DecoupledQuestion.id).where(DecoupledQuestion.user_code_digest == digest)) is not None:
        raise Conflict("user_code_taken", "Ask again.", reason="the same user code was drawn a second time")
    question = DecoupledQuestion(
        kind=QuestionKind.DEVICE,
        client_id=client.id,
        handle_digest=digest_of(handle),
        user_code_digest=digest,
        request=request.to_json(),
        interval=INTERVAL,
        opened_at=now,
        expires_at=now + DEVICE_LIFE,
    )
    _record_opened(question, client, "open_device_question", now)
    db.session.commit()
    shown, page = write_user_code(user_code), f"{issuer}/device"
    seconds = int(DEVICE_LIFE.total_seconds())
    return OpenedDevice(handle, shown, page, f"{page}?user_code={shown}", seconds, INTERVAL)


def digest_user_code(user_code: str) -> str:
    """Under what a user code is kept: keyed, because it can be guessed from a plain digest."""
    return digest_lookup("user_code", user_code)


def list_asked_groups(client: Client, request: CheckedRequest) -> tuple[AskedGroup, ...]:
    """All that the question is about: who answers on another device sees the whole of it each time."""
    needed = list_needed(request.scopes, client.required_scopes)
    return build_groups(list_items(request), scopes=request.scopes, needed=needed)


def _open_signed(client: Client, parameters: Parameters, issuer: str) -> Parameters:
    """What the client asks, out of its signed request where there is one (CIBA Core, section 7.1.1)."""
    token = parameters.find_single("request")
    alg = client.backchannel_authentication_request_signing_alg
    if token is None:
        if rules_of(client.profile).must_push or client.require_signed_request_object or alg is not None:
            raise OAuthError("invalid_request", "This client must sign what it asks on the back channel.")
        return parameters
    check_encapsulated(parameters)
    try:
        return open_request_object(client, token, issuer=issuer, required=REQUIRED_CLAIMS, alg=alg)
    except OAuthError as refusal:
        raise OAuthError("invalid_request", refusal.detail, reason=refusal.reason) from refusal


def _ask_person(
    question: DecoupledQuestion, client: Client, request: CheckedRequest, wishes: BackchannelWishes, now: datetime
) -> None:
    """Put the question to the person's phone and page; where they may not be asked it stays without anybody who can answer."""
    account = find_askable(question.person_id, client, now=now)
    if account is None:
        question.person_id = None
        return
    if request.level > PHONE_LEVEL:
        return
    question.approval_id = record_question(
        account.id,
        asks=client.name,
        purpose=client.purpose,
        consent=AskedConsent(_list_things(client, request), wishes.message, client.foreign_name or ""),
        number=question.number or 0,
        now=now,
        until=question.expires_at,
    )


def _list_things(client: Client, request: CheckedRequest) -> tuple[AskedThing, ...]:
    """Each tick of the consent page by itself; an address says what it is an address for."""
    return tuple(
        AskedThing(
            one.key,
            (group.title, *one.titles) if group.name == PASSING_ON_NAME else one.titles,
            one.is_needed,
            client.scope_purposes.get(group.name, ""),
        )
        for group in list_asked_groups(client, request)
        for one in group.attributes
    )


def _record_opened(question: DecoupledQuestion, client: Client, act: str, now: datetime) -> None:
    if question.handle_digest[0] < FORGETTING:
        _forget_old(now)
    db.session.add(question)
    record_act(
        act,
        actor_kind=ActorKind.CLIENT,
        actor=client.client_id,
        person_id=question.person_id,
        purpose=client.purpose,
        scopes=list(question.request["scopes"]),
    )


def _forget_old(now: datetime) -> None:
    """Questions of yesterday, but for those that were reported: they silence their service for a month."""
    is_old = DecoupledQuestion.expires_at < now - KEPT
    is_reported = DecoupledQuestion.verdict.is_not(None) & (DecoupledQuestion.verdict == Verdict.REPORTED)
    is_silencing = is_reported & (DecoupledQuestion.opened_at > now - SILENCED_FOR)
    db.session.execute(delete(DecoupledQuestion).where(is_old, ~is_silencing))
