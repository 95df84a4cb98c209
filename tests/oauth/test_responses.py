"""RFC 6749, section 4.1.2; RFC 9207."""

from urllib.parse import parse_qsl, urlsplit

from eid.oauth.responses import Destination, build_code_response, build_error_response


def test_the_registered_query_is_kept_and_the_parameters_are_added() -> None:
    """RFC 6749, section 3.1.2"""
    response = build_code_response(Destination("https://a.example/x?y=1", "&=# é", "https://i"), code="c")
    parts = urlsplit(response.address)
    assert parse_qsl(parts.query) == [("y", "1"), ("code", "c"), ("iss", "https://i"), ("state", "&=# é")]


def test_a_state_that_was_not_sent_is_not_returned() -> None:
    """fapi2-security-profile-final-ensure-authorization-request-without-state-success"""
    destination = Destination("https://a.example/", None, "https://i")
    response = build_error_response(destination, error="access_denied", description="No.")
    assert dict(response.parameters) == {"error": "access_denied", "error_description": "No.", "iss": "https://i"}
