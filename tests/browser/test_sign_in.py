"""Signing in at our own pages, with a mouse and by keyboard alone, and being refused."""

from __future__ import annotations

import pytest

from tests.browser.country import Authenticator, Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_citizen_signs_in_sees_the_card_and_signs_out(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh")
    assert visitor.seen[-1] == "/citizen/"
    assert visitor.page.locator(".identity-name").inner_text() == "Trần Văn Minh"
    visitor.press("sign-out")
    visitor.goto("/citizen/")
    assert visitor.seen[-1] == "/citizen/sign-in"


def test_a_wrong_password_and_an_unknown_pin_get_the_same_page(visitor: Visitor, country: Country) -> None:
    said = []
    for pin in (country.cast("Minh").pin, country.cast("Bảo").pin, "901190000999"):
        visitor.goto("/citizen/sign-in")
        visitor.fill(pin=pin, password="Wrong#2026")
        visitor.press("sign-in")
        said.append(visitor.page.inner_text(".notice.danger"))
    assert len(set(said)) == 1


def test_a_wrong_authenticator_code_is_refused_on_its_page(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    visitor.goto("/citizen/")
    visitor.fill(pin=minh.pin, password=minh.password)
    visitor.press("sign-in")
    right = Authenticator().code(str(minh.totp_secret))
    visitor.fill(otp=f"{(int(right) + 7) % 1_000_000:06}")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger").count() == 1


def test_all_of_sign_in_can_be_done_by_keyboard(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    visitor.goto("/citizen/")
    visitor.type_into("pin", minh.pin)
    visitor.type_into("password", minh.password)
    visitor.press_enter()
    visitor.type_into("otp", Authenticator().code(str(minh.totp_secret)))
    visitor.press_enter()
    assert visitor.seen[-1] == "/citizen/"


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(visitor: Visitor, country: Country) -> None:
    visitor.goto("/citizen/sign-in")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip"
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.querySelector('main').contains(document.activeElement)")
