"""sector_identifier_uri: several hosts that belong together, because one of them says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from eid.errors import Refusal
from eid.oauth.clients import register_client
from eid.oauth.sectors import find_checked_sector
from tests.engines import one_engine
from tests.test_fetching import peer

pytestmark = one_engine

HOSTS = ["https://a.example/back", "https://b.example/back"]


def answer_of(document: Any) -> bytes:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def test_addresses_of_several_hosts_are_one_sector_where_all_are_listed(app: Flask) -> None:
    """OpenID Connect Core, section 8.1: clients with one sector_identifier_uri know a person as one subject"""
    with peer(answer_of([*HOSTS, "https://c.example/"])) as service:
        clients = [
            register_client(name="Group", redirect_uris=uris, sector_identifier_uri=service.url).client
            for uris in (HOSTS, HOSTS[1:])
        ]
        assert clients[0].sector == clients[1].sector == service.url
        assert clients[0].sector_identifier_uri == service.url
    alone = register_client(name="Alone", redirect_uris=HOSTS[1:]).client
    assert alone.sector == "b.example"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (HOSTS[:1], "sector_mismatch"),
        (["https://a.example/back", "https://b.example/Back"], "sector_mismatch"),
        ([], "sector_mismatch"),
        ({"redirect_uris": HOSTS}, "sector_malformed"),
        ([1], "sector_malformed"),
        (b"rubbish", "sector_malformed"),
        (b"[" * 100_000, "sector_malformed"),
    ],
)
def test_a_list_that_does_not_name_every_address_makes_no_sector(app: Flask, document: Any, code: str) -> None:
    """OpenID Connect Registration, section 5"""
    with peer(answer_of(document)) as service, pytest.raises(Refusal) as refused:
        find_checked_sector(HOSTS, client_id="c", sector_identifier_uri=service.url)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("uri", "code"),
    [("http://a.example/", "url_not_allowed"), ("https://10.0.0.1/", "url_not_public"), ("", "url_not_allowed")],
)
def test_the_address_of_the_list_goes_through_the_one_guard(app: Flask, uri: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        register_client(name="Group", redirect_uris=HOSTS, sector_identifier_uri=uri)
    assert refused.value.code == code


def test_without_a_list_the_hosts_must_be_one(app: Flask) -> None:
    with pytest.raises(Refusal) as refused:
        register_client(name="Group", redirect_uris=HOSTS)
    assert refused.value.code == "sector_ambiguous"
