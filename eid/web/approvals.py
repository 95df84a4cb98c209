"""Signing in by the phone, as the asking browser meets it: a number to be told, and a QR code where nobody is known yet.

The browser's own token for the request is a cookie; the QR code holds another, so that who sees the screen gains nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request

from eid.accounts import approvals
from eid.accounts.approvals import APPROVAL_LIFE, ApprovalState, OpenedApproval
from eid.accounts.levels import FactorKind
from eid.accounts.sign_in import close_session
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.web.forms import refused_on
from eid.web.session import SIGN_IN, current_session, session_token
from eid.web.sign_in_way import lead_on, missing, this_browser, way_to, who_asks

COOKIE = "eid_approval"

blueprint = Blueprint("approvals", __name__, url_prefix=f"{SIGN_IN}/phone")


@blueprint.get("")
@callable_by(Caller.ANYBODY)
def show_phone() -> Any:
    token, scan_token = _tokens()
    shown = approvals.find_shown(token) if token else None
    scan = f"{current_settings().public_url}/citizen/device#approve={scan_token}" if scan_token else ""
    page = render_template("sign_in/phone.html", shown=shown, scan=scan, scan_token=scan_token, way_to=way_to)
    return Response(page, headers={"Cache-Control": "no-store"})


@blueprint.post("")
@callable_by(Caller.ANYBODY)
@refused_on("approvals.show_phone")
def ask_phone() -> Any:
    session, (asks, purpose) = current_session(), who_asks()
    if session is not None and FactorKind.HAS in missing(session):
        opened = approvals.open_push(session, asks=asks, purpose=purpose, browser=this_browser())
    else:
        opened = approvals.open_scan(asks=asks, purpose=purpose, browser=this_browser())
    return _keep_tokens(redirect(way_to("phone"), 303), opened)  # type: ignore[arg-type]


@blueprint.get("/state")
@callable_by(Caller.ANYBODY)
def show_state() -> Any:
    """For the page's script, which asks once a second."""
    shown = approvals.find_shown(_tokens()[0])
    answer = jsonify(state=shown.state if shown else ApprovalState.OVER)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/finish")
@callable_by(Caller.ANYBODY)
@refused_on("approvals.show_phone")
def finish() -> Any:
    (token, scan_token), session = _tokens(), current_session()
    if not scan_token and session is not None:
        return lead_on(approvals.complete_sign_in_by_phone(session_token(), token))
    new = approvals.begin_sign_in_by_phone(token, browser=this_browser())
    close_session(session_token(), replaced_by=new.session)
    return lead_on(new)


def _tokens() -> tuple[str, str]:
    """The browser's own token, and that of its QR code if it shows one."""
    token, _dot, scan_token = request.cookies.get(COOKIE, "")[:128].partition(".")
    return token, scan_token


def _keep_tokens(response: Response, opened: OpenedApproval) -> Response:
    value = f"{opened.token}.{opened.scan_token}" if opened.scan_token else opened.token
    secure, age = current_app.config["SESSION_COOKIE_SECURE"], APPROVAL_LIFE
    response.set_cookie(COOKIE, value, max_age=age, path=SIGN_IN, httponly=True, samesite="Lax", secure=secure)
    return response
