"""Every page that its address alone leads to: with something on it and with nothing, at three widths, light and dark.

What a look finds fault with is in visitor.py: whether it fits, what axe-core says, how large it is over the wire.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import pages
from tests.browser.conftest import DESK, PHONE, TABLET
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LOOKS = [
    (PHONE, "vi", "dark"),
    (TABLET, "en", "light"),
    (DESK, "vi", "light"),
]


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_every_public_page_is_accessible_and_fits(
    chromium: Browser, country: Country, width: int, language: str, scheme: str
) -> None:
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        for path in pages.PUBLIC:
            visitor.goto(path)


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_every_full_page_of_a_citizen_is_accessible_and_fits(
    chromium: Browser, country: Country, width: int, language: str, scheme: str
) -> None:
    pages.fill_pages(country)
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        sign_in(visitor, country, "Thắng")
        for side in ("back", "code"):
            visitor.page.click(f"label[for=side-{side}]")
            visitor.look()
        for path in pages.CITIZEN:
            visitor.goto(path)
            assert visitor.page.locator(".error-number").count() == 0
        assert "/citizen/sign-in" not in visitor.seen[3:]


def test_every_empty_page_of_a_citizen_says_what_will_be_there(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Trang")
    for path in ("/citizen/services", "/citizen/changes", "/citizen/disclosures"):
        visitor.goto(path)
        assert visitor.page.locator(".empty").count() == 1


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_every_page_of_the_desk_is_accessible_and_fits(
    chromium: Browser, country: Country, width: int, language: str, scheme: str
) -> None:
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        sign_in(visitor, country, "Lan", to="/desk/")
        for path in pages.DESK:
            visitor.goto(path)
            assert visitor.page.locator(".error-number").count() == 0
