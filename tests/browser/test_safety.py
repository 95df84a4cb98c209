"""What holders do when something is wrong, and what they change about their secrets: each act whole, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from eid.population.places import list_communes
from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Authenticator, Country, read_texted_code, sign_in
from tests.browser.pages import CLINIC, fill_pages
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW_PASSWORD, NEW_PASSCODE = "DoiMoi@2026", "583904"


def open_details_of(visitor: Visitor, act: str) -> None:
    """Open what folds this act's form away."""
    visitor.page.locator("details", has=visitor.page.locator(f"[data-act={act}]")).locator("summary").click()


def fill_in_form_of(visitor: Visitor, act: str, **fields: str) -> None:
    form = visitor.page.locator("form", has=visitor.page.locator(f"[data-act={act}]"))
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)


def try_to_sign_in(visitor: Visitor, country: Country, given_name: str) -> None:
    member = country.cast(given_name)
    visitor.goto("/citizen/sign-in")
    visitor.fill(pin=member.pin, password=member.password)
    visitor.press("sign-in")


def test_an_account_is_locked_by_keyboard_and_nobody_signs_in_any_more(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh")
    visitor.tab_to("a[href='/citizen/lock']")
    visitor.press_enter()
    visitor.tab_to("[data-act=lock]")
    visitor.press_enter()
    assert visitor.page.locator(".notice.success[role=status]").count() == 1
    visitor.goto("/citizen/")
    assert visitor.seen[-1] == "/citizen/sign-in"
    try_to_sign_in(visitor, country, "Minh")
    assert visitor.page.locator(".notice.danger[role=alert]").count() == 1


def test_a_card_is_reported_lost_with_the_password_and_the_account_is_locked(
    visitor: Visitor, country: Country
) -> None:
    sign_in(visitor, country, "Minh", to="/citizen/card/lost")
    visitor.fill(password="Wrong#2026")
    visitor.press("report-lost")
    assert visitor.page.locator(".notice.danger [data-code=password_wrong]").count() == 1
    visitor.fill(password=country.cast("Minh").password)
    visitor.press("report-lost")
    assert visitor.page.locator(".notice.success").count() == 1
    try_to_sign_in(visitor, country, "Minh")
    assert visitor.page.locator(".notice.danger").count() == 1


@pytest.mark.parametrize(("width", "language"), [(PHONE, "vi"), (DESK, "en")])
def test_a_session_elsewhere_is_ended(chromium: Browser, country: Country, width: int, language: str) -> None:
    with Visitor.arriving(chromium, country.url, width=width, language=language) as elsewhere:
        sign_in(elsewhere, country, "Minh")
        with Visitor.arriving(chromium, country.url, width=width, language=language) as here:
            minh = country.cast("Minh")
            here.goto("/citizen/security/")
            here.fill(pin=minh.pin, password=minh.password)
            here.press("sign-in")
            here.fill(otp=next_code(str(minh.totp_secret)))
            here.press("continue")
            here.press("end-session")
            expect(here.page.locator("[data-act=end-session]")).to_have_count(0)
        elsewhere.goto("/citizen/")
        assert elsewhere.seen[-1] == "/citizen/sign-in"


def next_code(secret: str) -> str:
    """The code after the one that was just used."""
    authenticator = Authenticator()
    authenticator.code(secret)
    return authenticator.code(secret)


def test_the_password_is_changed_and_the_new_one_signs_in(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    open_details_of(visitor, "change-password")
    fill_in_form_of(visitor, "change-password", password=minh.password, new_password="12345678")
    visitor.press("change-password")
    assert visitor.page.locator(".notice.danger").count() == 1
    open_details_of(visitor, "change-password")
    fill_in_form_of(visitor, "change-password", password=minh.password, new_password=NEW_PASSWORD)
    visitor.press("change-password")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.press("sign-out")
    try_to_sign_in(visitor, country, "Minh")
    assert visitor.page.locator(".notice.danger").count() == 1
    visitor.fill(pin=minh.pin, password=NEW_PASSWORD)
    visitor.press("sign-in")
    assert visitor.page.locator("[name=otp]").count() == 1


def test_the_passcode_is_changed_and_opens_the_papers(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    open_details_of(visitor, "change-passcode")
    fill_in_form_of(visitor, "change-passcode", password=country.cast("Minh").password, passcode=NEW_PASSCODE)
    visitor.press("change-passcode")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.goto("/citizen/papers/driving_licence")
    visitor.fill(passcode=country.cast("Minh").passcode)
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger").count() == 1
    visitor.fill(passcode=NEW_PASSCODE)
    visitor.press("continue")
    assert visitor.page.locator(".paper-code svg").count() == 1


def test_another_authenticator_takes_the_place_of_the_old_one(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    section = visitor.page.locator("section[aria-labelledby=authenticator]")
    section.locator("summary").click()
    section.locator("[name=password]").fill(country.cast("Minh").password)
    with visitor.page.expect_navigation():
        section.locator("[data-act=continue]").click()
    visitor.look()
    visitor.page.click("summary")
    visitor.fill(otp=Authenticator().code(visitor.page.inner_text("details code")))
    visitor.press("continue")
    assert visitor.page.locator(".notice.success").count() == 1


def test_one_thing_and_then_everything_is_taken_back_from_a_service_by_keyboard(
    visitor: Visitor, country: Country
) -> None:
    fill_pages(country)
    sign_in(visitor, country, "Thắng", to="/citizen/services")
    clinic = visitor.page.locator("section.card", has_text=CLINIC)
    assert clinic.locator("[data-act=withdraw-scope]").count() == 2
    visitor.tab_to("[data-act=withdraw-scope]")
    visitor.press_enter()
    assert visitor.page.locator(".notice.success[role=status]").count() == 1
    assert clinic.locator("[data-act=withdraw-scope]").count() == 1
    before = visitor.page.locator("section.card").count()
    visitor.tab_to("[data-act=withdraw]")
    visitor.press_enter()
    assert visitor.page.locator("section.card").count() == before - 1


def test_a_change_of_residence_and_of_mail_address_is_declared(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Thắng", to="/citizen/changes")
    visitor.follow("/citizen/changes/residence")
    visitor.page.select_option("[name=province]", "79")
    visitor.fill(commune="Phường Không Có", house="Số 9, đường Thử")
    visitor.press("declare-residence")
    assert visitor.page.get_attribute("#commune", "aria-describedby") == "commune-error"
    assert visitor.page.locator(".notice.danger a[href='#commune']").count() == 1
    visitor.fill(commune=list_communes("79")[0].name)
    visitor.press("declare-residence")
    assert visitor.page.locator(".notice.success[role=status]").count() == 1
    visitor.follow("/citizen/changes/email")
    visitor.fill(email="thang@thu.example.test", password=country.cast("Thắng").password)
    visitor.press("declare-email")
    visitor.fill(code=read_texted_code(visitor, "thang@thu.example.test"))
    visitor.press("continue")
    assert visitor.page.locator(".tag.info").count() == 2


def test_a_residence_is_declared_without_scripts(plain_visitor: Visitor, country: Country) -> None:
    sign_in(plain_visitor, country, "Thắng", to="/citizen/changes/residence")
    plain_visitor.page.select_option("[name=province]", "79")
    plain_visitor.fill(commune=list_communes("79")[0].name, house="Số 9, đường Thử")
    plain_visitor.press("declare-residence")
    assert plain_visitor.page.locator(".notice.success").count() == 1
