"""The plan oidcc-frontchannel-rp-initiated-logout-certification-test-plan, a test a module."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient

from tests.conformance.logout import FRONTCHANNEL, RETURN, SignIn, sign_in  # noqa: F401
from tests.engines import one_engine
from tests.oauth.conftest import citizen, make_citizen  # noqa: F401

pytestmark = one_engine


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(client: FlaskClient) -> None:
    """frontchannel_logout_supported and frontchannel_logout_session_supported are true, with an end_session_endpoint."""
    found = client.get("/.well-known/openid-configuration").get_json()
    assert found["frontchannel_logout_supported"] is True
    assert found["frontchannel_logout_session_supported"] is True
    assert found["end_session_endpoint"].startswith(found["issuer"])


def test_oidcc_frontchannel_rp_initiated_logout(sign_in: SignIn) -> None:  # noqa: F811
    """The page loads frontchannel_logout_uri with iss and sid and nothing besides, and leads on to post_logout_redirect_uri with
    the state; an authorization request with prompt=none then fails.
    """
    service = sign_in(frontchannel_logout_uri=FRONTCHANNEL, frontchannel_logout_session_required=True)
    page = service.ask()
    (source,) = re.findall(r'<iframe src="([^"]+)"', page.text)
    loaded = urlsplit(unescape(source))
    assert loaded._replace(query="").geturl() == FRONTCHANNEL
    assert dict(parse_qsl(loaded.query)) == {"iss": service.claims["iss"], "sid": service.claims["sid"]}
    assert "frame-src https://clinic.example" in page.headers["Content-Security-Policy"]
    onward = re.search(r'href="([^"]+)"[^>]*data-leads-on', page.text)
    assert onward is not None
    assert unescape(onward[1]) == f"{RETURN}?state=s-1"
    assert not service.is_signed_in()
