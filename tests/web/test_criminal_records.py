"""Criminal-record certificates on the citizen's pages, and the printed confirmation of residence."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from eid.accounts.models import Account
from eid.agencies.criminal_records import refuse_criminal_record
from eid.clock import wall_now
from eid.population.models import Person
from tests.credentials.conftest import give_every_paper
from tests.people import PASSCODE, record_added_insurance, record_added_licence
from tests.web.conftest import Browser

PAGES = "/citizen/criminal-records/"


@pytest.fixture
def signed_in(browser: Browser, account: Account, person: Person) -> Browser:
    browser.sign_in(person.pin, at="/robots.txt")
    return browser


def test_a_certificate_is_asked_for_followed_and_opened_by_the_passcode(signed_in: Browser, person: Person) -> None:
    assert "Nothing asked for yet" in signed_in.open(PAGES).text
    nothing = signed_in.submit(PAGES, form="1", purpose=" ")
    assert (nothing.status_code, 'data-code="purpose"' in nothing.text) == (400, True)
    assert "in progress" in signed_in.submit(PAGES, form="2", purpose="Biết về mình").text
    signed_in.open(PAGES)
    again = signed_in.submit(PAGES, form="2", purpose="Biết về mình")
    assert (again.status_code, 'data-code="criminal_record_in_progress"' in again.text) == (409, True)
    assert "Biết về mình" in signed_in.open("/citizen/requests").text
    with time_machine.travel(wall_now() + timedelta(days=40)):
        signed_in.sign_in(person.pin, at="/robots.txt")
        assert "issued" in signed_in.open(f"{PAGES}1").text
        assert "no convictions" not in signed_in.open(f"{PAGES}1").text
        wrong = signed_in.submit(f"{PAGES}1", passcode="000000")
        assert (wrong.status_code, "no convictions" in wrong.text) == (403, False)
        page = signed_in.submit(f"{PAGES}1", passcode=PASSCODE)
        assert "no convictions" in page.text and "/LLTP-2" in page.text
        assert "No service may ask you for it." in page.text
        assert page.headers["Cache-Control"] == "no-store"


def test_a_refusal_says_why_and_nobody_reads_anothers(signed_in: Browser, person: Person) -> None:
    signed_in.open(PAGES)
    signed_in.submit(PAGES, form="1", purpose="Xin việc")
    refuse_criminal_record(person.pin, reason="Thiếu giấy tờ")
    page = signed_in.open(f"{PAGES}1").text
    assert "refused" in page and "Thiếu giấy tờ" in page and 'name="passcode"' not in page
    unknown = signed_in.open(f"{PAGES}2")
    assert (unknown.status_code, "You have asked for no certificate of this number." in unknown.text) == (404, True)


def test_the_confirmation_of_residence_is_printed_once_the_papers_are_open(signed_in: Browser, person: Person) -> None:
    record_added_insurance(person.id)
    record_added_licence(person.id)
    give_every_paper(person.id)
    assert 'name="passcode"' in signed_in.open("/citizen/papers/residence/confirmation").text
    signed_in.submit("/citizen/papers/residence", passcode=PASSCODE)
    page = signed_in.open("/citizen/papers/residence/confirmation").text
    for text in ("CT07", "Police of Phường Bến Thử", "Số 7, đường Mẫu", "Head of the household", "holds until"):
        assert text in page
    signed_in.client.set_cookie("eid_locale", "vi")
    page = signed_in.open("/citizen/papers/residence/confirmation").text
    assert "Xác nhận thông tin về cư trú" in page and "Nơi thường trú" in page
