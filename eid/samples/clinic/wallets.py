"""The counter asks the patient's wallet for their health insurance: OpenID4VP 1.0, by way of the service.

Two ways: a wallet on this very screen's device, which leads its browser back here; and one on a phone that scans what this screen
shows, while the counter waits. Who answered is who sits here: the question stays in this browser's session, and a wallet that led
back brings a code that nobody else has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests
from authlib.integrations.base_client.errors import OAuthError
from flask import Flask, current_app, redirect, render_template, request, session

from eid.samples.clinic.config import CARD_PAPER, ClinicConfig
from eid.samples.memory import Memory
from eid.samples.signatures import TIMEOUT

NAMES = ("name", "birthdate", "card_code", "benefit_level", "fund_share", "facility_name", "valid_from", "valid_to")
MAY_LACK = "valid_to"
"""A card without an end does not say one."""
DOC_TYPE = "vn.eid.health_insurance.1"


@dataclass(frozen=True)
class WalletQuestion:
    """A question that waits for its patient."""

    request_id: str = field(repr=False)
    wallet_uri: str
    """What a wallet is opened with."""
    picture: str
    """The same as a QR code, a data: URI."""
    is_here: bool
    """Whether the wallet is on this device, and will lead its browser back."""
    sample_wallet: str = ""
    """The same question at the demo's own wallet; empty where there is none."""


@dataclass(frozen=True)
class WalletVisit:
    """Whose insurance was shown, as the service verified it."""

    insurance: Mapping[str, Any]
    issuer: str
    format: str


def add_wallet_pages(app: Flask) -> None:
    """Afterwards the counter asks wallets, too."""
    app.extensions["clinic.wallet_questions"] = Memory[WalletQuestion]()
    for rule, method, view in (
        ("/wallet", "GET", show_ways),
        ("/wallet", "POST", ask_wallet),
        ("/wallet/waiting", "GET", show_question),
        ("/wallet/waiting", "POST", look_for_answer),
        ("/wallet/callback", "GET", receive_from_wallet),
    ):
        app.add_url_rule(rule, view_func=view, methods=[method])


def build_query(issuer: str) -> dict[str, Any]:
    """The insurance in whichever of the two formats the wallet has, and of it what a counter needs (DCQL)."""
    vct = f"{issuer}/api/v1/credential-types/{CARD_PAPER}"
    sets = [list(NAMES), [name for name in NAMES if name != MAY_LACK]]

    def credential(name: str, form: str, meta: dict[str, Any], space: list[str]) -> dict[str, Any]:
        claims = [{"id": each, "path": [*space, each]} for each in NAMES]
        return {"id": name, "format": form, "meta": meta, "claims": claims, "claim_sets": sets}

    return {
        "credentials": [
            credential("insurance", "dc+sd-jwt", {"vct_values": [vct]}, []),
            credential("insurance_mdoc", "mso_mdoc", {"doctype_value": DOC_TYPE}, [DOC_TYPE]),
        ],
        "credential_sets": [{"options": [["insurance"], ["insurance_mdoc"]]}],
    }


def show_ways() -> str:
    return render_template("clinic/wallet.html")


def ask_wallet() -> Any:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise OAuthError("form_elsewhere")  # a page of others may not make this counter ask people
    config, is_here = _config(), request.form.get("where") == "here"
    body: dict[str, Any] = {"query": build_query(config.issuer)}
    if is_here:
        body["redirect_uri"] = f"{config.url}/wallet/callback"
    opened = _call("POST", "", body)
    wallet_uri = str(opened["wallet_uri"])
    sample = f"{config.wallet}/#{quote(wallet_uri, safe='')}" if config.wallet else ""
    question = WalletQuestion(str(opened["id"]), wallet_uri, str(opened["qr"] or ""), is_here, sample)
    session.clear()
    session["wallet_question"] = current_app.extensions["clinic.wallet_questions"].keep(question)
    return redirect("/wallet/waiting", 303)


def show_question() -> Any:
    question = _find_question()
    return (
        redirect("/wallet", 303) if question is None else render_template("clinic/wallet_waiting.html", asked=question)
    )


def look_for_answer() -> Any:
    """Whether the patient has answered on their phone: their visit, or the waiting page again."""
    question = _find_question()
    if question is None or question.is_here:
        return redirect("/wallet", 303)
    state = str(_call("GET", f"/{question.request_id}")["state"])
    return redirect("/wallet/waiting", 303) if state == "open" else _receive(question, {})


def receive_from_wallet() -> Any:
    """The patient's browser, led back by their wallet: it must be the one that the question was put to."""
    question, code = _find_question(), request.args.get("response_code", "")
    if question is None or not question.is_here or not code:
        raise OAuthError("wallet_elsewhere")
    return _receive(question, {"response_code": code})


def _receive(question: WalletQuestion, body: dict[str, str]) -> Any:
    found = _call("POST", f"/{question.request_id}/result", body)["credentials"]
    [shown] = found.get("insurance") or found["insurance_mdoc"]
    claims = shown["claims"].get(DOC_TYPE, shown["claims"])
    current_app.extensions["clinic.wallet_questions"].take(session.get("wallet_question", ""))
    session.clear()
    visit = WalletVisit(claims, str(shown["issuer"]), str(shown["format"]))
    session["visit"] = current_app.extensions["clinic.visits"].keep(visit)
    return redirect("/visit", 303)


def _find_question() -> WalletQuestion | None:
    found: WalletQuestion | None = current_app.extensions["clinic.wallet_questions"].find(
        session.get("wallet_question", "")
    )
    return found


def _call(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the service answers. Raises OAuthError with its code; requests.RequestException where it does not answer."""
    token = current_app.extensions["clinic.own_token"].find()
    address = f"{_config().issuer}/api/v1/presentations{path}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.request(method, address, json=body, headers=headers, timeout=TIMEOUT)
    if answer.status_code >= 400:
        code = str(answer.json().get("code", "")) if "json" in answer.headers.get("Content-Type", "") else ""
        known = {"presentation_declined": "access_denied", "presentation_over": "expired_token"}
        raise OAuthError(known.get(code, code or "refused"))
    return dict(answer.json())


def _config() -> ClinicConfig:
    config: ClinicConfig = current_app.config["CLINIC"]
    return config
