"""The counter, over real HTTP: a patient signs in, shares or does not, and the counter verifies what it gets."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from eid.clinic.config import ClinicConfig
from tests.clinic.conftest import RunningClinic
from tests.engines import one_engine
from tests.walker import Walker


def test_a_patient_checks_in(app: Flask, clinic: RunningClinic, patient: dict[str, Any]) -> None:
    walker = Walker().open(clinic.url).press("sign-in").walk(patient)
    assert walker.address == f"{clinic.url}/visit"
    assert 'data-claim="name">Trần Văn Minh<' in walker.text
    assert "02/11/1985" in walker.text
    assert 'data-claim="acr">LoA2<' in walker.text
    assert 'data-paper="health_insurance" data-outcome="none"' in walker.text


def test_who_comes_again_is_not_asked_again(clinic: RunningClinic, patient: dict[str, Any]) -> None:
    walker = Walker().open(clinic.url).press("sign-in").walk(patient).press("sign-out")
    assert walker.address == f"{clinic.url}/"
    assert walker.press("sign-in").address == f"{clinic.url}/visit"


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
