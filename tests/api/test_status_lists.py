"""Status lists over HTTP: in either form, with the signer's certificate, all in one place, and asked for again cheaply."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import ECKey

from eid.clock import wall_now
from eid.credentials.statuses import follow_entitlement, list_uri, record_place
from eid.crypto.cbor import parse_cbor
from eid.crypto.cose import X5CHAIN, parse_sign1
from eid.crypto.iaca import verify_issuer
from eid.crypto.jwt import LargeHeaders
from eid.crypto.status_list import StatusReference, verify_status_list
from eid.crypto.status_list_cwt import verify_status_list_cwt
from eid.crypto.x509 import parse_certificate
from eid.db import db
from eid.events import EntitlementChanged
from tests.engines import one_engine

pytestmark = one_engine

PATH, CWT = "/api/v1/status-lists/1", "application/statuslist+cwt"


@pytest.fixture
def place(app: Flask) -> StatusReference:
    """Where an issued licence stands."""
    now = wall_now()
    terms: dict[str, Any] = {"issued_at": now, "expires_at": now + timedelta(days=1), "status": 0}
    found = record_place(token_id="t", person_id=7, paper="driving_licence", audience="x", **terms)
    db.session.commit()
    return found


def keys_of(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/v1/keys").get_json()["keys"]
    return found


def roots_of(client: FlaskClient) -> list[Any]:
    return [parse_certificate(client.get("/api/v1/trust/iaca/1.cer").data)]


def end_licence() -> None:
    follow_entitlement(EntitlementChanged(person_id=7, paper="driving_licence", status="invalid"))
    db.session.commit()


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/statuslist+jwt"),
        ("*/*", "application/statuslist+jwt"),
        ("application/statuslist+jwt", "application/statuslist+jwt"),
        (CWT, CWT),
        (f"{CWT}, application/statuslist+jwt;q=0.5", CWT),
    ],
)
def test_the_form_is_what_is_accepted(client: FlaskClient, place: StatusReference, accept: str, given: str) -> None:
    """Draft Token Status List 20, section 8.1"""
    answer = client.get(PATH, headers={} if accept is None else {"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, given)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_no_other_form_is_given(client: FlaskClient, place: StatusReference) -> None:
    assert client.get(PATH, headers={"Accept": "application/json"}).status_code == 406


def test_both_forms_say_the_same(client: FlaskClient, place: StatusReference) -> None:
    end_licence()
    text, cwt = client.get(PATH).text, client.get(PATH, headers={"Accept": CWT}).data
    keys, now = keys_of(client), wall_now()
    by_kid = {key["kid"]: ECKey.import_key(key).public_key for key in keys}
    one = verify_status_list(text, keys=keys, expected_uri=place.uri, now=now)
    other = verify_status_list_cwt(cwt, keys=by_kid, expected_uri=place.uri, now=now)
    assert one.statuses == other.statuses
    assert one.statuses.find_status(place.index) == 1


def test_either_form_brings_a_certificate_of_the_issuing_authority_and_not_the_authoritys(
    client: FlaskClient, place: StatusReference
) -> None:
    """HAIP 1.0, section 6.1.1"""
    header = jws.extract_compact(client.get(PATH).data, registry=LargeHeaders()).headers()
    sign1 = parse_sign1(parse_cbor(client.get(PATH, headers={"Accept": CWT}).data, max_bytes=1 << 20))
    (brought,) = header["x5c"]
    assert sign1.unprotected[X5CHAIN] == b64decode(brought)
    verify_issuer([b64decode(brought)], anchors=roots_of(client), at=wall_now(), usage=None)
    signer = x509.load_der_x509_certificate(b64decode(brought))
    assert signer.issuer != signer.subject


def test_every_list_is_named_in_one_place(client: FlaskClient, place: StatusReference) -> None:
    """Section 9.3"""
    answer = client.get("/api/v1/status-lists")
    assert answer.content_type == "application/json"
    assert answer.get_json() == {"status_lists": [list_uri(1)]}


def test_a_copy_is_confirmed_until_something_changes(client: FlaskClient, place: StatusReference) -> None:
    etag = client.get(PATH).headers["ETag"]
    asked_again = client.get(PATH, headers={"If-None-Match": etag})
    assert (asked_again.status_code, asked_again.data) == (304, b"")
    end_licence()
    changed = client.get(PATH, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    listed = verify_status_list(changed.text, keys=keys_of(client), expected_uri=place.uri, now=wall_now())
    assert listed.statuses.find_status(place.index) == 1


def test_a_copy_of_one_form_does_not_confirm_the_other(client: FlaskClient, place: StatusReference) -> None:
    etag = client.get(PATH).headers["ETag"]
    assert client.get(PATH, headers={"If-None-Match": etag, "Accept": CWT}).status_code == 200
