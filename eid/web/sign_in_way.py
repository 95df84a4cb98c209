"""The way through signing in: what the link asked for, what is still missing for it, and the page that asks for that."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from flask_babel import gettext as _

from eid.accounts.levels import AuthenticationLevel, FactorKind, missing_kinds
from eid.accounts.sessions import NewSession, Session
from eid.errors import NotFound
from eid.oauth.kept_requests import find_asked, find_asking_client
from eid.oauth.redirects import origin_of
from eid.oauth.requests import CheckedRequest
from eid.web.browsers import name_browser
from eid.web.navigation import local_address
from eid.web.session import SIGN_IN, current_session, keep_session

KEPT_REQUEST = "/oauth/authorize/"
_ASKED, _WISHES = "eid.service_request", "eid.sign_in_wishes"
PAGES: dict[FactorKind, str] = {FactorKind.KNOWS: "password", FactorKind.HAS: "code", FactorKind.IS: "face"}
"""Which page asks first for a kind of factor; each names the others that would do."""


def wanted_level() -> AuthenticationLevel:
    """What the link asked for; level 2 where it says nothing that is a level."""
    asked = request.args.get("level")
    return next((level for level in AuthenticationLevel if level == asked), AuthenticationLevel.LOA2)


def wanted_page() -> str:
    return local_address(request.args.get("next", "/citizen/"))


def wanted_since() -> datetime | None:
    """What was shown before this does not count; the page that asked for it checks that itself."""
    try:
        seconds = float(request.args.get("since", ""))
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (ValueError, OverflowError, OSError):
        return None


def wishes() -> str:
    """What the link asked for, to be passed on; put together once a request, as a page leads several ways."""
    if _WISHES not in request.environ:
        since = request.args.get("since", "") if wanted_since() else ""
        wished = {"next": wanted_page(), "level": wanted_level()} | ({"since": since} if since else {})
        request.environ[_WISHES] = urlencode(wished)
    return str(request.environ[_WISHES])


def way_to(page: str) -> str:
    """The address of another page of signing in, with the same wishes."""
    return f"{SIGN_IN}/{page}?{wishes()}" if page else f"{SIGN_IN}?{wishes()}"


def missing(session: Session) -> tuple[FactorKind, ...]:
    """What this session still lacks for what the link asked for."""
    return missing_kinds(session.factors_since(wanted_since()), wanted_level())


def next_address(session: Session) -> str:
    """Where the page is that asks for what is missing, or the page that was wanted."""
    lacking = missing(session)
    return way_to(PAGES[lacking[0]]) if lacking else wanted_page()


def lead_on(new: NewSession) -> Any:
    """The browser holds the new session and goes on."""
    return keep_session(redirect(next_address(new.session), 303), new)  # type: ignore[arg-type]


def away_from(kind: FactorKind) -> Any | None:
    """Where somebody belongs who has no session, or has shown this kind already; None for whoever is right here."""
    session = current_session()
    if session is None:
        return redirect(way_to(""), 303)
    lacking = missing(session)
    if not lacking:
        return redirect(wanted_page(), 303)
    return None if kind in lacking else redirect(next_address(session), 303)


def this_browser() -> str:
    return name_browser(request.headers.get("User-Agent", ""))


def hinted_pin() -> str:
    """The PIN that a service gave as a login hint with its request (OpenID Connect Core, section 3.1.2.1), to begin with."""
    try:
        asked = service_request()
    except NotFound:
        return ""  # the page of the service's request says that it is over
    return asked.login_hint if asked and re.fullmatch("[0-9]{12}", asked.login_hint) else ""


def service_request() -> CheckedRequest | None:
    """What the service asks for on whose way this page is, looked up once; None where it is on the way to our own pages.

    Raises NotFound where there is no such request any more.
    """
    page = wanted_page()
    if not page.startswith(KEPT_REQUEST):
        return None
    if _ASKED not in request.environ:
        request.environ[_ASKED] = find_asked(_id_in(page))
    found: CheckedRequest = request.environ[_ASKED]
    return found


def find_service_origin() -> str | None:
    """Where the forms on the way to a service lead in the end; None on the way to our own pages, or to no request any more."""
    try:
        asked = service_request()
    except NotFound:
        return None
    return None if asked is None else origin_of(asked.redirect_uri)


def _id_in(page: str) -> str:
    return page.removeprefix(KEPT_REQUEST).split("?")[0]


def who_asks() -> tuple[str, str]:
    """Who wants to know who is there, and what for, as the phone will show it."""
    page, own_pages = wanted_page(), ("eid", _("Sign in to your own pages"))
    if not page.startswith(KEPT_REQUEST):
        return own_pages
    try:
        return find_asking_client(_id_in(page))
    except NotFound:
        return own_pages  # the service's request is over: nothing but our own pages is reached by signing in now
