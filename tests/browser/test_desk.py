"""The officer's desk: a person is found for a purpose, an account opened, the hotline answered, a card withheld."""

from __future__ import annotations

import pytest

from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def open_record(visitor: Visitor, country: Country, given_name: str) -> None:
    visitor.fill(pin=country.cast(given_name).pin, purpose="Công dân đề nghị")
    visitor.press("look-up")


def test_an_officer_opens_an_account_for_somebody_with_a_card(visitor: Visitor, country: Country) -> None:
    bao = country.cast("Bảo")
    sign_in(visitor, country, "Lan", to="/desk/")
    open_record(visitor, country, "Bảo")
    assert visitor.page.inner_text("h1") == bao.name
    visitor.fill(phone=bao.phone)
    visitor.press("open-account")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.goto(f"/outbox/?recipient={bao.phone}")
    assert visitor.page.locator(".messages li").count() == 1


def test_the_hotline_lets_a_late_account_be_activated(visitor: Visitor, country: Country) -> None:
    mai = country.cast("Mai")
    visitor.goto("/citizen/activate")
    visitor.fill(pin=mai.pin, phone=mai.phone)
    visitor.press("continue")
    sign_in(visitor, country, "Lan", to="/desk/")
    open_record(visitor, country, "Mai")
    assert visitor.page.locator(".notice.warning").count() == 1
    visitor.press("reopen")
    assert visitor.page.locator(".notice.success").count() == 1


def test_nobody_is_found_under_a_pin_that_belongs_to_nobody(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Lan", to="/desk/")
    visitor.fill(pin="901190000999", purpose="Thử")
    visitor.press("look-up")
    assert visitor.page.locator(".notice.danger").count() == 1


def test_the_record_of_a_locked_account_says_why(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Lan", to="/desk/")
    open_record(visitor, country, "Nam")
    for summary in visitor.page.locator("main summary").all():
        summary.click()
    visitor.look()
    assert visitor.page.locator(".tag.danger, .tag.warning").count() >= 1


def test_a_citizen_is_not_let_to_the_desk(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh", to="/desk/")
    assert visitor.page.locator(".error-number").inner_text() == "403"
