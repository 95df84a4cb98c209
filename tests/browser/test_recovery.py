"""Somebody who lost something gets it back, in a real browser: after a wait, or not at all where the holder cancels it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from eid.clock import advance_world
from tests.browser.country import Authenticator, Country, read_texted_code, sign_in, sign_in_here
from tests.browser.visitor import Visitor

NEW_PASSWORD = "BenDo#2031x"
NEW_PHONE = "0100000777"


def open_details(visitor: Visitor, proof: str) -> None:
    visitor.page.click(f"details:has(form[action$='/proofs/{proof}']) > summary")


def read_cancel_link(visitor: Visitor, phone: str) -> str:
    page = visitor.page.context.new_page()
    page.goto(f"{visitor.url}/outbox/?recipient={phone}")
    found = re.search(r"/citizen/recovery/cancel/[\w-]+", page.inner_text("main .messages"))
    page.close()
    assert found
    return found[0]


def begin_recovery(visitor: Visitor, country: Country, lost: str) -> None:
    """Minh's phone is proved."""
    minh = country.cast("Minh")
    visitor.goto("/citizen/sign-in")
    visitor.follow("/citizen/recovery")
    visitor.page.check(f"[name=lost][value={lost}]")
    visitor.fill(pin=minh.pin, phone=minh.phone)
    visitor.press("continue")
    visitor.fill(code=read_texted_code(visitor, minh.phone))
    visitor.press("continue")
    assert visitor.seen[-1] == "/citizen/recovery/proofs"


def prove_by_card_and_face(visitor: Visitor) -> None:
    for proof in ("card", "face"):
        open_details(visitor, proof)
        visitor.press(f"prove-{proof}")
    assert visitor.seen[-1] == "/citizen/recovery/wait"


def days_later(country: Country, days: float) -> None:
    with country.app.app_context():
        advance_world(timedelta(days=days))


def test_a_forgotten_password_is_recovered_after_the_wait(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    begin_recovery(visitor, country, "password")
    prove_by_card_and_face(visitor)
    visitor.goto("/citizen/recovery/password")
    assert visitor.seen[-1] == "/citizen/recovery/wait"
    days_later(country, 1.1)
    visitor.follow("/citizen/recovery/wait")
    assert visitor.seen[-1] == "/citizen/recovery/password"
    visitor.fill(password="Password1!")
    visitor.press("continue")
    assert visitor.page.locator("[data-code=password_trivial]").count() == 1
    visitor.fill(password=NEW_PASSWORD)
    visitor.press("continue")
    assert visitor.seen[-1] == "/citizen/recovery/done"
    visitor.follow("/citizen/sign-in")
    visitor.fill(pin=minh.pin, password=NEW_PASSWORD)
    visitor.press("sign-in")
    visitor.fill(otp=Authenticator().code(str(minh.totp_secret)))
    visitor.press("continue")
    assert visitor.seen[-1] == "/citizen/"
    visitor.press("seen")
    assert visitor.page.locator("[data-act=seen]").count() == 0


def test_everything_is_recovered_after_three_days(visitor: Visitor, country: Country) -> None:
    begin_recovery(visitor, country, "everything")
    prove_by_card_and_face(visitor)
    days_later(country, 3.1)
    visitor.goto("/citizen/recovery/wait")
    visitor.fill(password=NEW_PASSWORD)
    visitor.press("continue")
    visitor.fill(passcode="864209")
    visitor.press("continue")
    visitor.page.click("summary")
    visitor.fill(otp=Authenticator().code(visitor.page.inner_text("details code")))
    visitor.press("continue")
    assert visitor.seen[-1] == "/citizen/recovery/done"


def test_the_holder_cancels_a_recovery_with_one_press_on_their_pages(visitor: Visitor, country: Country) -> None:
    begin_recovery(visitor, country, "password")
    prove_by_card_and_face(visitor)
    sign_in(visitor, country, "Minh")
    assert visitor.page.locator("[data-act=cancel-recovery]").count() == 1
    visitor.press("cancel-recovery")
    assert visitor.seen[-1] == "/citizen/security/"
    assert visitor.page.locator("[data-act=cancel-recovery]").count() == 0
    days_later(country, 1.1)
    visitor.goto("/citizen/recovery/wait")
    assert visitor.page.locator("[data-act=continue]").count() == 0


def test_whoever_was_told_cancels_a_recovery_by_the_link_in_the_text(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    begin_recovery(visitor, country, "everything")
    prove_by_card_and_face(visitor)
    link = read_cancel_link(visitor, minh.phone)
    visitor.goto(link)
    visitor.press("cancel-recovery")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.goto(link)
    visitor.press("cancel-recovery")
    assert visitor.page.locator("[data-code=recovery_over]").count() == 1
    sign_in_at_home(visitor, country)


def sign_in_at_home(visitor: Visitor, country: Country) -> None:
    visitor.goto("/citizen/")
    sign_in_here(visitor, country.cast("Minh"))
    assert visitor.seen[-1] == "/citizen/"


def test_a_new_phone_takes_a_code_from_the_new_and_the_old_one(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    visitor.follow("/citizen/security/phone")
    visitor.fill(phone=NEW_PHONE, password=minh.password)
    visitor.press("continue")
    visitor.fill(code=read_texted_code(visitor, NEW_PHONE))
    visitor.press("continue")
    open_details(visitor, "phone")
    visitor.press("text-code")
    open_details(visitor, "phone")
    visitor.fill(code=read_texted_code(visitor, minh.phone))
    visitor.press("prove-phone")
    assert visitor.seen[-1] == "/citizen/recovery/done"
    visitor.goto("/citizen/")
    assert visitor.reads(NEW_PHONE[-3:])


def test_two_questions_are_chosen_and_answered(visitor: Visitor, country: Country) -> None:
    minh = country.cast("Minh")
    sign_in(visitor, country, "Minh", to="/citizen/security/")
    visitor.page.click("details:has(form[action$='/questions']) > summary")
    visitor.page.fill("#answer_1", "Cô Lan")
    visitor.page.fill("#answer_2", "Bạn Tí")
    visitor.page.fill("#questions-password", minh.password)
    visitor.press("change-questions")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.press("sign-out")
    begin_recovery(visitor, country, "password")
    open_details(visitor, "questions")
    answers = dict(zip(("childhood_friend", "first_teacher"), ("bạn tí", "CO LAN"), strict=True))
    for number in (1, 2):
        question = visitor.page.input_value(f"[name=question_{number}]")
        visitor.page.fill(f"[name=answer_{number}]", answers[question])
    visitor.press("prove-questions")
    assert visitor.seen[-1] == "/citizen/recovery/proofs"
    assert visitor.page.locator("form[action$='/proofs/questions']").count() == 0


def test_a_recovery_works_without_javascript(plain_visitor: Visitor, country: Country) -> None:
    begin_recovery(plain_visitor, country, "password")
    prove_by_card_and_face(plain_visitor)


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
