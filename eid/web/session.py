"""The browser's side of a session: its cookie, and the guards that pages wear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, overload
from urllib.parse import urlencode

from flask import Response, current_app, redirect, request

from eid.accounts.levels import AuthenticationLevel
from eid.accounts.models import Officer
from eid.accounts.service import find_officer
from eid.accounts.sign_in import NewSession, Session, issue_browser_mark, look_for_session, touch_session
from eid.callers import Caller
from eid.errors import Unauthenticated
from eid.web.navigation import page_address

COOKIE = "eid_session"
BROWSER_COOKIE = "eid_browser"
"""Says only that this browser has been signed in to an account, so that strangers' guesses do not keep its holder out."""
BROWSER_AGE = 400 * 24 * 3600
SIGN_IN = "/citizen/sign-in"

_SESSION = "eid.session"
_OFFICER = "eid.officer"

View = Callable[..., Any]


def current_session() -> Session | None:
    """The session of whoever looks at this page, noted as in use; None for a stranger."""
    if _SESSION not in request.environ:
        token = session_token()
        session = look_for_session(token) if token else None
        if session is not None:
            touch_session(session)
        request.environ[_SESSION] = session
    found: Session | None = request.environ[_SESSION]
    return found


def the_session() -> Session:
    """The session in a view that is guarded. Raises Unauthenticated where there is none."""
    session = current_session()
    if session is None:
        raise Unauthenticated("session_none", "Please sign in.")
    return session


def session_token() -> str:
    return request.cookies.get(COOKIE, "")[:128]


@overload
def signed_in(view: View) -> View: ...
@overload
def signed_in(*, level: AuthenticationLevel) -> Callable[[View], View]: ...
def signed_in(view: View | None = None, *, level: AuthenticationLevel = AuthenticationLevel.LOA2) -> Any:
    """Guard a page: a stranger, or one signed in below this level, is led to sign in and back; a form is refused."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> Any:
            session = current_session()
            if session is not None and session.level >= level:
                return view(**values)
            if request.method != "GET":
                raise Unauthenticated("session_none", "Please sign in.")
            return redirect(sign_in_url(page_address(), level=level), 303)

        guarded.callable_by = Caller.SIGNED_IN  # type: ignore[attr-defined]
        return guarded

    return guard if view is None else guard(view)


def officer_only(view: View) -> View:
    """Guard a page of the desk: for officers who are signed in at level 2; `the_officer()` says which."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        request.environ[_OFFICER] = find_officer(the_session().account_id)
        return view(**values)

    guard: View = signed_in(guarded)
    guard.callable_by = Caller.OFFICER  # type: ignore[attr-defined]
    return guard


def the_officer() -> Officer:
    """The officer in a view that is guarded by officer_only."""
    officer: Officer = request.environ[_OFFICER]
    return officer


def caller_on_this_page() -> Caller:
    """As whom this page is shown. Asks nothing of the database: what no guard looked at is shown as to anybody."""
    if _OFFICER in request.environ:
        return Caller.OFFICER
    return Caller.SIGNED_IN if request.environ.get(_SESSION) else Caller.ANYBODY


def sign_in_url(
    next_path: str,
    *,
    level: AuthenticationLevel = AuthenticationLevel.LOA2,
    again: bool = False,
    since: datetime | None = None,
) -> str:
    """Where to sign in at this level and come back to `next_path`; `again` asks for it even of one who is signed in.

    What was shown before `since` does not count.
    """
    query = {"next": next_path, "level": str(level)} | ({"again": "yes"} if again else {})
    query |= {"since": f"{since.timestamp():.6f}"} if since else {}
    return f"{SIGN_IN}?{urlencode(query)}"


def keep_session(response: Response, new: NewSession) -> Response:
    """The browser holds the new token from now on; at level 2 and above, also the mark of a browser that is known."""
    request.environ[_SESSION] = new.session
    _set_cookie(response, COOKIE, new.token)
    if new.session.level >= AuthenticationLevel.LOA2:
        _set_cookie(response, BROWSER_COOKIE, issue_browser_mark(new.session.account_id), max_age=BROWSER_AGE)
    return response


def drop_session(response: Response) -> Response:
    request.environ[_SESSION] = None
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"])
    return response


def _set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age=max_age, httponly=True, samesite="Lax", secure=secure)
