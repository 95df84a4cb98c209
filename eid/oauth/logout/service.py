"""Signing out: at a service's request, or at the person's own; the session ends, and everybody in it is told.

A request is obeyed at once only where an ID token shows that it comes from a service in this very session; else the person
is asked, because anybody can lead a browser here.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence

from eid.accounts.sessions import record_sessions_ended
from eid.audit import ActorKind, record_act
from eid.db import db
from eid.late_dataclasses import frozen
from eid.oauth.interactions import SignedIn
from eid.oauth.logout.addresses import build_frame_address
from eid.oauth.logout.participants import Participant, find_participants
from eid.oauth.logout.requests import LogoutRequest, check_logout_request
from eid.oauth.parameters import parse_parameters


@frozen
class LogoutQuestion:
    """The person has to say whether this is what they want."""

    client_name: str | None
    """Who asks, where that is known."""
    services: tuple[str, ...]
    """Who will be told."""
    address: str | None


@frozen
class SignedOut:
    """Nobody is signed in any more in this browser."""

    frames: tuple[str, ...] = ()
    """What the page must load, so that services end their sessions in this browser."""
    address: str | None = None
    """Where the person wanted to go on to, at the service that asked."""
    client_name: str | None = None
    leads_on: bool = False
    """Whether to go there unasked; else there is a link to it."""


def ask_for_logout(
    pairs: Iterable[tuple[str, str]], *, session: SignedIn | None, issuer: str
) -> LogoutQuestion | SignedOut:
    """The session has ended, committed, or the person is to be asked first. Raises OAuthError as check_logout_request.

    Whoever is signed out already goes back to a service that proves itself by an ID token, and else reads that it is so.
    """
    request = check_logout_request(parse_parameters(pairs), issuer=issuer)
    if session is None:
        return _describe_end(request, (), leads_on=request.is_proved)
    participants = find_participants([session.id])
    if _is_of_session(request, participants):
        return _end(request, session, participants, issuer)
    names = dict.fromkeys(participant.client.name for participant in participants)
    return LogoutQuestion(request.client.name if request.client else None, tuple(names), request.address)


def confirm_logout(pairs: Iterable[tuple[str, str]], *, session: SignedIn | None, issuer: str) -> SignedOut:
    """The person said yes: the session has ended, committed. Raises OAuthError as check_logout_request."""
    request = check_logout_request(parse_parameters(pairs), issuer=issuer)
    if session is None:
        return _describe_end(request, (), leads_on=True)
    return _end(request, session, find_participants([session.id]), issuer)


def sign_out(session: SignedIn, *, issuer: str) -> SignedOut:
    """The person signed out by themselves: the session has ended, committed."""
    return _end(LogoutRequest(None, None, None), session, find_participants([session.id]), issuer)


def _end(request: LogoutRequest, session: SignedIn, participants: Sequence[Participant], issuer: str) -> SignedOut:
    record_sessions_ended(session.account_id, only_id=session.id)
    record_act(
        "close_session",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=session.person_id,
        **({"client": request.client.client_id} if request.client else {}),
    )
    db.session.commit()
    return _describe_end(request, _find_frames(participants, issuer), leads_on=True)


def _describe_end(request: LogoutRequest, frames: tuple[str, ...], *, leads_on: bool) -> SignedOut:
    name = request.client.name if request.client else None
    return SignedOut(frames, request.address, name, leads_on=leads_on and request.address is not None)


def _find_frames(participants: Iterable[Participant], issuer: str) -> tuple[str, ...]:
    return tuple(
        build_frame_address(
            participant.client.frontchannel_logout_uri,
            issuer=issuer,
            session_identifier=participant.session_identifier,
            session_required=participant.client.frontchannel_logout_session_required,
        )
        for participant in participants
        if participant.client.frontchannel_logout_uri is not None
    )


def _is_of_session(request: LogoutRequest, participants: Iterable[Participant]) -> bool:
    """Whether the ID token was given in the session of this browser, or in one that it went on from."""
    return any(
        request.client is participant.client
        and hmac.compare_digest(participant.session_identifier.encode(), (request.session_identifier or "").encode())
        for participant in participants
    )
