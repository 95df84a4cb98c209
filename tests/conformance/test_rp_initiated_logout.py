"""The plan oidcc-rp-initiated-logout-certification-test-plan, a test a module: what each of them asserts of the provider."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conformance.logout import RETURN, SignedInService, SignIn, query_of, sign_in  # noqa: F401
from tests.engines import one_engine
from tests.oauth.conftest import citizen, make_citizen  # noqa: F401

pytestmark = one_engine


@pytest.fixture
def service(sign_in: SignIn) -> SignedInService:  # noqa: F811
    return sign_in()


def check_refused_on_a_page(answer: TestResponse, service: SignedInService) -> None:
    """An error page, nobody led anywhere, and nobody signed out."""
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert "Location" not in answer.headers
    assert "invalid_request" in answer.text
    assert service.is_signed_in()


def check_asked_first(answer: TestResponse, service: SignedInService) -> None:
    """A page that asks, nobody led anywhere, and nobody signed out yet."""
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert 'data-act="sign-out"' in answer.text
    assert service.is_signed_in()


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(client: FlaskClient) -> None:
    """The metadata has end_session_endpoint."""
    found = client.get("/.well-known/openid-configuration").get_json()
    assert found["end_session_endpoint"] == found["issuer"] + "/oauth/logout"


def test_oidcc_rp_initiated_logout(service: SignedInService) -> None:
    """Back at post_logout_redirect_uri with the state and nothing besides, and signed out."""
    answer = service.ask()
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(RETURN + "?")
    assert query_of(answer) == {"state": "s-1"}
    assert not service.is_signed_in()


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(service: SignedInService) -> None:
    answer = service.ask(post_logout_redirect_uri=RETURN + "/foobar")
    check_refused_on_a_page(answer, service)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(service: SignedInService) -> None:
    """A signature that was changed."""
    head, payload, signature = service.id_token.split(".")
    changed = ("B" if signature[0] != "B" else "C") + signature[1:]
    check_refused_on_a_page(service.ask(id_token_hint=f"{head}.{payload}.{changed}"), service)


def test_oidcc_rp_initiated_logout_no_id_token_hint(service: SignedInService) -> None:
    """The provider must not lead on, and asks or refuses."""
    answer = service.ask(id_token_hint=None)
    check_asked_first(answer, service)
    assert RETURN not in answer.headers["Content-Security-Policy"]


def test_oidcc_rp_initiated_logout_no_params(service: SignedInService) -> None:
    answer = service.ask(id_token_hint=None, post_logout_redirect_uri=None, state=None)
    check_asked_first(answer, service)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(service: SignedInService) -> None:
    """Signed out, on a page of ours."""
    answer = service.ask(post_logout_redirect_uri=None, state=None)
    assert answer.headers["Location"] == "/oauth/logout/done"
    assert not service.is_signed_in()
    assert service.browser.get("/oauth/logout/done").status_code == 200


def test_oidcc_rp_initiated_logout_no_state(service: SignedInService) -> None:
    """Back at the address, which has no state then."""
    answer = service.ask(state=None)
    assert answer.headers["Location"] == RETURN
    assert not service.is_signed_in()


def test_oidcc_rp_initiated_logout_only_state(service: SignedInService) -> None:
    answer = service.ask(id_token_hint=None, post_logout_redirect_uri=None)
    check_asked_first(answer, service)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(service: SignedInService) -> None:
    answer = service.ask(post_logout_redirect_uri=RETURN + "?foo=bar")
    check_refused_on_a_page(answer, service)


@pytest.mark.parametrize("hint", ["none-of-ours", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_oidcc_rp_initiated_logout_bad_id_token_hint(service: SignedInService, hint: str) -> None:
    check_refused_on_a_page(service.ask(id_token_hint=hint), service)
