"""The wallet's one page, and the carrier of its letters: a browser may not talk to another origin that does not invite it."""

from __future__ import annotations

from typing import Any

import requests
from flask import Flask, Response, abort, current_app, jsonify, render_template, request

from eid.samples.pages import add_headers
from eid.samples.wallet.config import WalletConfig
from eid.samples.wallet.words import PHRASES, WORDS

TIMEOUT = 10
LARGEST = 1024 * 1024
CARRIED = ("Content-Type", "Accept", "Authorization")
"""Headers that are carried there."""


def create_app_from_env() -> Flask:
    """The wallet of the environment's WALLET_* variables, for a WSGI server."""
    return create_wallet(WalletConfig.from_env())


def create_wallet(config: WalletConfig) -> Flask:
    """The wallet; nobody is asked anything before somebody pastes an offer."""
    app = Flask("eid.samples.wallet", template_folder="templates", static_folder="static")
    app.config.update(WALLET=config, SECRET_KEY=config.secret_key, MAX_CONTENT_LENGTH=LARGEST)
    PHRASES.add_to(app)
    app.add_url_rule("/", view_func=show_wallet)
    app.add_url_rule("/letters", view_func=carry, methods=["POST"])
    app.register_error_handler(requests.RequestException, tell_unreachable)
    add_headers(app, scripts=True, connects=True)
    return app


def show_wallet() -> str:
    return render_template("wallet/wallet.html", words={key: PHRASES.say(key) for key in WORDS})


def carry() -> Response:
    """What the service answers to what this page's script wrote. To that service alone, and from this page alone."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)
    letter: dict[str, Any] = request.get_json()
    config: WalletConfig = current_app.config["WALLET"]
    address = str(letter.get("url", ""))
    if not address.startswith(config.issuer + "/"):
        return jsonify(status=0, body="")
    given = letter.get("headers") or {}
    answer = requests.request(
        "POST" if letter.get("method") == "POST" else "GET",
        address,
        data=str(letter.get("body") or "").encode(),
        headers={name: str(given[name]) for name in CARRIED if name in given},
        timeout=TIMEOUT,
        allow_redirects=False,
    )
    return jsonify(status=answer.status_code, body=answer.text)


def tell_unreachable(error: requests.RequestException) -> tuple[Response, int]:
    return jsonify(status=0, body=""), 502
