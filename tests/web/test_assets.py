"""Static files: kept for good under the address that names their content, and small on the way."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.web.assets import PARTS_OF_STYLE_SHEET, STATIC, STYLE_SHEET, find_asset, read_asset
from tests.engines import one_engine

pytestmark = one_engine

TEXTS = [STYLE_SHEET, *sorted(path.name for path in STATIC.iterdir() if path.suffix in (".css", ".js", ".svg"))]


@pytest.mark.parametrize("name", TEXTS)
def test_a_browser_that_can_gets_a_text_compressed(app: Flask, client: FlaskClient, name: str) -> None:
    with app.test_request_context("/"):
        address = find_asset(name)
    plain = read_asset(name)
    answer = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"}, buffered=True)
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "immutable" in answer.headers["Cache-Control"]
    assert gzip.decompress(answer.data) == plain
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    for accepted in ({}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0"}):
        whole = client.get(address, headers=accepted, buffered=True)
        assert (whole.data, "Content-Encoding" in whole.headers, whole.headers["Vary"]) == (
            plain,
            False,
            "Accept-Encoding",
        )


def test_an_address_of_another_content_is_not_kept_for_good(client: FlaskClient) -> None:
    for address in ("/static/base.css", "/static/base.css?v=000000000000"):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, False)
    assert client.get("/static/nothing.css?v=1").status_code == 404
    assert client.get("/static/..%2fapp.py?v=1").status_code == 404


def test_a_compressed_file_and_a_plain_one_have_names_of_their_own(app: Flask, client: FlaskClient) -> None:
    """RFC 9110, 8.8.3.3: two encodings never share a strong validator."""
    with app.test_request_context("/"):
        address = find_asset("base.css")
    packed, plain = (
        client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True),
        client.get(address, buffered=True),
    )
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_no_page_is_compressed(client: FlaskClient) -> None:
    """Pages bear secrets beside what others wrote."""
    for address in ("/", "/citizen/sign-in", "/nowhere"):
        assert "Content-Encoding" not in client.get(address, headers={"Accept-Encoding": "gzip"}).headers


def test_a_page_has_one_style_sheet_of_all_parts(client: FlaskClient) -> None:
    page = client.get("/citizen/sign-in").text
    assert page.count('rel="stylesheet"') == 1
    assert b"".join(client.get(f"/static/{STYLE_SHEET}").data.split()) == b"".join(
        b"".join((STATIC / f"{part}.css").read_bytes().split()) for part in PARTS_OF_STYLE_SHEET
    )
