"""Every other page that is there, seen by strangers and by a citizen, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESK, PHONE, TABLET
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PUBLIC = ("/", "/services/", "/api/docs", "/outbox/", "/citizen/activate/hotline", "/nowhere")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(PHONE, "vi"), (TABLET, "vi"), (DESK, "en")])
def test_every_public_page_is_accessible_and_fits(
    chromium: Browser, country: Country, width: int, language: str, scheme: str
) -> None:
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        for path in PUBLIC:
            visitor.goto(path)


def test_every_page_of_a_citizen_is_accessible_and_fits(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Trang")
    for path in (
        "/citizen/services",
        "/citizen/security",
        "/citizen/lock",
        "/citizen/card/lost",
        "/citizen/papers/driving_licence",
    ):
        visitor.goto(path)
