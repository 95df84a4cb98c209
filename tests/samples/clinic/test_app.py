"""The counter, over real HTTP: a patient signs in, shares or does not, and the counter verifies what it gets."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import find_client
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.notices.models import Notice, Outcome
from eid.oauth.notices.posting import post_to_client
from eid.oauth.notices.signing import sign_for_client
from eid.oauth.notices.tokens import build_logout_claims
from eid.samples.clinic.config import ClinicConfig
from tests.engines import one_engine
from tests.live import LiveServer
from tests.samples.clinic.conftest import RunningClinic
from tests.walker import Walker


def test_a_patient_checks_in(app: Flask, clinic: RunningClinic, patient: dict[str, Any]) -> None:
    walker = Walker().open(clinic.url).press("sign-in").walk(patient)
    assert walker.address == f"{clinic.url}/visit"
    assert 'data-claim="name">Trần Văn Minh<' in walker.text
    assert "02/11/1985" in walker.text
    assert 'data-claim="acr">LoA2<' in walker.text
    assert 'data-paper="health_insurance" data-outcome="none"' in walker.text


def test_who_comes_again_signs_in_and_is_not_asked_again(clinic: RunningClinic, patient: dict[str, Any]) -> None:
    walker = Walker().open(clinic.url).press("sign-in").walk(patient).press("sign-out")
    assert walker.address == f"{clinic.url}/"
    walker.press("sign-in").walk({name: value for name, value in patient.items() if name != "passcode"})
    assert walker.address == f"{clinic.url}/visit"


def test_who_leaves_the_counter_has_left_the_service_too(
    clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any]
) -> None:
    """RP-Initiated Logout: with the ID token the patient is not asked, and comes back to the counter."""
    walker = Walker().open(clinic.url).press("sign-in").walk(patient).press("sign-out")
    assert (walker.address, walker.status) == (f"{clinic.url}/", 200)
    assert walker.open(f"{live_server.url}/citizen/").address.startswith(f"{live_server.url}/citizen/sign-in")


def test_who_leaves_the_service_has_left_the_counter_too(
    app: Flask, clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any]
) -> None:
    """Back-Channel Logout, from our address to the clinic's over HTTP, by the courier and through the guard."""
    walker = Walker().open(clinic.url).press("sign-in").walk(patient)
    assert walker.open(f"{clinic.url}/visit").address == f"{clinic.url}/visit"
    walker.open(f"{live_server.url}/citizen/").press("sign-out")
    with live_server.app.app_context():
        assert deliver_due(post_to_client) == 1
    db.session.rollback()
    assert db.session.scalars(select(Notice.outcome)).all() == [Outcome.DELIVERED]
    db.session.rollback()
    assert walker.open(f"{clinic.url}/visit").address == f"{clinic.url}/"


@one_engine
@pytest.mark.parametrize("token", ["", "x.y.z", "eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCJ9.e30."])
def test_what_is_no_logout_token_ends_nothing(clinic: RunningClinic, token: str) -> None:
    """Back-Channel Logout, section 2.8: 400."""
    answer = requests.post(f"{clinic.url}/backchannel-logout", data={"logout_token": token}, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@one_engine
@pytest.mark.parametrize(
    ("typ", "changes"),
    [
        ("JWT", {}),
        ("logout+jwt", {"aud": "another"}),
        ("logout+jwt", {"iss": "https://evil.example"}),
        ("logout+jwt", {"exp": 1}),
        ("logout+jwt", {"nonce": "n"}),
        ("logout+jwt", {"events": {}}),
        ("logout+jwt", {"sid": None}),
    ],
    ids=str,
)
def test_a_token_of_the_service_that_is_not_for_this_ends_nothing(
    app: Flask, clinic: RunningClinic, typ: str, changes: dict[str, Any]
) -> None:
    """Back-Channel Logout, section 2.6, step by step."""
    claims = build_logout_claims(
        issuer=clinic.config.issuer,
        client_id=clinic.config.client_id,
        jti="j",
        subject="s",
        session_identifier="x",
        issued_at=wall_now(),
    )
    token = sign_for_client(find_client(clinic.config.client_id), claims | changes, typ=typ)
    db.session.rollback()
    answer = requests.post(f"{clinic.url}/backchannel-logout", data={"logout_token": token}, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_what_the_patient_keeps_to_himself_is_not_shown(clinic: RunningClinic, patient: dict[str, Any]) -> None:
    walker = Walker().open(clinic.url).press("sign-in").walk(patient, untick=("health_insurance",))
    assert 'data-paper="health_insurance" data-outcome="not_shared"' in walker.text


def test_a_refusal_gives_a_clear_page(clinic: RunningClinic, patient: dict[str, Any]) -> None:
    walker = Walker().open(clinic.url).press("sign-in").walk(patient, act="deny")
    assert walker.status == 403
    assert 'data-problem="cancelled"' in walker.text


@one_engine
@pytest.mark.parametrize(
    "query", ["", "code=x&state=y", "code=x&state=y&iss=https://evil.example", "error=server_error&state=z"]
)
def test_an_answer_that_was_not_asked_for_is_not_believed(clinic: RunningClinic, query: str) -> None:
    """RFC 9700, sections 4.4 (mix-up) and 4.7 (CSRF)"""
    walker = Walker().open(f"{clinic.url}/callback?{query}")
    assert (walker.status, 'data-problem="failed"' in walker.text) == (403, True)


def test_a_service_that_does_not_answer_gives_a_clear_page(clinic: RunningClinic) -> None:
    clinic.app.extensions["clinic.oauth"]._server_metadata_url = "http://127.0.0.1:9/"
    walker = Walker().open(clinic.url).press("sign-in")
    assert (walker.status, 'data-problem="unreachable"' in walker.text) == (502, True)


def test_the_visit_belongs_to_the_browser_that_began_it(clinic: RunningClinic, patient: dict[str, Any]) -> None:
    Walker().open(clinic.url).press("sign-in").walk(patient)
    assert Walker().open(f"{clinic.url}/visit").address == f"{clinic.url}/"


def test_the_counter_speaks_both_languages(clinic: RunningClinic) -> None:
    walker = Walker().open(clinic.url)
    assert "Đăng nhập bằng định danh điện tử" in walker.text
    assert "Sign in with electronic identity" in walker.open(f"{clinic.url}/language/en").text


def test_the_clinic_does_not_start_half_configured() -> None:
    with pytest.raises(SystemExit) as refused:
        ClinicConfig.from_env({"CLINIC_ISSUER": "http://localhost:8000"})
    assert "CLINIC_CLIENT_SECRET" in str(refused.value)
