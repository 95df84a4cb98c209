"""Headers of pages, JSON and refusals alike."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.engines import one_engine

ADDRESSES = ("/", "/citizen/sign-in", "/services/", "/.well-known/openid-configuration", "/api/v1/keys", "/nothing")


@pytest.mark.parametrize("address", ADDRESSES)
@one_engine
def test_every_kind_of_answer_bears_the_headers(client: FlaskClient, address: str) -> None:
    """RFC 9700, section 4.16: no frames; nothing runs or is fetched but what is ours; no address leaks."""
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("address", ["/", "/citizen/sign-in", "/oauth/userinfo", "/nothing"])
@one_engine
def test_a_host_that_can_be_none_is_refused_and_the_refusal_can_be_shown(client: FlaskClient, address: str) -> None:
    """RFC 1035, section 2.3.4: a label has 63 octets at most."""
    client.get(address)
    answer = client.get(address, headers={"Host": f"{'a' * 64}.example"})
    assert answer.status_code == 400 and "bad_request" in answer.text
    assert "Content-Security-Policy" in answer.headers


@one_engine
def test_browsers_are_told_to_stay_with_https_where_they_came_by_it(client: FlaskClient) -> None:
    """RFC 6797, section 7.2: not over plain http"""
    assert "Strict-Transport-Security" not in client.get("/").headers
    assert "Strict-Transport-Security" in client.get("/", base_url="https://localhost").headers
