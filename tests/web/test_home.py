"""The doors and the choice of language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from eid.app import create_app
from eid.cast import read_cast
from eid.config import Argon2Cost, Mode, Settings
from eid.crypto.totp import build_code
from tests.engines import one_engine


@one_engine
def test_the_doors_are_in_vietnamese_unless_english_is_chosen(client: FlaskClient) -> None:
    assert '<html lang="vi">' in client.get("/").text
    client.get("/language/en")
    assert '<html lang="en">' in client.get("/").text


def test_the_demo_shows_the_cast_with_its_secrets(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "Nguyễn Thị Hoa" in page
    assert "HoaSen#1990" in page


def test_production_shows_no_secret_of_the_cast(app: Flask, settings: Settings) -> None:
    production = replace(
        settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher="none", argon2=Argon2Cost()
    )
    page = create_app(production).test_client().get("/").text
    assert "<h1>" in page
    assert "HoaSen#1990" not in page
    assert "901190000101" not in page


@one_engine
def test_the_language_leads_back_to_where_it_was_chosen(client: FlaskClient) -> None:
    answer = client.get("/language/en?next=/citizen/%3Fa%3Db")
    assert (answer.status_code, answer.location) == (303, "/citizen/?a=b")


@one_engine
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/a\\b", "javascript:x", "", "/\n/x"]
)
def test_the_language_leads_nowhere_else(client: FlaskClient, elsewhere: str) -> None:
    assert client.get("/language/en", query_string={"next": elsewhere}).location == "/"


@one_engine
def test_an_unknown_language_is_not_found(client: FlaskClient) -> None:
    assert client.get("/language/xx").status_code == 404


@one_engine
def test_robots_are_asked_to_stay_out(client: FlaskClient) -> None:
    assert "Disallow: /" in client.get("/robots.txt").text


@one_engine
def test_static_files_are_kept_for_good_under_an_address_that_changes_with_them(client: FlaskClient) -> None:
    page = client.get("/").text
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    assert "?v=" in address
    with client.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with client.get(address.split("?")[0]) as answer:
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_page_that_is_not_there_says_so_and_leads_on(client: FlaskClient) -> None:
    client.get("/language/en")
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text
    assert 'href="/"' in answer.text


def test_the_demo_shows_the_code_that_an_authenticator_would_show_now(client: FlaskClient) -> None:
    now = datetime(2026, 9, 5, 1, 30, 5, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        page = client.get("/")
    member = next(member for member in read_cast() if member.totp_secret)
    assert build_code(str(member.totp_secret), now=now) in page.text
    assert "08:30:05" in page.text
    assert page.headers["Cache-Control"] == "no-store"
