"""The counter asks a wallet, over real HTTP: on this device, by a code on its screen, and from nobody else's browser."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.audit import find_acts_about
from eid.clock import wall_now
from eid.db import db
from eid.oauth.offers.making import make_offer
from eid.outbox import find_messages
from eid.wallet.calling import open_calls
from eid.wallet.folder import Kept
from eid.wallet.presenting import choose, read_question, send_answer, send_refusal
from eid.wallet.receiving import read_offer, take_offer
from tests.engines import one_engine
from tests.live import LiveServer
from tests.people import MINH, PHONE, record_added_insurance
from tests.samples.clinic.conftest import RunningClinic
from tests.walker import Walker

FORMATS = ["health_insurance_sd_jwt", "health_insurance_mso_mdoc"]
PERSON = MINH["person_id"]


def fill_wallet(live: LiveServer, configuration: str) -> list[Kept]:
    """The patient's insurance, taken from an offer of the service."""
    record_added_insurance(PERSON)
    used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
    session = record_session(find_account(PERSON), used, now=wall_now()).session
    db.session.commit()
    with live.app.app_context():
        offer = make_offer(session, [configuration])
    texted = re.search(r"\b\d{6}\b", find_messages(recipient=PHONE, limit=1)[0].body)
    db.session.rollback()
    assert texted is not None
    calls = open_calls()
    held = take_offer(read_offer(offer.uri, calls), calls, tx_code=texted[0], copies=1)
    return [Kept(configuration, each) for each in held]


def show(wallet_uri: str, kept: list[Kept]) -> str:
    """Where the wallet leads its holder."""
    calls = open_calls()
    question = read_question(wallet_uri.replace("&amp;", "&"), calls)
    return send_answer(question, choose(question, kept), calls)


def wallet_uri_on(counter: Walker) -> str:
    return re.findall(r'openid4vp://[^"<]+', counter.text)[0]


@one_engine
@pytest.mark.parametrize("configuration", FORMATS)
def test_a_patient_shows_their_insurance_from_their_phone(
    clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any], configuration: str
) -> None:
    kept = fill_wallet(live_server, configuration)
    counter = Walker().open(f"{clinic.url}/wallet").press("ask-wallet")
    assert counter.address == f"{clinic.url}/wallet/waiting"
    assert 'src="data:image/svg+xml;base64,' in counter.text
    counter.press("look")
    assert counter.address == f"{clinic.url}/wallet/waiting"
    assert show(wallet_uri_on(counter), kept) == ""
    counter.press("look")
    assert counter.address == f"{clinic.url}/visit"
    assert 'data-claim="name">Trần Văn Minh<' in counter.text
    assert (
        'data-claim="card_code">DN479' in counter.text and f'data-claim="format">{kept[0].held.format}<' in counter.text
    )
    assert MINH["pin"] not in counter.text
    db.session.rollback()
    entry = find_acts_about(PERSON, limit=1)[0]
    assert (entry.act, entry.details["paper"]) == ("present_credential", "health_insurance")
    assert counter.press("sign-out").address == f"{clinic.url}/"


@one_engine
def test_a_wallet_on_this_device_leads_back_here_and_into_no_other_browser(
    clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any]
) -> None:
    """OpenID4VP, section 14.2."""
    kept = fill_wallet(live_server, FORMATS[0])
    counter, other = (Walker().open(f"{clinic.url}/wallet").press("ask-wallet-here") for _ in range(2))
    leads_to = show(wallet_uri_on(counter), kept)
    assert urlsplit(leads_to).path == "/wallet/callback"
    for stranger in (other, Walker()):
        stranger.open(leads_to)
        assert (stranger.status, 'data-problem="failed"' in stranger.text) == (403, True)
    assert counter.open(leads_to).address == f"{clinic.url}/visit"
    assert counter.open(leads_to).status == 403


@one_engine
def test_a_patient_may_say_no(clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any]) -> None:
    counter = Walker().open(f"{clinic.url}/wallet").press("ask-wallet")
    calls = open_calls()
    send_refusal(read_question(wallet_uri_on(counter).replace("&amp;", "&"), calls), calls)
    counter.press("look")
    assert (counter.status, 'data-problem="cancelled"' in counter.text) == (403, True)
