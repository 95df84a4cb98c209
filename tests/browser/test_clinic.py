"""A patient at the clinic's counter: from another service's page through ours and back, with the papers verified there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Clinic, Country, serving_clinic, sign_in, sign_in_here
from tests.browser.test_ways_in import phone_of
from tests.browser.visitor import Visitor


@pytest.fixture
def clinic(country: Country) -> Iterator[Clinic]:
    with serving_clinic(country) as clinic:
        yield clinic


@pytest.fixture(params=[(PHONE, "vi"), (DESK, "en")], ids=["phone-vi", "desk-en"])
def patient(request: pytest.FixtureRequest, chromium: Browser, country: Country, clinic: Clinic) -> Iterator[Visitor]:
    width, language = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, friends=(clinic.url,)) as visitor:
        yield visitor


def test_a_patient_signs_in_at_the_counter_and_both_papers_are_verified(
    patient: Visitor, country: Country, clinic: Clinic
) -> None:
    """On both kinds of database: everything that a service is given passes through here."""
    minh = country.cast("Minh")
    patient.page.goto(f"{clinic.url}/language/{patient.language}")
    patient.press("sign-in")
    sign_in_here(patient, minh)
    patient.fill(passcode=minh.passcode)
    patient.press("approve")
    assert patient.page.url == f"{clinic.url}/visit"
    assert patient.page.inner_text("[data-claim=name]") == "Trần Văn Minh"
    for paper in ("health_insurance", "driving_licence"):
        assert patient.page.get_attribute(f"[data-paper={paper}]", "data-outcome") == "verified"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_patient_who_refuses_is_sent_back_and_the_counter_learns_nothing(
    patient: Visitor, country: Country, clinic: Clinic
) -> None:
    patient.page.goto(clinic.url)
    patient.press("sign-in")
    sign_in_here(patient, country.cast("Minh"))
    patient.press("deny")
    assert patient.page.url.startswith(clinic.url)
    assert "Trần Văn Minh" not in patient.page.content()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_patient_sees_what_the_clinic_may_read_and_withdraws_it(
    patient: Visitor, country: Country, clinic: Clinic
) -> None:
    minh = country.cast("Minh")
    patient.page.goto(clinic.url)
    patient.press("sign-in")
    sign_in_here(patient, minh)
    patient.fill(passcode=minh.passcode)
    patient.press("approve")
    patient.goto("/citizen/services")
    assert patient.page.locator("main section.card").count() == 1
    patient.press("withdraw")
    assert patient.page.locator("main section.card").count() == 0
    assert patient.page.locator(".notice.success").count() == 1


def test_a_card_is_taken_at_the_counter_and_its_holder_sees_it(
    patient: Visitor, country: Country, clinic: Clinic
) -> None:
    """The photo is drawn, the insurance is there, and a look at the citizen's own page says who read it."""
    minh = country.cast("Minh")
    patient.page.goto(f"{clinic.url}/language/{patient.language}")
    with patient.page.expect_navigation():
        patient.page.click("[data-act=card]")
    patient.look()
    patient.page.check(f"#card-{minh.pin}")
    patient.press("take-card")
    assert patient.page.url == f"{clinic.url}/visit"
    assert patient.page.inner_text("[data-claim=name]") == "Trần Văn Minh"
    assert patient.page.get_attribute("[data-paper=health_insurance]", "data-outcome") == "verified"
    assert patient.page.evaluate("document.querySelector('.portrait').naturalWidth") > 50
    assert patient.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sign_in(patient, country, "Minh")
    told = {"vi": "Dịch vụ đọc giấy tờ khi nhận thẻ", "en": "Paper read by a service to which the card was held out"}
    assert patient.reads(told[patient.language])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_counter_asks_the_patients_phone_and_has_the_visit_once_they_agreed(
    patient: Visitor, chromium: Browser, country: Country, clinic: Clinic
) -> None:
    minh = country.cast("Minh")
    sign_in(patient, country, "Minh", to="/citizen/security/")
    with phone_of(patient, chromium, country) as phone:
        patient.page.goto(f"{clinic.url}/language/{patient.language}")
        patient.page.goto(f"{clinic.url}/phone")
        patient.look()
        patient.fill(pin=minh.pin)
        patient.press("ask-phone")
        patient.look()
        number = patient.page.inner_text("[data-claim=number]")
        phone.page.wait_for_selector("#asked li")
        assert phone.reads(patient.page.inner_text("[data-claim=message]"))
        phone.page.fill("#asked [name=number]", number)
        phone.page.fill("#asked [name=passcode]", str(minh.passcode))
        phone.page.click("#asked [data-act=approve]")
        phone.page.wait_for_selector("#nothing:not([hidden])")
    patient.press("look")
    assert patient.page.url == f"{clinic.url}/visit"
    assert patient.page.inner_text("[data-claim=name]") == "Trần Văn Minh"
