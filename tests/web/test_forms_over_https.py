"""A form works over https as over http, although no browser of ours sends a Referer."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Flask

from eid.app import create_app
from eid.config import Settings
from eid.db import db

URL = "https://eid.example"


def test_a_form_is_accepted_over_https(settings: Settings) -> None:
    settings.state_dir.mkdir(exist_ok=True)
    app = create_app(replace(settings, public_url=URL))
    try:
        assert _answer_to_a_wrong_password(app) == 401
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _answer_to_a_wrong_password(app: Flask) -> int:
    client = app.test_client()
    page = client.get("/citizen/sign-in", base_url=URL)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token, page.text
    form = {"csrf_token": token[1], "pin": "901190000101", "password": "Sai#Mat1khau"}
    return client.post("/citizen/sign-in", base_url=URL, data=form).status_code
