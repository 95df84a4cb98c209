"""A citizen gets a certificate, brings a PDF, approves it on the phone, signs."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Browser
from reportlab.pdfgen.canvas import Canvas

from tests.browser.country import Country, sign_in
from tests.browser.test_ways_in import phone_of
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(100, 700, "Contract")
    canvas.save()
    return buffer.getvalue()


def test_a_pdf_is_signed_with_the_phone(visitor: Visitor, chromium: Browser, country: Country) -> None:
    passcode = str(country.cast("Minh").passcode)
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    with phone_of(visitor, chromium, country) as phone:
        visitor.goto("/citizen/")
        visitor.follow("/citizen/signing/")
        visitor.fill(passcode=passcode)
        visitor.press("continue")
        content = {"name": "hợp đồng.pdf", "mimeType": "application/pdf", "buffer": make_pdf()}
        visitor.page.set_input_files("#document", files=[content])  # type: ignore[list-item]
        visitor.press("bring")
        visitor.press("ask")
        phone.page.wait_for_selector("#asked li")
        phone.look()
        assert phone.reads("hợp đồng.pdf")
        phone.page.fill("#asked [name=number]", visitor.page.inner_text(".match-number"))
        phone.page.fill("#asked [name=passcode]", passcode)
        phone.page.click("#asked [data-act=approve]")
        phone.page.wait_for_selector("#nothing:not([hidden])")
    address = visitor.page.url.removeprefix(visitor.url)
    visitor.goto(address)
    visitor.press("sign")
    with visitor.page.expect_download() as download:
        visitor.page.click(f'main a[href="{address}/signed.pdf"]')
    assert download.value.suggested_filename == "hợp đồng (signed).pdf"
    visitor.goto("/citizen/signing/")
