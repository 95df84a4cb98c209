"""A refused authorization request is answered by RFC; people get a number, and the log has it too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from eid.app import create_app
from eid.config import Settings
from eid.oauth.clients import register_client
from tests.engines import one_engine
from tests.logged import read_log
from tests.oauth.conftest import BACK, answer_at, request_of

pytestmark = one_engine


@pytest.fixture
def told(settings: Settings) -> FlaskClient:
    """The service as it is run: its log says what was refused."""
    settings.state_dir.mkdir(exist_ok=True)
    return create_app(replace(settings, log_level="info")).test_client()


def refusals_logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines about refusals, with the number of their request."""
    return [line for line in read_log(capsys) if line["event"] == "refused"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://elsewhere.example/back"},
        {"redirect_uri": None},
    ],
)
def test_before_client_and_address_are_certain_a_page_has_a_number_that_the_log_has(
    told: FlaskClient, changes: dict[str, str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    """RFC 6749, section 4.1.2.1."""
    with told.application.app_context():
        service = register_client(name="Phòng khám Thử", redirect_uris=[BACK])
        request = request_of(service, **changes)
    page = told.get("/oauth/authorize", query_string=request)
    assert (page.status_code, "Location" in page.headers) == (400, False)
    number = page.headers["X-Request-Id"]
    assert f"<code>{number}</code>" in page.text
    assert [(line["request"], line["code"]) for line in refusals_logged(capsys)] == [(number, "invalid_request")]


def test_afterwards_the_client_is_told_and_the_log_has_it(
    told: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    with told.application.app_context():
        service = register_client(name="Phòng khám Thử", redirect_uris=[BACK])
        request = request_of(service, claims="{", state="s&=%")
    answer = told.get("/oauth/authorize", query_string=request)
    told_to_client = answer_at(answer)
    assert (told_to_client["error"], told_to_client["state"]) == ("invalid_request", "s&=%")
    [line] = refusals_logged(capsys)
    assert (line["request"], line["told_to"]) == (answer.headers["X-Request-Id"], "client")
