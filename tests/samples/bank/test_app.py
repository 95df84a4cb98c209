"""The bank's counter-less counter: an account on good evidence, none on weak, and nothing for an answer that is not its own."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from flask import Flask

from eid.accounts.levels import Factor
from eid.accounts.models import Account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.web.session import COOKIE
from tests.conformance.provider import rest_on_card
from tests.engines import one_engine
from tests.live import LiveServer
from tests.people import PASSCODE, record_account_of, record_one
from tests.samples.bank.conftest import RunningBank
from tests.walker import Walker

pytestmark = one_engine

LOA4 = (Factor.PASSWORD, Factor.TOTP, Factor.FACE)


@pytest.fixture
def account(app: Flask) -> Account:
    """Trần Văn Minh's, of level 2; it rests on nothing yet."""
    person = record_one()
    account = record_account_of(person.id)
    db.session.commit()
    return account


@pytest.fixture
def customer(account: Account, live_server: LiveServer) -> Walker:
    """At a browser in which he has just signed in at LoA4."""
    walker = Walker()
    session = record_session(account, [UsedFactor(factor, wall_now()) for factor in LOA4], now=wall_now())
    db.session.commit()
    host = urlsplit(live_server.url).hostname or ""
    walker.http.cookies.set(COOKIE, session.token, domain=host, path="/")
    return walker


def agree(walker: Walker, bank: RunningBank, *, untick: tuple[tuple[str, str], ...] = ()) -> Walker:
    walker.open(f"{bank.url}/language/en").press("open-account", product="savings")
    return walker.press("approve", passcode=PASSCODE, untick=untick)


def find_reasons(walker: Walker) -> list[str]:
    return re.findall(r'data-reason="(\w+)"', walker.text)


def test_an_account_is_opened_on_a_chip_that_was_read_and_the_receipt_is_there(
    bank: RunningBank, customer: Walker, account: Account
) -> None:
    """PAR, private_key_jwt, DPoP, JARM, verified claims; pressed twice, it is the same account"""
    rest_on_card(account, "979085000102")
    agree(customer, bank)
    assert 'data-outcome="accepted"' in customer.text, customer.text
    assert 'data-receipt="verified"' in customer.text
    assert "Nhận biết khách hàng để mở tài khoản" in customer.text
    customer.press("confirm-account")
    [number] = re.findall(r'data-claim="account">(\d+)<', customer.text)
    assert number.startswith("99") and "Trần Văn Minh" in customer.text
    again = customer.http.post(f"{bank.url}/application/account", timeout=30).text
    assert re.findall(r'data-claim="account">(\d+)<', again) == [number]
    customer.press("end")
    assert customer.address == f"{bank.url}/" and "open-account" in customer.acts


def test_without_a_chip_behind_it_no_account_is_opened_whatever_is_sent(bank: RunningBank, customer: Walker) -> None:
    """The account rests on no card: nothing is verified, each reason is named"""
    customer.open(f"{bank.url}/").press("open-account").press("approve", passcode=PASSCODE)
    assert 'data-outcome="refused"' in customer.text
    assert "chip" in find_reasons(customer) and "framework" in find_reasons(customer)
    assert "confirm-account" not in customer.acts
    forced = customer.http.post(f"{bank.url}/application/account", timeout=30).text
    assert 'data-outcome="refused"' in forced and 'data-claim="account"' not in forced


def test_what_the_customer_withholds_is_missed_by_name(bank: RunningBank, customer: Walker, account: Account) -> None:
    rest_on_card(account, "979085000102")
    customer.open(f"{bank.url}/").press("open-account")
    ticked = [pair for form in customer.forms for pair in form.fields if pair[0] in ("claim", "scope")]
    pins = tuple(pair for pair in ticked if pair[1].endswith("pin"))
    assert pins, ticked
    customer.press("approve", passcode=PASSCODE, untick=pins)
    assert find_reasons(customer) == ["complete"]


def test_a_customer_who_says_no_has_told_nothing(bank: RunningBank, customer: Walker) -> None:
    customer.open(f"{bank.url}/").press("open-account").press("deny")
    assert 'data-problem="access_denied"' in customer.text
    assert customer.status == 403


def test_the_browser_carries_a_reference_and_a_signed_answer_that_fits_once(
    bank: RunningBank, customer: Walker, account: Account
) -> None:
    """Neither another browser nor the same one a second time gets anywhere with the answer, nor does a changed one"""
    customer.stop_at = f"{bank.url}/callback"
    agree(customer, bank)
    query = dict(parse_qsl(urlsplit(customer.address).query))
    assert set(query) == {"response"}
    head, body, signature = query["response"].split(".")
    stranger = requests.get(customer.address, timeout=30)
    assert (stranger.status_code, "state" in stranger.text) == (403, True)
    changed = {"response": f"{head}.{body}.{signature[::-1]}"}
    broken = customer.http.get(f"{bank.url}/callback", params=changed, timeout=30)
    assert (broken.status_code, "signature" in broken.text) == (403, True)
    again = customer.http.get(customer.address, timeout=30)
    assert (again.status_code, "state" in again.text) == (403, True)
