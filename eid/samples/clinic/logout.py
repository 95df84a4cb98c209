"""Logout, as a relying service does it: the patient leaves here and at the service, and leaves here when they leave there.

OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, redirect, request, session
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import decode

from eid.samples.clinic.config import ClinicConfig
from eid.samples.clinic.visits import Visit

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY = 60
"""Seconds by which two honest clocks may differ."""


class LogoutRefused(Exception):
    """The logout token is not what it has to be."""


def add_logout(app: Flask) -> None:
    """Afterwards the counter signs patients out, and hears when they are signed out elsewhere."""
    app.add_url_rule("/sign-out", view_func=end_visit, methods=["POST"])
    app.add_url_rule("/backchannel-logout", view_func=receive_logout_token, methods=["POST"])
    app.register_error_handler(LogoutRefused, show_refused_logout)


def end_visit() -> Any:
    """The visit is over, and the patient goes on to sign out at the service; it sends them back here."""
    visits = current_app.extensions["clinic.visits"]
    visit = visits.take(session.get("visit", ""))
    session.clear()
    if not isinstance(visit, Visit) or not visit.id_token:
        return redirect("/", 303)
    config: ClinicConfig = current_app.config["CLINIC"]
    endpoint = current_app.extensions["clinic.oauth"].load_server_metadata()["end_session_endpoint"]
    asked = {"id_token_hint": visit.id_token, "post_logout_redirect_uri": f"{config.url}/"}
    return redirect(f"{endpoint}?{urlencode(asked)}", 303)


def receive_logout_token() -> Any:
    """The service says that a session is over: whoever checked in with it has left (Back-Channel Logout, section 2.5)."""
    config, client = current_app.config["CLINIC"], current_app.extensions["clinic.oauth"]
    token = request.form.get("logout_token", "")
    try:
        claims = verify_logout_token(token, keys=client.fetch_jwk_set(), config=config, now=time.time())
    except (JoseError, ValueError) as error:
        raise LogoutRefused(type(error).__name__) from error
    current_app.extensions["clinic.visits"].end_session(claims["sid"])
    return Response(status=200, headers={"Cache-Control": "no-store"})


def verify_logout_token(token: str, *, keys: Mapping[str, Any], config: ClinicConfig, now: float) -> dict[str, Any]:
    """What the token says. Raises LogoutRefused, JoseError or ValueError (Back-Channel Logout, section 2.6).

    1. It is a logout token, signed by a key of the service.
    2. It is the service's, for this clinic, and of now.
    3. It says that a session is over, and which; it is no ID token, which may have a nonce.
    """
    # (1)
    if jws.extract_compact(token.encode()).headers().get("typ") != "logout+jwt":
        raise LogoutRefused("typ")
    claims = decode(token, KeySet.import_key_set(dict(keys)), algorithms=["ES256"]).claims  # type: ignore[arg-type]
    # (2)
    if (claims.get("iss"), claims.get("aud")) != (config.issuer, config.client_id):
        raise LogoutRefused("iss or aud")
    if not claims.get("iat", 0) - LEEWAY <= now <= claims.get("exp", 0) + LEEWAY:
        raise LogoutRefused("iat or exp")
    # (3)
    if EVENT not in claims.get("events", {}) or "nonce" in claims or not isinstance(claims.get("sid"), str):
        raise LogoutRefused("events, nonce or sid")
    return dict(claims)


def show_refused_logout(refused: LogoutRefused) -> tuple[dict[str, str], int]:
    return {"error": "invalid_request", "error_description": str(refused)}, 400
