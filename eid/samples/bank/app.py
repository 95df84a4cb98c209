"""The bank's pages: the offer, the way to the service and back, the application with all that was checked, the account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests
from flask import Flask, current_app, redirect, render_template, request, session

from eid.samples.bank.config import BankConfig
from eid.samples.bank.protocol import Conversation, Provider, Refused
from eid.samples.bank.receipts import Receipt, verify_receipt
from eid.samples.bank.rules import Dossier, judge
from eid.samples.bank.words import PHRASES, PRODUCTS
from eid.samples.memory import Memory
from eid.samples.pages import add_headers
from eid.samples.signatures import NotVerified, PublishedKeys


@dataclass(frozen=True)
class Application:
    """Somebody who wants an account, and what the bank knows of them."""

    product: str
    subject: str
    dossier: Dossier
    receipt: Receipt
    id_token: str
    account: str = ""
    """The number of the account, once there is one."""


def create_app_from_env() -> Flask:
    """The bank of the environment's BANK_* variables, for a WSGI server."""
    return create_bank(BankConfig.from_env())


def create_bank(config: BankConfig) -> Flask:
    """The bank; nothing is asked of the service before the first customer comes."""
    app = Flask("eid.samples.bank", template_folder="templates", static_folder="static")
    app.config.update(
        BANK=config,
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="bank_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.url.startswith("https://"),
    )
    app.extensions["bank.provider"] = Provider(config)
    app.extensions["bank.receipt_keys"] = PublishedKeys(f"{config.issuer}/api/v1/keys")
    app.extensions["bank.conversations"] = Memory[Conversation]()
    app.extensions["bank.applications"] = Memory[Application]()
    PHRASES.add_to(app)
    for rule, method, view in (
        ("/", "GET", show_offer),
        ("/applications", "POST", send_to_service),
        ("/callback", "GET", receive_customer),
        ("/application", "GET", show_application),
        ("/application/account", "POST", open_account),
        ("/application/end", "POST", end_application),
    ):
        app.add_url_rule(rule, view_func=view, methods=[method])
    app.register_error_handler(Refused, show_refusal)
    app.register_error_handler(NotVerified, show_unverifiable)
    app.register_error_handler(requests.RequestException, show_unreachable)
    app.register_error_handler(404, show_missing)
    add_headers(app, leads_to=config.issuer)
    return app


def show_offer() -> str:
    return render_template("bank/offer.html", products=PRODUCTS)


def send_to_service() -> Any:
    """The request is pushed by the bank itself; the browser carries nothing but a reference to it."""
    product = request.form.get("product", "")
    visit = Conversation(product if product in PRODUCTS else PRODUCTS[0])
    address = current_app.extensions["bank.provider"].push(visit, language=PHRASES.choose_language())
    session.clear()
    session["conversation"] = current_app.extensions["bank.conversations"].keep(visit)
    return redirect(address, 303)


def receive_customer() -> Any:
    """Back from the service: the signed answer is read, the code redeemed, everything judged. A conversation ends here."""
    config, provider = _config(), current_app.extensions["bank.provider"]
    visit = current_app.extensions["bank.conversations"].take(session.pop("conversation", ""))
    if visit is None:
        raise NotVerified("state", "an answer to nothing that this browser asked")
    code = provider.read_answer(request.args.get("response", ""), visit)
    received = provider.redeem(code, visit)
    receipt = verify_receipt(
        received.receipt,
        issuer=config.issuer,
        client_id=config.client_id,
        subject=received.id_token["sub"],
        keys=current_app.extensions["bank.receipt_keys"],
    )
    dossier = judge(received.id_token, received.userinfo, now=datetime.now(UTC))
    found = Application(visit.product, received.id_token["sub"], dossier, receipt, received.raw_id_token)
    session.clear()
    session["application"] = current_app.extensions["bank.applications"].keep(found)
    return redirect("/application", 303)


def show_application() -> Any:
    found = _find_application()
    if found is None:
        return redirect("/", 303)
    return render_template("bank/application.html", application=found, dossier=found.dossier, receipt=found.receipt)


def open_account() -> Any:
    """An account for whoever was accepted, for nobody else whatever their browser sends; pressed twice, it stays the same one."""
    current_app.extensions["bank.applications"].change(session.get("application", ""), _give_account)
    return redirect("/application", 303)


def _give_account(found: Application) -> Application:
    if not found.dossier.is_accepted or found.account:
        return found
    return replace(found, account=draw_account_number())


def end_application() -> Any:
    """The customer leaves, here and at the service."""
    found = current_app.extensions["bank.applications"].take(session.get("application", ""))
    session.clear()
    if found is None:
        return redirect("/", 303)
    endpoint = current_app.extensions["bank.provider"].metadata["end_session_endpoint"]
    asked = {"id_token_hint": found.id_token, "post_logout_redirect_uri": f"{_config().url}/"}
    return redirect(f"{endpoint}?{urlencode(asked)}", 303)


def draw_account_number() -> str:
    """Ten digits after 99, by which no bank's account begins here."""
    return f"99{secrets.randbelow(10**10):010}"


def show_refusal(refused: Refused) -> tuple[str, int]:
    known = ("access_denied", "unmet_authentication_requirements")
    kind = refused.code if refused.code in known else "failed"
    return render_template("bank/problem.html", kind=kind, code=refused.code), 403


def show_unverifiable(error: NotVerified) -> tuple[str, int]:
    return render_template("bank/problem.html", kind="failed", code=error.step), 403


def show_unreachable(error: requests.RequestException) -> tuple[str, int]:
    return render_template("bank/problem.html", kind="unreachable", code=type(error).__name__), 502


def show_missing(error: Exception) -> tuple[str, int]:
    return render_template("bank/problem.html", kind="missing", code="not_found"), 404


def _find_application() -> Application | None:
    found: Application | None = current_app.extensions["bank.applications"].find(session.get("application", ""))
    return found


def _config() -> BankConfig:
    config: BankConfig = current_app.config["BANK"]
    return config
