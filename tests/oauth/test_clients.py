"""Registering services."""

import pytest
from flask import Flask

from eid.db import db
from eid.errors import Malformed, NotFound, OAuthError
from eid.oauth.client_authentication import check_client_secret
from eid.oauth.client_limits import set_client_limits
from eid.oauth.client_suspension import record_client_ended
from eid.oauth.clients import find_client, read_client, register_client
from eid.oauth.models import AuthMethod
from tests.engines import one_engine
from tests.kept_clients import check_that_kept_clients_are_as_read


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


def test_a_client_that_is_looked_at_is_made_once_and_anew_as_soon_as_it_changes(app: Flask) -> None:
    client_id = register_client(name="Phòng khám", redirect_uris=["https://clinic.example/back"]).client_id
    before = read_client(client_id)
    assert read_client(client_id) is before
    set_client_limits(client_id, requests_per_minute=7, sign_ins_per_day=None)
    after = read_client(client_id)
    assert (before.requests_per_minute, after.requests_per_minute) == (None, 7)
    assert read_client(client_id) is after


def test_a_client_that_has_ended_is_not_found_although_it_was_just_looked_at(app: Flask) -> None:
    client_id = register_client(name="Phòng khám", redirect_uris=["https://clinic.example/back"]).client_id
    read_client(client_id)
    record_client_ended(find_client(client_id))
    db.session.commit()
    with pytest.raises(NotFound):
        read_client(client_id)


def test_whoever_changes_a_client_that_was_looked_at_is_found_out(app: Flask) -> None:
    client = read_client(register_client(name="Clinic", redirect_uris=["https://clinic.example/back"]).client_id)
    with pytest.raises(AttributeError):
        client.name = "Another"
    client.scopes.append("everything")
    with pytest.raises(AssertionError):
        check_that_kept_clients_are_as_read()
