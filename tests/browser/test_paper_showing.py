"""Papers shown from one telephone to another: chosen, scanned off the screen, and read at 360 pixels."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_one_telephone_shows_and_another_reads(chromium: Browser, country: Country) -> None:
    with (
        Visitor.arriving(chromium, country.url, width=PHONE, language="vi", density=3) as holder,
        Visitor.arriving(chromium, country.url, width=PHONE, language="en", density=3) as checker,
    ):
        sign_in(holder, country, "Minh", to="/citizen/papers/show")
        holder.page.check("#health_insurance-card_code")
        holder.page.check("#driving_licence-may_drive")
        holder.look()
        holder.fill(passcode=country.cast("Minh").passcode)
        holder.press("continue")
        holder.look()
        address = holder.page.locator("#code-text").text_content() or ""
        checker.goto(urlsplit(address).path)
        checker.fill(checker="Trạm kiểm soát 7")
        checker.press("continue")
        checker.look()
        text = checker.page.inner_text("main")
        assert "Card code" in text and "May drive" in text
        assert "Full name" not in text
        holder.page.click("text=Xem đã có ai xem chưa")
        assert "Trạm kiểm soát 7" in holder.page.inner_text("main")
