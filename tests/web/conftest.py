"""Browsers for the pages: they keep cookies, follow forms, and send the CSRF token that the page before gave them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.models import Account
from eid.accounts.service import record_officer
from eid.clock import wall_now
from eid.crypto.totp import build_code
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import MakeAccount, account, carded, make_account, make_person, person
from tests.people import PASSWORD, TOTP_SECRET
from tests.walker import read_forms

__all__ = ["account", "carded", "make_account", "make_person", "person"]


class Browser:
    """Somebody at the pages, in English."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        client.set_cookie("eid_locale", "en")
        self.page: TestResponse | None = None

    def open(self, address: str) -> TestResponse:
        _forget_request()
        self.page = self.client.get(address, follow_redirects=True)
        return self.page

    def send(self, address: str, **fields: Any) -> TestResponse:
        """Send a form to this address with the token of the page before; the answer itself, wherever it leads."""
        assert self.page is not None
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page.text)
        assert token is not None, self.page.text
        _forget_request()
        return self.client.post(address, data={"csrf_token": token[1], **fields})

    def submit(self, address: str, **fields: Any) -> TestResponse:
        """Send a form and go where it leads."""
        answer = self.send(address, **fields)
        self.page = self.client.get(answer.location, follow_redirects=True) if answer.location else answer
        return self.page

    def press(self, act: str, **fields: Any) -> TestResponse:
        """Press the button with this `data-act`: its form is sent as it stands but for these fields, and leads where it leads."""
        assert self.page is not None
        form = next(form for form in read_forms(self.page.text) if act in form.buttons)
        sent: dict[str, Any] = {}
        for name, value in [*form.fields, form.buttons[act]]:
            sent.setdefault(name, []).append(value)
        address = form.elsewhere.get(act, form.action) or self.page.request.full_path
        return self.submit(address, **{name: value for name, value in sent.items() if name != "csrf_token"} | fields)

    def sign_in(
        self, pin: str, password: str = PASSWORD, totp_secret: str = TOTP_SECRET, at: str = "/citizen/"
    ) -> None:
        self.open(f"/citizen/sign-in?next={at}")
        self.submit("/citizen/sign-in?next=" + at, pin=pin, password=password)
        self.submit("/citizen/sign-in/code?next=" + at, otp=build_code(totp_secret, now=wall_now()))


def _forget_request() -> None:
    """What a request before left in the application context, which a test keeps open and a server would not."""
    for name in list(g):
        g.pop(name)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


@pytest.fixture
def another_browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def officer(account: Account, person: Person) -> Account:
    """Minh works at a desk."""
    record_officer(account, place="Phường Bến Thử")
    db.session.commit()
    return account


_ = MakeAccount
