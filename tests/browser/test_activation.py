"""A citizen activates an account: the whole chain in a real browser, and what wrong answers look like."""

from __future__ import annotations

import pytest

from tests.browser.country import Authenticator, Country, read_texted_code
from tests.browser.visitor import Visitor


def activate(visitor: Visitor, country: Country) -> None:
    """Nguyễn Thị Hoa's account, from her PIN to her card."""
    hoa = country.cast("Hoa")
    visitor.goto("/citizen/activate")
    visitor.fill(pin=hoa.pin, phone=hoa.phone)
    visitor.press("continue")
    visitor.fill(code=read_texted_code(visitor, hoa.phone))
    visitor.press("continue")
    visitor.fill(password=hoa.password)
    visitor.press("continue")
    visitor.fill(passcode=hoa.passcode)
    visitor.press("continue")
    visitor.fill(answer_1="Cô Lan", answer_2="Bạn Tí")
    visitor.press("continue")
    visitor.page.click("summary")
    visitor.fill(otp=Authenticator().code(visitor.page.inner_text("details code")))
    visitor.press("continue")
    visitor.press("activate")


def test_an_account_is_activated_from_pin_to_card(visitor: Visitor, country: Country) -> None:
    activate(visitor, country)
    assert visitor.seen[-1] == "/citizen/activate/done"
    assert visitor.seen == [
        "/citizen/activate",
        *(
            f"/citizen/activate/{step}"
            for step in ("code", "password", "passcode", "questions", "authenticator", "card", "done")
        ),
    ]


def test_an_account_is_activated_without_javascript(plain_visitor: Visitor, country: Country) -> None:
    activate(plain_visitor, country)
    assert plain_visitor.seen[-1] == "/citizen/activate/done"


def test_an_account_is_activated_by_keyboard_alone(visitor: Visitor, country: Country) -> None:
    """WCAG 2.2, 2.1.1 and 2.4.7: every field is reached with the Tab key, and the focus is seen."""
    hoa = country.cast("Hoa")
    visitor.goto("/citizen/activate")
    visitor.type_into("pin", hoa.pin)
    visitor.type_into("phone", hoa.phone)
    visitor.press_enter()
    visitor.type_into("code", read_texted_code(visitor, hoa.phone))
    visitor.press_enter()
    visitor.type_into("password", hoa.password)
    visitor.press_enter()
    visitor.type_into("passcode", hoa.passcode)
    visitor.press_enter()
    visitor.type_into("answer_1", "Cô Lan")
    visitor.type_into("answer_2", "Bạn Tí")
    visitor.press_enter()
    visitor.tab_to("summary")
    visitor.page.keyboard.press("Enter")
    visitor.type_into("otp", Authenticator().code(visitor.page.inner_text("details code")))
    visitor.press_enter()
    visitor.tab_to("[data-act=activate]")
    visitor.press_enter()
    assert visitor.seen[-1] == "/citizen/activate/done"


def test_a_wrong_code_is_refused_on_the_page_and_the_right_one_still_works(visitor: Visitor, country: Country) -> None:
    hoa = country.cast("Hoa")
    visitor.goto("/citizen/activate")
    visitor.fill(pin=hoa.pin, phone=hoa.phone)
    visitor.press("continue")
    right = read_texted_code(visitor, hoa.phone)
    visitor.fill(code=f"{(int(right) + 1) % 1_000_000:06}")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger [data-code]").count() == 1
    visitor.fill(code=right)
    visitor.press("continue")
    assert visitor.seen[-1] == "/citizen/activate/password"


def test_every_weak_secret_is_refused_on_its_page(visitor: Visitor, country: Country) -> None:
    hoa = country.cast("Hoa")
    visitor.goto("/citizen/activate")
    visitor.fill(pin=hoa.pin, phone=hoa.phone)
    visitor.press("continue")
    visitor.fill(code=read_texted_code(visitor, hoa.phone))
    visitor.press("continue")
    visitor.fill(password="Password1!")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger [data-code]").count() == 1
    visitor.fill(password=hoa.password)
    visitor.press("continue")
    visitor.fill(passcode="123456")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger [data-code]").count() == 1


def test_somebody_elses_card_does_not_activate_the_account(visitor: Visitor, country: Country) -> None:
    hoa = country.cast("Hoa")
    visitor.goto("/citizen/activate")
    visitor.fill(pin=hoa.pin, phone=hoa.phone)
    visitor.press("continue")
    for field, value in (("code", ""), ("password", hoa.password), ("passcode", hoa.passcode)):
        visitor.fill(**{field: value or read_texted_code(visitor, hoa.phone)})
        visitor.press("continue")
    visitor.fill(answer_1="Cô Lan", answer_2="Bạn Tí")
    visitor.press("continue")
    visitor.page.click("summary")
    visitor.fill(otp=Authenticator().code(visitor.page.inner_text("details code")))
    visitor.press("continue")
    visitor.page.locator(f"[name=card]:not([value='{hoa.pin}'])").first.check()
    visitor.press("activate")
    assert visitor.page.locator(".notice.danger [data-code]").count() == 1
    visitor.page.check(f"[name=card][value='{hoa.pin}']")
    visitor.press("activate")
    assert visitor.seen[-1] == "/citizen/activate/done"


def test_a_stranger_is_told_nothing_about_whether_an_account_exists(visitor: Visitor, country: Country) -> None:
    said = []
    for pin in (country.cast("Hoa").pin, country.cast("Bảo").pin):
        visitor.goto("/citizen/activate")
        visitor.fill(pin=pin, phone="0100000999")
        visitor.press("continue")
        said.append((visitor.seen[-1], visitor.page.inner_text("main h1")))
    assert said[0] == said[1]


def test_what_has_not_the_right_form_is_said_beside_the_form(visitor: Visitor, country: Country) -> None:
    visitor.goto("/citizen/activate")
    visitor.fill(pin="12", phone="1")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger").count() == 1
    assert visitor.page.input_value("[name=pin]") == "12"


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
