"""The plan oidcc-backchannel-rp-initiated-logout-certification-test-plan, a test a module."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.crypto.jwt import verify_jwt
from eid.oauth.notices.delivery import deliver_due
from tests.conformance.logout import BACKCHANNEL, RETURN, SignIn, sign_in  # noqa: F401
from tests.engines import one_engine
from tests.oauth.conftest import citizen, make_citizen  # noqa: F401
from tests.oauth.notices import Receiver

pytestmark = one_engine


def test_oidcc_backchannel_logout_discovery_endpoint_verification(client: FlaskClient) -> None:
    """backchannel_logout_supported and backchannel_logout_session_supported are true, and there is an end_session_endpoint."""
    found = client.get("/.well-known/openid-configuration").get_json()
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
    assert found["end_session_endpoint"].startswith(found["issuer"])


def test_oidcc_backchannel_rp_initiated_logout(app: Flask, sign_in: SignIn) -> None:  # noqa: F811
    """After a logout that the service itself asked for, a valid logout token comes, person and session those of the ID token;
    the person is back with the state, and an authorization request with prompt=none fails.
    """
    service = sign_in(backchannel_logout_uri=BACKCHANNEL, backchannel_logout_session_required=True)
    answer = service.ask()
    receiver = Receiver()
    deliver_due(receiver)
    (received,) = receiver.received
    assert received.url == BACKCHANNEL
    claims = verify_jwt(
        received.logout_token,
        keys=service.browser.get("/oauth/jwks.json").get_json()["keys"],
        expected_typ="logout+jwt",
        expected_issuer=service.claims["iss"],
        expected_audience=service.registered.client_id,
        now=wall_now(),
    ).claims
    assert (claims["sub"], claims["sid"]) == (service.claims["sub"], service.claims["sid"])
    assert "nonce" not in claims
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert answer.headers["Location"] == f"{RETURN}?state=s-1"
    assert not service.is_signed_in()
