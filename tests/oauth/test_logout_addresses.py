"""Where a logout leads, as addresses."""

from eid.oauth.logout.addresses import build_frame_address, build_return_address


def test_addresses_keep_the_query_that_they_have() -> None:
    assert build_return_address("https://a.example/?b=1", "c d") == "https://a.example/?b=1&state=c+d"
    assert build_return_address("https://a.example/", None) == "https://a.example/"
    framed = build_frame_address("https://a.example/", issuer="i", session_identifier="s", session_required=True)
    assert framed == "https://a.example/?iss=i&sid=s"
