"""The counter asks the patient's phone: who has no hand free for a sign-in confirms on a device of their own.

OpenID Connect Client-Initiated Backchannel Authentication Flow (CIBA) Core 1.0, mode poll. The counter names the patient by the
PIN that they say, and shows two digits and a message, which the patient compares and enters before they agree.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any

import requests
from authlib.integrations.base_client.errors import OAuthError
from flask import Flask, current_app, redirect, render_template, request, session
from joserfc import jwt
from joserfc.jwk import KeySet

from eid.samples.clinic.config import SCOPES, ClinicConfig
from eid.samples.clinic.papers import fetch_papers
from eid.samples.clinic.visits import Visit
from eid.samples.memory import Memory
from eid.samples.signatures import LEEWAY, TIMEOUT, write_time

CIBA = "urn:openid:params:grant-type:ciba"
ASKED_LEVEL = "LoA2"
SLOWER_BY = 5
"""Seconds by which a counter that was told to slow down waits longer from then on (CIBA Core, section 11)."""
_PIN = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """A question that waits for its patient."""

    auth_req_id: str = field(repr=False)
    number: str
    """The two digits that the patient enters: they see this counter."""
    message: str
    interval: int
    """Seconds between two looks."""
    next_look: float = 0.0
    """Before this time, by this process's clock, the service is not asked again."""


def add_phone_pages(app: Flask) -> None:
    """Afterwards the counter asks phones, too."""
    app.extensions["clinic.asked"] = Memory[Asked]()
    for rule, method, view in (
        ("/phone", "GET", show_form),
        ("/phone", "POST", ask_phone),
        ("/phone/waiting", "GET", show_waiting),
        ("/phone/waiting", "POST", look),
    ):
        app.add_url_rule(rule, view_func=view, methods=[method])


def show_form() -> str:
    return render_template("clinic/phone.html")


def ask_phone() -> Any:
    """The question is put to whoever has this PIN (section 7.1); the service does not say whether there is such a person."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise OAuthError("form_elsewhere")  # a page of others may not make this counter ask people
    pin = request.form.get("pin", "").replace(" ", "")
    if not _PIN.fullmatch(pin):
        raise OAuthError("pin_malformed")
    message = f"QUAY-{secrets.randbelow(90) + 10}"
    wanted = {"login_hint": pin, "scope": " ".join(SCOPES), "acr_values": ASKED_LEVEL, "binding_message": message}
    opened = _post("backchannel_authentication_endpoint", wanted)
    asked = Asked(opened["auth_req_id"], str(opened["matching_number"]), message, int(opened.get("interval", 5)))
    session.clear()
    session["asked"] = current_app.extensions["clinic.asked"].keep(asked)
    return redirect("/phone/waiting", 303)


def show_waiting() -> Any:
    asked = current_app.extensions["clinic.asked"].find(session.get("asked", ""))
    return redirect("/phone", 303) if asked is None else render_template("clinic/phone_waiting.html", asked=asked)


def look() -> Any:
    """Whether the patient has answered: their visit, or the waiting page again; no more often than the service allows."""
    name, kept = session.get("asked", ""), current_app.extensions["clinic.asked"]
    asked = kept.find(name)
    if asked is None:
        return redirect("/phone", 303)
    if time.monotonic() < asked.next_look:
        return redirect("/phone/waiting", 303)
    try:
        token = _post("token_endpoint", {"grant_type": CIBA, "auth_req_id": asked.auth_req_id})
    except OAuthError as refused:
        if refused.error not in ("authorization_pending", "slow_down"):
            kept.take(name)
            raise
        interval = asked.interval + (SLOWER_BY if refused.error == "slow_down" else 0)
        kept.put(name, replace(asked, interval=interval, next_look=time.monotonic() + interval))
        return redirect("/phone/waiting", 303)
    kept.take(name)
    visit = _receive(token)
    session.clear()
    session["visit"] = current_app.extensions["clinic.visits"].keep(visit)
    return redirect("/visit", 303)


def _receive(token: dict[str, Any]) -> Visit:
    """Who it is, their papers, and what was checked. Raises OAuthError, JoseError or ValueError.

    1. The ID token is signed by a key of the service, for this clinic, and of now (section 10.1.1).
    2. The patient was authenticated at the level that we asked for.
    3. Userinfo is about the same patient.
    """
    config, client = _config(), current_app.extensions["clinic.oauth"]
    # (1)
    keys = KeySet.import_key_set(client.fetch_jwk_set())
    claims = dict(jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims)
    if (claims.get("iss"), claims.get("aud")) != (config.issuer, config.client_id):
        raise OAuthError("id_token_elsewhere", "iss or aud")
    if not claims["iat"] - LEEWAY <= time.time() <= claims["exp"]:
        raise OAuthError("id_token_time", "iat or exp")
    # (2)
    if str(claims.get("acr", "")) < ASKED_LEVEL:
        raise OAuthError("level_too_low", str(claims.get("acr")))
    # (3)
    patient = client.userinfo(token=token)
    if patient["sub"] != claims["sub"]:
        raise OAuthError("subject_differs", "sub")
    checked = tuple((name, str(claims[name])) for name in ("iss", "aud", "acr", "sub"))
    return Visit(
        patient={**patient, "acr": claims["acr"], "amr": claims["amr"]},
        papers=fetch_papers(claims["sub"], token["access_token"], current_app.extensions["clinic.keys"], config),
        checked=(*checked, ("auth_time", write_time(claims["auth_time"]))),
    )


def _post(endpoint: str, form: dict[str, str]) -> dict[str, Any]:
    """What the service answers. Raises OAuthError with its error; requests.RequestException where it does not answer."""
    config = _config()
    address = current_app.extensions["clinic.oauth"].load_server_metadata()[endpoint]
    answer = requests.post(address, data=form, auth=(config.client_id, config.client_secret), timeout=TIMEOUT)
    if answer.status_code != 200:
        try:
            raise OAuthError(str(answer.json()["error"]))
        except (ValueError, KeyError, TypeError):
            answer.raise_for_status()
            raise
    return dict(answer.json())


def _config() -> ClinicConfig:
    config: ClinicConfig = current_app.config["CLINIC"]
    return config
