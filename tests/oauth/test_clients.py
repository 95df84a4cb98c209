"""Registering services."""

import pytest
from flask import Flask

from eid.errors import Malformed, NotFound, OAuthError
from eid.oauth.client_authentication import check_client_secret
from eid.oauth.clients import find_client, register_client
from eid.oauth.models import AuthMethod
from tests.engines import one_engine


def test_a_registered_client_is_found_and_its_secret_is_kept_as_a_digest_only(app: Flask) -> None:
    registered = register_client(name="Phòng khám", redirect_uris=["https://clinic.example/back"])
    client = find_client(registered.client.client_id)
    assert client.name == "Phòng khám"
    assert client.scopes[0] == "openid"
    assert registered.secret is not None and len(registered.secret) == 43
    assert registered.secret.encode() not in (client.secret_digest or b"")
    check_client_secret(client, registered.secret)
    with pytest.raises(OAuthError) as refused:
        check_client_secret(client, registered.secret + "x")
    assert refused.value.code == "invalid_client"


def test_a_public_client_has_no_secret_that_could_be_right(app: Flask) -> None:
    registered = register_client(name="App", redirect_uris=["http://localhost/"], auth_method=AuthMethod.NONE)
    assert registered.secret is None
    for guess in ("", "None"):
        with pytest.raises(OAuthError):
            check_client_secret(registered.client, guess)


@one_engine
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "client_name"),
        ({"name": "two\nlines"}, "client_name"),
        ({"purpose": "x" * 301}, "client_purpose"),
        ({"redirect_uris": []}, "redirect_uri_not_allowed"),
        ({"redirect_uris": ["http://clinic.example/"]}, "redirect_uri_not_allowed"),
        ({"scopes": ["openid", "everything"]}, "scope_unknown"),
        ({"scopes": ["openid"], "required_scopes": ["profile"]}, "scope_required"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(app: Flask, changes: dict, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        register_client(**({"name": "Clinic", "redirect_uris": ["https://clinic.example/back"]} | changes))
    assert refused.value.code == code


@pytest.mark.parametrize("client_id", ["", "unknown", "nul\x00", "x" * 65])
def test_a_client_that_does_not_exist_is_not_found(app: Flask, client_id: str) -> None:
    with pytest.raises(NotFound) as refused:
        find_client(client_id)
    assert refused.value.code == "client_unknown"
