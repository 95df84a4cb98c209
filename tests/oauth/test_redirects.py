"""RFC 9700, sections 2.1 and 4.1.3; RFC 8252, sections 7.1 and 7.3."""

import pytest

from eid.errors import Malformed
from eid.oauth.redirects import (
    check_redirect_uri_registrable,
    find_registered_redirect_uri,
    find_sector,
    origin_of,
)


@pytest.mark.parametrize(
    "uri",
    [
        "http://service.example/back",
        "https://user@service.example/back",
        "https://*.service.example/back",
        "https://service.example/back#part",
        "https://service.example/a b",
        "https://service.example/\x00",
        "javascript:alert(1)",
        "data:text/html,x",
        "//service.example/back",
        "/back",
        "",
        "https://",
        "https://[::1",
        "https://service.example:port/",
        "com.example.app:/back",
        "https://service.example/" + "a" * 2000,
    ],
)
def test_an_address_to_which_codes_must_not_go_cannot_be_registered(uri: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_redirect_uri_registrable(uri, native=False)
    assert refused.value.code == "redirect_uri_not_allowed"


@pytest.mark.parametrize(
    "uri",
    ["https://service.example/back?from=eid", "http://localhost:9000/back", "http://127.0.0.1/", "http://[::1]:1/x"],
)
def test_https_and_loopback_addresses_can_be_registered(uri: str) -> None:
    check_redirect_uri_registrable(uri, native=False)


def test_a_native_client_may_register_a_private_scheme_with_a_dot() -> None:
    """RFC 8252, section 7.1."""
    check_redirect_uri_registrable("com.example.app:/back", native=True)
    with pytest.raises(Malformed):
        check_redirect_uri_registrable("app:/back", native=True)


@pytest.mark.parametrize(
    "given",
    [
        "https://service.example/back/",
        "https://service.example/back?x=1",
        "https://service.example:443/back",
        "https://Service.example/back",
        "https://service.example/back/../back",
        "https://service.example.evil.example/back",
        "http://localhost:9001/back",
    ],
)
def test_a_web_clients_address_must_match_character_by_character(given: str) -> None:
    """oidcc-ensure-registered-redirect-uri"""
    registered = ["https://service.example/back", "http://localhost:9000/back"]
    assert find_registered_redirect_uri(given, registered, native=False) is None
    assert find_registered_redirect_uri(registered[0], registered, native=False) == registered[0]


@pytest.mark.parametrize("given", ["http://127.0.0.1:51004/back", "http://127.0.0.1/back"])
def test_a_native_clients_loopback_address_may_have_any_port(given: str) -> None:
    """RFC 8252, section 7.3"""
    assert find_registered_redirect_uri(given, ["http://127.0.0.1/back"], native=True) == given


@pytest.mark.parametrize(
    "given",
    [
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/back",
        "http://evil@127.0.0.1:51004/back",
        "https://127.0.0.1:51004/back",
        "http://127.0.0.1:51004/back#part",
        "http://127.0.0.1:port/back",
        "http://evil.example:51004/back",
    ],
)
def test_but_nothing_else_of_it_may_differ(given: str) -> None:
    assert find_registered_redirect_uri(given, ["http://127.0.0.1/back"], native=True) is None


def test_the_sector_is_the_host_and_a_loopback_host_groups_nobody() -> None:
    """OpenID Connect Core, section 8.1"""
    assert find_sector(["https://a.example/1", "https://a.example/2"], client_id="c") == "a.example"
    assert find_sector(["http://localhost:9000/back"], client_id="c") == "c"
    assert find_sector(["com.example.app:/back"], client_id="c") == "c"
    with pytest.raises(Malformed) as refused:
        find_sector(["https://a.example/", "https://b.example/"], client_id="c")
    assert refused.value.code == "sector_ambiguous"


def test_the_origin_of_an_address() -> None:
    assert origin_of("https://a.example:8443/x?y") == "https://a.example:8443"
    assert origin_of("com.example.app:/back") == "com.example.app:"
