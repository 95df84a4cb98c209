"""Requests, as those see them who ask and those who decide: an account from the app, refusal and appeal, locks, closing."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from eid.accounts.officers import appoint_officer
from eid.accounts.service import find_account, find_officer
from eid.db import db
from eid.population.service import find_person
from tests.browser.country import Authenticator, Country, read_texted_code, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make_officer(country: Country, given_name: str, role: str) -> None:
    """Somebody of the cast works at Lan's desk in this role."""
    with country.app.app_context():
        place = find_officer(find_account(find_person(country.cast("Lan").pin).id).id).place
        appoint_officer(country.cast(given_name).pin, role=role, place=place)
        db.session.remove()


def prove_phone(visitor: Visitor, country: Country, given_name: str) -> None:
    member = country.cast(given_name)
    visitor.goto("/citizen/apply")
    visitor.fill(pin=member.pin, phone=member.phone)
    visitor.press("continue")
    visitor.fill(code=read_texted_code(visitor, member.phone))
    visitor.press("continue")


def apply(visitor: Visitor, country: Country) -> None:
    """Phạm Quốc Bảo, who has a card and no account, asks for one in the app."""
    prove_phone(visitor, country, "Bảo")
    visitor.fill(email="bao@example.test")
    visitor.press("continue")
    assert visitor.seen[-1] == "/citizen/apply/progress"


def take_over_first(visitor: Visitor) -> None:
    visitor.goto("/desk/reviews")
    visitor.follow(str(visitor.page.locator("tbody a").first.get_attribute("href")))
    visitor.press("take-over")


def leave(visitor: Visitor) -> None:
    visitor.goto("/citizen/")
    visitor.press("sign-out")


def activate(visitor: Visitor, country: Country) -> None:
    bao = country.cast("Bảo")
    visitor.goto("/citizen/activate")
    visitor.fill(pin=bao.pin, phone=bao.phone)
    visitor.press("continue")
    for name, value in (("code", ""), ("password", "BenDo#2031x"), ("passcode", "497135")):
        visitor.fill(**{name: value or read_texted_code(visitor, bao.phone)})
        visitor.press("continue")
    visitor.fill(answer_1="Cô Lan", answer_2="Bạn Tí")
    visitor.press("continue")
    visitor.page.click("summary")
    visitor.fill(otp=Authenticator().code(visitor.page.inner_text("details code")))
    visitor.press("continue")
    visitor.press("activate")
    assert visitor.seen[-1] == "/citizen/activate/done"


def test_an_account_is_asked_for_in_the_app_reviewed_and_activated(visitor: Visitor, country: Country) -> None:
    apply(visitor, country)
    make_officer(country, "Lan", "reviewer")
    sign_in(visitor, country, "Lan", to="/desk/reviews")
    assert visitor.page.locator("tbody tr").count() == 1
    take_over_first(visitor)
    assert visitor.reads("Phạm Quốc Bảo")
    assert visitor.page.locator("img.portrait").evaluate("image => image.naturalWidth") > 0
    visitor.press("approve")
    assert visitor.page.locator(".notice.success").count() == 1
    leave(visitor)
    activate(visitor, country)
    visitor.goto("/citizen/sign-in")


def test_an_account_is_asked_for_without_javascript(plain_visitor: Visitor, country: Country) -> None:
    apply(plain_visitor, country)
    assert plain_visitor.page.locator("main .card").count() == 1
    plain_visitor.press("withdraw")
    assert plain_visitor.page.locator(".notice.success").count() == 1


def test_a_strangers_face_is_refused_on_the_page(visitor: Visitor, country: Country) -> None:
    prove_phone(visitor, country, "Bảo")
    visitor.page.locator("[name=camera]:not(:checked)").first.check()
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger [data-code=face_mismatch]").count() == 1


def test_a_refusal_is_appealed_against_and_another_officer_grants_it(visitor: Visitor, country: Country) -> None:
    apply(visitor, country)
    make_officer(country, "Lan", "reviewer")
    sign_in(visitor, country, "Lan", to="/desk/reviews")
    take_over_first(visitor)
    visitor.fill(reason=" ")
    visitor.press("refuse")
    assert visitor.page.locator(".notice.danger [data-code=reason_missing]").count() == 1
    visitor.fill(reason="Ảnh không rõ mặt.")
    visitor.press("refuse")
    leave(visitor)
    prove_phone(visitor, country, "Bảo")
    visitor.goto("/citizen/apply/progress")
    assert visitor.reads("Ảnh không rõ mặt.")
    visitor.fill(why="Ảnh chụp đủ sáng.")
    visitor.press("appeal")
    make_officer(country, "Minh", "approver")
    sign_in(visitor, country, "Minh", to="/desk/reviews")
    take_over_first(visitor)
    assert visitor.reads("Ảnh không rõ mặt.") and visitor.reads("Ảnh chụp đủ sáng.")
    visitor.press("approve")
    assert visitor.page.locator(".notice.success").count() == 1
    with country.app.app_context():
        assert find_account(find_person(country.cast("Bảo").pin).id).level == "1"
        db.session.remove()


def test_a_lawful_bodys_lock_takes_two_officers(visitor: Visitor, country: Country) -> None:
    make_officer(country, "Lan", "approver")
    make_officer(country, "Minh", "approver")
    sign_in(visitor, country, "Lan", to="/desk/")
    visitor.fill(pin=country.cast("Trang").pin, purpose="Văn bản của cơ quan điều tra")
    visitor.press("look-up")
    visitor.page.locator("section[aria-labelledby=requests] summary").click()
    visitor.look()
    visitor.fill(authority="Cơ quan điều tra Thử Nghiệm", document="12/CV-TN", why="Phục vụ xác minh")
    visitor.press("authority")
    take_over_first(visitor)
    visitor.press("approve")
    assert visitor.page.locator("[data-act=approve]").count() == 0
    visitor.press("take-over")
    assert visitor.page.locator(".notice.danger [data-code=four_eyes]").count() == 1
    leave(visitor)
    sign_in(visitor, country, "Minh", to="/desk/reviews")
    take_over_first(visitor)
    visitor.follow(urlsplit(visitor.page.url).path + "/form")
    assert visitor.reads("12/CV-TN")
    visitor.page.go_back()
    visitor.press("approve")
    with country.app.app_context():
        assert find_account(find_person(country.cast("Trang").pin).id).lock_reasons == {"authority"}
        db.session.remove()


def test_a_holder_locks_and_unlocks_in_the_app(visitor: Visitor, country: Country) -> None:
    minh, authenticator = country.cast("Minh"), Authenticator()
    visitor.goto("/citizen/lock")
    visitor.fill(pin=minh.pin, password=minh.password)
    visitor.press("sign-in")
    visitor.fill(otp=authenticator.code(str(minh.totp_secret)))
    visitor.press("continue")
    visitor.press("lock")
    assert visitor.seen[-1] == "/citizen/unlock"
    visitor.fill(pin=minh.pin, password="Sai#Mat1khau", otp="000000")
    visitor.press("unlock")
    assert visitor.page.locator(".notice.danger [data-code=unlock_failed]").count() == 1
    visitor.fill(password=minh.password, otp=authenticator.code(str(minh.totp_secret)))
    visitor.press("unlock")
    assert visitor.seen[-1] == "/citizen/sign-in"
    assert visitor.page.locator(".notice.success").count() == 1


def test_a_holder_asks_for_the_account_to_be_closed(visitor: Visitor, country: Country) -> None:
    trang = country.cast("Trang")
    sign_in(visitor, country, "Trang", to="/citizen/requests")
    assert visitor.page.locator(".empty").count() == 1
    visitor.follow("/citizen/close")
    visitor.fill(password=trang.password)
    visitor.press("close")
    visitor.follow(urlsplit(visitor.page.url).path + "/form")
    visitor.goto("/citizen/")
    assert visitor.page.locator(".notice a[href='/citizen/requests']").count() == 1
    visitor.goto("/citizen/requests")
    leave(visitor)
    make_officer(country, "Lan", "reviewer")
    sign_in(visitor, country, "Lan", to="/desk/reviews")
    take_over_first(visitor)
    visitor.press("approve")
    leave(visitor)
    visitor.goto("/citizen/sign-in")
    visitor.fill(pin=trang.pin, password=trang.password)
    visitor.press("sign-in")
    assert visitor.page.locator(".notice.danger [data-code=sign_in_failed]").count() == 1


def test_an_approver_appoints_and_dismisses(visitor: Visitor, country: Country) -> None:
    make_officer(country, "Lan", "approver")
    sign_in(visitor, country, "Lan", to="/desk/")
    visitor.follow("/desk/officers")
    visitor.fill(pin=country.cast("Lan").pin)
    visitor.press("appoint")
    assert visitor.page.locator(".notice.danger [data-code=self_appointment]").count() == 1
    minh = country.cast("Minh")
    visitor.fill(pin=minh.pin)
    visitor.page.select_option("[name=role]", "reviewer")
    visitor.press("appoint")
    listed = visitor.page.locator("ul.officers li").filter(has=visitor.page.locator(f"[value='{minh.pin}']"))
    assert listed.count() == 1
    with visitor.page.expect_navigation():
        listed.locator("[data-act=dismiss]").click()
    visitor.look()
    assert listed.count() == 0
