"""What says the same to everybody is kept as it was sent, and for no longer than it is so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.config import Settings
from eid.keystore import KeyUse, current_keystore
from tests.logged import read_log

KEYS, METADATA = "/oauth/jwks.json", "/.well-known/openid-configuration"
OF_ONE = {"X-Request-Id", "Date"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With the line that each request leaves in the log."""
    return replace(settings, log_level="info")


def kids(client: FlaskClient) -> list[str]:
    return [key["kid"] for key in client.get(KEYS).get_json()["keys"]]


def test_what_is_kept_is_told_as_the_whole_way_tells_it_with_a_number_and_a_line_of_its_own(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for address in (KEYS, METADATA):
        whole = client.get(address, query_string={"any": "thing"})
        read_log(capsys)
        first, second = client.get(address), client.get(address)
        lines = read_log(capsys)
        assert first.data == second.data == whole.data
        for answer in (first, second):
            told = [(name, value) for name, value in answer.headers if name not in OF_ONE]
            assert sorted(told) == sorted(pair for pair in whole.headers if pair[0] not in OF_ONE)
        assert len({answer.headers["X-Request-Id"] for answer in (whole, first, second)}) == 3
        assert [(line["route"], line["status"]) for line in lines] == [(address, 200)] * 2


def test_a_new_key_is_published_at_once_and_a_withdrawn_one_no_more(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(wall_now() + timedelta(minutes=1), tick=False) as traveller:
        before = kids(client)
        assert kids(client) == before
        current_keystore().signing_keys.add_signing_keys(KeyUse.ID_TOKEN)
        traveller.shift(timedelta(minutes=1))
        added = kids(client)
        assert set(before) < set(added)
        assert kids(client) == added
        current_keystore().signing_keys.withdraw_key(KeyUse.ID_TOKEN, before[0])
        traveller.shift(timedelta(minutes=1))
        assert before[0] not in kids(client)
        assert before[0] not in kids(client)


def test_whoever_has_it_is_told_so(client: FlaskClient) -> None:
    for address in (KEYS, METADATA):
        etag = client.get(address).headers["ETag"]
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
        assert client.get(address, headers={"If-None-Match": '"another"'}).status_code == 200
        assert client.head(address).headers["ETag"] == etag
        assert client.post(address).status_code == 405
