"""A country with its whole cast, served on a real port: what browser journeys begin from.

It is made once, by the demo's own preparation, and copied for each journey, so that no journey sees another's traces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flask import Flask

from eid.app import create_app
from eid.cast import CastMember, read_cast
from eid.config import Settings
from eid.crypto.totp import STEP, build_code
from eid.db import db
from eid.demo.people import prepare_cast
from eid.demo.relying_services import CLINIC_FILE, prepare_clinic
from eid.samples.clinic.app import create_clinic
from eid.samples.clinic.config import ClinicConfig
from tests.browser.visitor import Visitor
from tests.live import bound_listener, serving


@dataclass
class Country:
    url: str
    app: Flask
    settings: Settings

    def cast(self, given_name: str) -> CastMember:
        return next(member for member in read_cast() if member.name.endswith(f" {given_name}"))


def make_country(settings: Settings) -> None:
    """Afterwards the migrated database of these settings holds the cast, and the state folder its cards and keys."""
    settings.state_dir.mkdir(exist_ok=True)
    app = create_app(settings)
    with app.app_context():
        prepare_cast(settings.cards_dir, lambda: None)
        db.session.remove()
        db.engine.dispose()


@contextmanager
def serving_country(settings: Settings, host: str = "127.0.0.1") -> Iterator[Country]:
    """The country that these settings lead to, served on a port of its own until the block ends."""
    listener, url = bound_listener()
    url = url.replace("127.0.0.1", host)
    settings = replace(settings, public_url=url)
    app = create_app(settings)
    with listener, serving(app, listener):
        yield Country(url, app, settings)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class Authenticator:
    """An authenticator app: the same code is never given twice, as none is accepted twice."""

    def __init__(self) -> None:
        self._given: dict[str, datetime] = {}

    def code(self, secret: str) -> str:
        """A code that will be accepted now: this step's, or the next one's where this one's was given already."""
        now = datetime.now(UTC)
        last = self._given.get(secret)
        moment = now if last is None or now - last >= STEP else last + STEP
        self._given[secret] = moment
        assert moment - now < timedelta(seconds=35), "an authenticator was asked for too many codes at once"
        return build_code(secret, now=moment)


def read_texted_code(visitor: Visitor, phone: str) -> str:
    """The newest code that the outbox shows as texted to this phone, read on a page of its own."""
    page = visitor.page.context.new_page()
    page.goto(f"{visitor.url}/outbox/?recipient={phone}")
    found = re.search(r"\b\d{6}\b", page.inner_text("main .messages"))
    page.close()
    assert found, f"no code was texted to {phone}"
    return found[0]


def sign_in(visitor: Visitor, country: Country, given_name: str, *, to: str = "/citizen/") -> None:
    """Sign in as one of the cast on the way to a page that asks for it."""
    visitor.goto(to)
    sign_in_here(visitor, country.cast(given_name))


def sign_in_here(visitor: Visitor, member: CastMember) -> None:
    """Sign in with password and authenticator at the page that asks for it just now."""
    visitor.fill(pin=member.pin, password=member.password)
    visitor.press("sign-in")
    visitor.fill(otp=Authenticator().code(str(member.totp_secret)))
    visitor.press("continue")


@dataclass
class Clinic:
    url: str


@contextmanager
def serving_clinic(country: Country, wallet_url: str = "") -> Iterator[Clinic]:
    """The clinic's counter, registered with this country's service and served beside it; it knows this wallet, if any."""
    listener, url = bound_listener()
    with country.app.app_context():
        prepare_clinic(country.settings.state_dir, issuer=country.url, clinic_url=url, wallet_url=wallet_url)
    environment = json.loads((country.settings.state_dir / CLINIC_FILE).read_text())
    with listener, serving(create_clinic(ClinicConfig.from_env(environment)), listener):
        yield Clinic(url)
