"""The officer's desk: people are found for a purpose, an account opened, the hotline answered, a marriage registered."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from eid.clock import world_today
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


def test_a_woman_found_by_name_without_accents_is_married_after_a_look_at_what_changes(
    visitor: Visitor, country: Country
) -> None:
    """A PIN of nobody, a name that finds nobody, then hers; the form once more from the page that asks for approval."""
    bride, groom = country.cast("Trang"), country.cast("Bảo")
    sign_in(visitor, country, "Lan", to="/desk/")
    visitor.fill(pin="901190000999", purpose="Đăng ký kết hôn")
    visitor.press("look-up")
    assert visitor.page.get_attribute("#pin", "aria-invalid") == "true"
    assert visitor.page.locator(".notice.danger a[href='#pin']").count() == 1
    visitor.fill(pin="trang dang khong co")
    visitor.press("look-up")
    assert visitor.page.locator(".empty").count() == 1
    visitor.fill(pin="trang dang", born="2000")
    visitor.page.select_option("[name=living]", "yes")
    visitor.press("look-up")
    assert visitor.page.locator("tbody tr").count() == 1
    visitor.press("open-record")
    assert visitor.page.inner_text("h1") == bride.name

    life = urlsplit(visitor.page.url).path + "/life/"
    visitor.follow(life)
    visitor.follow(life + "marriage")
    visitor.fill(spouse_pin=bride.pin)
    visitor.press("continue")
    assert visitor.page.get_attribute("#spouse_pin", "aria-describedby") == "spouse_pin-hint spouse_pin-error"
    visitor.fill(spouse_pin=groom.pin)
    visitor.page.select_option("[name=lives_with]", "there")
    visitor.press("continue")
    visitor.press("back")
    assert visitor.page.input_value("[name=spouse_pin]") == groom.pin
    visitor.press("continue")
    assert visitor.reads(bride.name) and visitor.reads(groom.name)
    visitor.press("approve")
    assert visitor.page.locator(".notice.success").count() == 1
    assert visitor.page.locator("tbody tr").count() == 1
    assert visitor.reads(f"{world_today():%d/%m/%Y}")

    visitor.goto("/desk/")
    open_record(visitor, country, "Bảo")
    visitor.goto(urlsplit(visitor.page.url).path + "/life/")
    assert visitor.page.locator("tbody tr").count() == 1
    assert "Trang" not in "".join(visitor.seen) and bride.pin not in "".join(visitor.seen)


def test_the_record_of_a_locked_account_says_why(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Lan", to="/desk/")
    open_record(visitor, country, "Nam")
    for summary in visitor.page.locator("main summary").all():
        summary.click()
    visitor.look()
    assert visitor.page.locator(".tag.danger, .tag.warning").count() >= 1


def test_a_card_is_made_and_handed_over_and_the_next_is_lost(visitor: Visitor, country: Country) -> None:
    """Each act is shown first; a reason that is missing stands at its field; all of it by keyboard alone."""
    sign_in(visitor, country, "Lan", to="/desk/")
    open_record(visitor, country, "Bảo")
    record = urlsplit(visitor.page.url).path
    visitor.press("make-card")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.page.locator(f"a[href='{record}/card/hand-over']").focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/card/hand-over")
    visitor.look()
    assert visitor.page.locator("tbody tr").count() == 2
    visitor.press("hand-over-card")
    assert visitor.page.locator("section[aria-labelledby=card] li").count() == 2
    assert visitor.reads(f"{world_today():%d/%m/%Y}")
    for act in ("withhold", "return", "lost"):
        visitor.goto(f"{record}/card/{act}")
        visitor.fill(reason="Theo đề nghị")
        visitor.press(f"{act}-card")
        assert visitor.page.locator(".notice.success").count() == 1
    assert visitor.page.locator("section[aria-labelledby=card] h2 .tag.danger").count() == 1


def test_a_citizen_is_not_let_to_the_desk(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh", to="/desk/")
    assert visitor.page.locator(".error-number").inner_text() == "403"
