"""The counter's pages: welcome, the way to the service and back, the visit, and what is said when it did not work."""

from __future__ import annotations

from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, redirect, render_template, request, session
from joserfc.errors import JoseError

from eid.samples.clinic.card_pages import add_card_pages
from eid.samples.clinic.cards import CardVisit
from eid.samples.clinic.config import SCOPES, ClinicConfig
from eid.samples.clinic.logout import add_logout
from eid.samples.clinic.papers import fetch_papers
from eid.samples.clinic.phone import add_phone_pages
from eid.samples.clinic.visits import Visit, Visits
from eid.samples.clinic.wallets import WalletVisit, add_wallet_pages
from eid.samples.clinic.words import PHRASES
from eid.samples.pages import add_headers
from eid.samples.signatures import PublishedKeys, write_time

ASKED_LEVEL = "LoA2"


def create_app_from_env() -> Flask:
    """The counter of the environment's CLINIC_* variables, for a WSGI server."""
    return create_clinic(ClinicConfig.from_env())


def create_clinic(config: ClinicConfig) -> Flask:
    """The counter; nothing is asked of the service before the first patient comes."""
    app = Flask("eid.samples.clinic", template_folder="templates", static_folder="static")
    app.config.update(
        CLINIC=config,
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="clinic_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.url.startswith("https://"),
    )
    app.extensions["clinic.oauth"] = _prepare_client(app, config)
    app.extensions["clinic.keys"] = PublishedKeys(f"{config.issuer}/api/v1/keys")
    app.extensions["clinic.visits"] = Visits()
    PHRASES.add_to(app)
    for rule, method, view in (
        ("/", "GET", welcome),
        ("/sign-in", "POST", send_to_service),
        ("/callback", "GET", receive_patient),
        ("/visit", "GET", show_visit),
    ):
        app.add_url_rule(rule, view_func=view, methods=[method])
    add_card_pages(app, config)
    add_phone_pages(app)
    add_wallet_pages(app)
    add_logout(app)
    app.register_error_handler(OAuthError, show_refusal)
    app.register_error_handler(JoseError, show_unverifiable)
    app.register_error_handler(requests.RequestException, show_unreachable)
    app.register_error_handler(404, show_missing)
    add_headers(app, leads_to=config.issuer)
    return app


def _prepare_client(app: Flask, config: ClinicConfig) -> Any:
    oauth = OAuth(app)
    return oauth.register(
        "eid",
        client_id=config.client_id,
        client_secret=config.client_secret,
        server_metadata_url=f"{config.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": " ".join(SCOPES), "code_challenge_method": "S256", "timeout": 10},
    )


def welcome() -> str:
    return render_template("clinic/welcome.html")


def send_to_service() -> Any:
    """To the service, with state, nonce and a PKCE challenge that only this browser's answer will fit."""
    client = current_app.extensions["clinic.oauth"]
    return client.authorize_redirect(
        f"{_config().url}/callback", acr_values=ASKED_LEVEL, ui_locales=PHRASES.choose_language()
    )


def receive_patient() -> Any:
    """Back from the service: who it is, their papers, and what was checked of all that.

    1. The answer comes from our service: `iss` (RFC 9207), and from our request: `state`.
    2. The code is redeemed with the PKCE verifier; signature, `iss`, `aud`, `exp`, `nonce` and `at_hash` of the ID token hold.
    3. The patient signed in at the level that we asked for.
    4. Userinfo is about the same patient.
    """
    config, client = _config(), current_app.extensions["clinic.oauth"]
    # (1)
    if request.args.get("iss") != config.issuer:
        raise OAuthError("issuer_unknown", "iss")
    # (2)
    token = client.authorize_access_token()
    id_token = token["userinfo"]
    # (3)
    if str(id_token.get("acr", "")) < ASKED_LEVEL:
        raise OAuthError("level_too_low", str(id_token.get("acr")))
    # (4)
    patient = client.userinfo(token=token)
    if patient["sub"] != id_token["sub"]:
        raise OAuthError("subject_differs", "sub")
    papers = fetch_papers(id_token["sub"], token["access_token"], current_app.extensions["clinic.keys"], config)
    checked = tuple((name, str(id_token[name])) for name in ("iss", "aud", "nonce", "acr", "sub"))
    checked += (("auth_time", write_time(id_token["auth_time"])),)
    visit = Visit(
        patient={**patient, "acr": id_token["acr"], "amr": id_token["amr"]},
        papers=papers,
        checked=checked,
        session_identifier=id_token["sid"],
        id_token=token["id_token"],
    )
    session.clear()
    session["visit"] = current_app.extensions["clinic.visits"].keep(visit)
    return redirect("/visit", 303)


def show_visit() -> Any:
    visit = current_app.extensions["clinic.visits"].find(session.get("visit", ""))
    if visit is None:
        return redirect("/", 303)
    return render_template(PAGES[type(visit)], visit=visit)


PAGES = {Visit: "clinic/visit.html", CardVisit: "clinic/card_visit.html", WalletVisit: "clinic/wallet_visit.html"}


def show_refusal(error: OAuthError) -> tuple[str, int]:
    """The service, or the patient, said no; or what came back is not an answer to what we asked."""
    kind = {"access_denied": "cancelled", "expired_token": "late"}.get(error.error, "failed")
    return render_template("clinic/problem.html", kind=kind, code=error.error), 403


def show_unverifiable(error: JoseError) -> tuple[str, int]:
    return render_template("clinic/problem.html", kind="failed", code=error.error), 403


def show_unreachable(error: requests.RequestException) -> tuple[str, int]:
    return render_template("clinic/problem.html", kind="unreachable", code=type(error).__name__), 502


def show_missing(error: Exception) -> tuple[str, int]:
    return render_template("clinic/problem.html", kind="missing", code="not_found"), 404


def _config() -> ClinicConfig:
    config: ClinicConfig = current_app.config["CLINIC"]
    return config
