"""What has to happen next before a request can be answered: signing in, consenting, or nothing more. Pure.

OpenID Connect Core, sections 3.1.2.3 and 3.1.2.4.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from eid.oauth.requests import CheckedRequest

_ANEW = frozenset({"login", "select_account"})
"""The prompts that ask for a sign-in after the request."""


class Step(StrEnum):
    SIGN_IN = "sign_in"
    CONSENT = "consent"
    ANSWER = "answer"


class SignedIn(Protocol):
    """What the provider needs of a session."""

    @property
    def id(self) -> int: ...
    @property
    def account_id(self) -> int: ...
    @property
    def person_id(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def amr(self) -> tuple[str, ...]: ...
    @property
    def authenticated_at(self) -> datetime: ...
    def level_since(self, earliest: datetime | None) -> str | None: ...


def next_step(
    request: CheckedRequest,
    *,
    session: SignedIn | None,
    fresh: str | None,
    subject: str,
    consented: bool,
    opened_at: datetime,
) -> Step:
    """The first of these that is still missing; where `prompt` is none, missing anything is a refusal for the client.

    `fresh` is the level that the session has proved since earliest_sign_in, `subject` who signed in, where the client expects
    somebody.

    1. Somebody is signed in, at the level asked for or above.
    2. They proved that level recently enough: after the request arrived, or at most max_age before it did. Each factor has a
       time of its own; those that are older do not count.
    3. They are the one whom the client expects (`id_token_hint`); who signed in for this request and is not, will not be.
    4. They consented, and are not to be asked again.
    """
    # (1) (2) (3)
    if session is None or must_sign_in_again(request, fresh, subject):
        is_somebody_else = session is not None and not _is_expected(request, subject)
        if "none" in request.prompts or (is_somebody_else and session and session.authenticated_at >= opened_at):
            raise request.refusal("login_required", "The citizen has to sign in first.")
        return Step.SIGN_IN
    # (4)
    if not consented or "consent" in request.prompts:
        if "none" in request.prompts:
            raise request.refusal("consent_required", "The citizen has to consent first.")
        return Step.CONSENT
    return Step.ANSWER


def must_sign_in_again(request: CheckedRequest, fresh: str | None, subject: str) -> bool:
    """Whether the citizen has to prove themselves anew, and not only more strongly."""
    return fresh is None or fresh < request.level or not _is_expected(request, subject)


def must_sign_in_from_start(request: CheckedRequest, fresh: str | None, subject: str) -> bool:
    """Whether nothing that the session has shown counts: all of it is too old, or it is somebody else's."""
    return fresh is None or not _is_expected(request, subject)


def earliest_sign_in(request: CheckedRequest, opened_at: datetime) -> datetime | None:
    """How old a sign-in may be; fixed when the request arrives, so that deciding slowly never means signing in again."""
    if not _ANEW.isdisjoint(request.prompts):
        return opened_at
    return None if request.max_age is None else opened_at - timedelta(seconds=request.max_age)


def _is_expected(request: CheckedRequest, subject: str) -> bool:
    return request.hinted_subject in (None, subject)
