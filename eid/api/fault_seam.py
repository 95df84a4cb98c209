"""The one seam at which faults get into answers: after each answer of the provider, in the demo alone.

create_app installs it there and nowhere else, so that a service in production has neither it nor a way to it. What an answer
becomes is decided by eid.oauth.faults; here requests and responses are only read and written.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

from flask import Flask, Response, current_app, g, request

from eid.config import current_settings
from eid.connecting import UNAVAILABILITIES
from eid.errors import OAuthError, Refusal, Unreadable, VerificationFailed
from eid.oauth.client_assertions import read_claimed_client
from eid.oauth.faults.addresses import FAULT_PARAMETER, PARAMETER, add_next_keys, lead_to_trial, revoke_in_list
from eid.oauth.faults.attending import attend
from eid.oauth.faults.catalogue import Place
from eid.oauth.faults.exchange import Exchange
from eid.oauth.faults.spoilt import Spoilt
from eid.oauth.faults.wire import is_signed

EXTENSION = "eid.fault_seam"

STEPS = {
    "authorization.receive_request": "authorization",
    "authorization.receive_posted_request": "authorization",
    "authorize.show_request": "decision",
    "authorize.decide_request": "decision",
    "oauth.push_request": "pushed",
    "oauth.give_tokens": "token",
    "oauth.end_token": "revocation",
    "oauth.show_token": "introspection",
    "oauth.show_userinfo": "userinfo",
    "oauth.give_userinfo": "userinfo",
    "oauth.show_keys": "keys",
    "oauth.show_openid_configuration": "discovery",
    "oauth.show_authorization_server": "discovery",
    "papers.issue_token": "paper",
    "status_lists.show_status_list": "status",
    "end_session.receive_request": "logout",
    "end_session.receive_posted_request": "logout",
}
"""Endpoint → step of a sign-in; answers of all others pass untouched and unseen."""
WITH_TOKEN = ("userinfo", "paper")
WITHOUT_CALLER = ("keys", "discovery")


def install_fault_seam(app: Flask) -> None:
    """From now on answers of this application can go wrong for clients that are tried."""
    app.extensions[EXTENSION] = True
    app.after_request(let_faults_in)


def has_fault_seam() -> bool:
    """Whether the running application has it."""
    return EXTENSION in current_app.extensions


def let_faults_in(response: Response) -> Response:
    step = STEPS.get(request.endpoint or "")
    if isinstance(g.get("refusal"), Unreadable) or response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return response  # what no request may hold reaches no query and no log
    if getattr(g.get("refusal"), "code", "") in UNAVAILABILITIES:
        return response  # whether a fault is planned cannot be asked of a database that does not answer
    if step is None or (step in WITHOUT_CALLER and PARAMETER not in request.args):
        return response
    if step == "status":
        return _revoke(response)
    exchange = _read(step, response)
    spoilt = attend(exchange, issuer=current_settings().public_url)
    if spoilt is not None:
        return _write(response, spoilt)
    return _show_trial(step, response) if step in WITHOUT_CALLER else response


def _read(step: str, response: Response) -> Exchange:
    """What is known of this request and its answer."""
    body = _body_of(response)
    sent = request.values.to_dict() if step != "decision" else {"act": request.form.get("act", "")}
    refusal: Refusal | None = g.get("refusal")
    location = response.headers.get("Location", "")
    is_ours = not location or location.startswith(("/", current_settings().public_url + "/"))
    return Exchange(
        step=step,
        place=_find_place(step, response, body, sent, is_ours=is_ours),
        method=request.method,
        status=response.status_code,
        client_id=_claimed_client(sent) if step not in (*WITH_TOKEN, "decision", *WITHOUT_CALLER) else "",
        request_id=(request.view_args or {}).get("request_id", ""),
        access_token=request.headers.get("Authorization", "").partition(" ")[2].strip() if step in WITH_TOKEN else "",
        trial=request.args.get(PARAMETER, "") if step in WITHOUT_CALLER else "",
        sent=sent,
        code=sent.get("code", "") if step == "token" else "",
        location="" if is_ours else location,
        body=body,
        error=refusal.code if refusal else "",
        reason=refusal.reason if isinstance(refusal, OAuthError) else "",
    )


def _find_place(
    step: str, response: Response, body: dict[str, Any], sent: dict[str, str], *, is_ours: bool
) -> Place | None:
    """Which faults this answer can have: none, where it is a refusal or holds nothing that could be spoilt."""
    if step in ("authorization", "decision"):
        return None if is_ours or response.status_code != 303 else Place.ANSWER
    if response.status_code != 200:
        return None
    if step == "token" and sent.get("grant_type") == "authorization_code":
        return Place.TOKENS if is_signed(str(body.get("id_token", ""))) else None
    if step == "token" and sent.get("grant_type") == "refresh_token":
        return Place.REFRESH
    return {
        "userinfo": Place.USERINFO,
        "paper": Place.PAPER,
        "keys": Place.KEYS,
        "discovery": Place.DISCOVERY,
    }.get(step)


def _body_of(response: Response) -> dict[str, Any]:
    """The answer's JSON object, or its one token under the name jwt."""
    if response.mimetype == "application/jwt":
        token = response.get_data(as_text=True)
        return {"jwt": token} if is_signed(token) else {}
    found = response.get_json(silent=True) if response.is_json else None
    return found if isinstance(found, dict) else {}


def _claimed_client(sent: dict[str, str]) -> str:
    """Who says that it asks; whether it does is not judged here, and only good answers can be spoilt."""
    if request.authorization is not None and request.authorization.username:
        return unquote_plus(request.authorization.username)
    if "client_id" in sent:
        return sent["client_id"]
    try:
        return read_claimed_client(sent["client_assertion"]) if "client_assertion" in sent else ""
    except VerificationFailed:
        return ""  # the endpoint has refused it for that very reason


def _write(response: Response, spoilt: Spoilt) -> Response:
    if spoilt.location is not None:
        response.headers["Location"] = spoilt.location
    if spoilt.status is not None:
        response.status_code = spoilt.status
    if spoilt.body is not None:
        response.set_data(spoilt.body if isinstance(spoilt.body, str) else json.dumps(spoilt.body, ensure_ascii=False))
    if spoilt.content_type is not None:
        response.headers["Content-Type"] = spoilt.content_type
    for name, value in spoilt.headers.items():
        response.headers[name] = value
    return _of_the_moment(response)


def _show_trial(step: str, response: Response) -> Response:
    """The trial's own description and keys, which lead nobody else anywhere."""
    change: Callable[[dict[str, Any], str], dict[str, Any]] = add_next_keys if step == "keys" else lead_to_trial
    if response.status_code == 200:
        response.set_data(json.dumps(change(_body_of(response), request.args[PARAMETER]), ensure_ascii=False))
    return _of_the_moment(response)


def _revoke(response: Response) -> Response:
    reference = request.args.get(FAULT_PARAMETER, "")
    if not reference or response.status_code != 200:
        return response
    packed = response.headers.get("Content-Encoding") == "gzip"
    token = (gzip.decompress(response.get_data()) if packed else response.get_data()).decode()
    revoked = revoke_in_list(token, reference)
    if revoked is not None:
        response.set_data(gzip.compress(revoked.encode()) if packed else revoked)
    return response


def _of_the_moment(response: Response) -> Response:
    """Nobody keeps what is of one trial."""
    response.headers["Cache-Control"] = "no-store"
    response.headers.pop("ETag", None)
    return response
