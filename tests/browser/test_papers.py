"""A citizen opens a paper with the passcode and shows its code."""

from __future__ import annotations

import pytest

from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("paper", ["health_insurance", "driving_licence"])
def test_a_paper_opens_with_the_passcode_and_shows_its_code(visitor: Visitor, country: Country, paper: str) -> None:
    sign_in(visitor, country, "Minh", to=f"/citizen/papers/{paper}")
    visitor.fill(passcode="864209")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger").count() == 1
    visitor.fill(passcode=country.cast("Minh").passcode)
    visitor.press("continue")
    assert visitor.page.locator(".qr svg[role=img]").is_visible()
    assert visitor.reads("Trần Văn Minh")


def test_a_paper_that_the_citizen_does_not_have_is_not_found(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Trang", to="/citizen/papers/health_insurance")
    assert visitor.page.locator(".error-number").inner_text() == "404"
