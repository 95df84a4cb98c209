"""The citizen's papers: the passcode opens them, the page says what the agency says, the code on it is checked offline."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image

from eid.accounts.models import Account
from eid.agencies.service import (
    ANSWERS,
    deduct_licence_points,
    record_driving_licence,
    record_health_insurance,
    record_vehicle,
)
from eid.clock import wall_now
from eid.credentials.additions import ANSWERED_AFTER
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.formats import verify_paper_token
from eid.credentials.offline_reading import verify_offline_paper
from eid.db import db
from eid.population.models import Person
from tests.credentials.conftest import OF_GROWN_UPS, give_every_paper
from tests.people import PASSCODE, record_added_insurance, record_added_licence
from tests.web.conftest import Browser
from tests.web.qr_reader import read_drawing, read_qr

ISSUER = "http://localhost:8000"


@pytest.fixture
def holder(account: Account, person: Person) -> Person:
    """Minh, insured and licensed, with an active account."""
    record_added_insurance(person.id)
    record_added_licence(person.id)
    db.session.commit()
    return person


@pytest.fixture
def signed_in(browser: Browser, holder: Person) -> Browser:
    browser.sign_in(holder.pin, at="/robots.txt")
    return browser


def open_paper(browser: Browser, paper: str) -> str:
    browser.open(f"/citizen/papers/{paper}")
    return browser.submit(f"/citizen/papers/{paper}", passcode=PASSCODE).text


def code_on(page: str) -> str:
    drawing = re.search(r"<svg viewBox[^>]*aria-label.*?</svg>", page, re.DOTALL)
    assert drawing is not None
    return read_qr(read_drawing(drawing[0]))


def test_a_stranger_is_led_to_sign_in_and_back(client: FlaskClient, holder: Person) -> None:
    answer = client.get("/citizen/papers/driving_licence")
    assert answer.status_code == 303
    assert answer.location == "/citizen/sign-in?next=%2Fcitizen%2Fpapers%2Fdriving_licence&level=LoA2"


def test_papers_stay_closed_until_the_passcode_is_given(signed_in: Browser) -> None:
    page = signed_in.open("/citizen/papers/driving_licence")
    assert 'name="passcode"' in page.text
    assert "1985" not in page.text
    refused = signed_in.submit("/citizen/papers/driving_licence", passcode="000000")
    assert refused.status_code == 403
    assert "The passcode is not the right one." in refused.text
    assert "1985" not in refused.text


def test_the_passcode_opens_all_papers_for_a_while(signed_in: Browser) -> None:
    assert "Licence number" in open_paper(signed_in, "driving_licence")
    assert "DN 4 79" in signed_in.open("/citizen/papers/health_insurance").text
    with time_machine.travel(wall_now() + timedelta(minutes=11)):
        assert 'name="passcode"' in signed_in.open("/citizen/papers/health_insurance").text


def test_papers_opened_in_one_session_are_closed_in_the_next(signed_in: Browser, holder: Person) -> None:
    open_paper(signed_in, "driving_licence")
    form_cookie = signed_in.client.get_cookie("eid_form")
    signed_in.client.delete_cookie("eid_session")
    with time_machine.travel(wall_now() + timedelta(minutes=1)):
        signed_in.sign_in(holder.pin, at="/robots.txt")
        assert form_cookie is not None
        assert 'name="passcode"' in signed_in.open("/citizen/papers/driving_licence").text


@pytest.mark.parametrize("paper", OF_GROWN_UPS)
def test_the_code_on_the_page_is_read_and_checked_without_asking_us(
    signed_in: Browser, holder: Person, paper: str
) -> None:
    give_every_paper(holder.id)
    token = code_on(open_paper(signed_in, paper))
    verified = verify_paper_token(
        token,
        paper=CATALOGUE[paper],
        keys=signed_in.client.get("/api/v1/keys").json["keys"],  # type: ignore[index]
        expected_issuer=ISSUER,
        expected_audience=f"{ISSUER}/show",
        now=wall_now(),
        status_list=None,
    )
    assert verified.content["name"] == "Trần Văn Minh"


def test_the_page_says_source_time_points_and_what_happened_to_them(signed_in: Browser, holder: Person) -> None:
    deduct_licence_points(holder.pin, 4, decision="QĐ-77")
    page = open_paper(signed_in, "driving_licence")
    for text in ("Traffic police (simulated)", "8 of 12", "QĐ-77", "Updated", "B", "02/11/1985"):
        assert text in page
    assert signed_in.page is not None
    assert signed_in.page.headers["Cache-Control"] == "no-store"


def test_a_licence_without_points_says_so(signed_in: Browser, holder: Person) -> None:
    deduct_licence_points(holder.pin, 12, decision="QĐ-78")
    page = open_paper(signed_in, "driving_licence")
    assert "suspended" in page
    assert "With this licence nobody may drive at present." in page


def test_a_paper_that_ended_is_shown_without_a_code(signed_in: Browser, holder: Person) -> None:
    db.session.execute(db.text("UPDATE health_insurances SET valid_from = '2025-01-01', valid_to = '2025-12-31'"))
    db.session.commit()
    page = open_paper(signed_in, "health_insurance")
    assert "no longer valid" in page
    assert "<figure" not in page


def test_a_paper_that_the_person_or_nobody_has_is_a_page_that_says_so(signed_in: Browser, holder: Person) -> None:
    assert signed_in.open("/citizen/papers/passport").status_code == 404
    db.session.execute(db.text("DELETE FROM health_insurances"))
    db.session.commit()
    page = signed_in.open("/citizen/papers/health_insurance")
    assert page.status_code == 404
    assert "There is no health insurance for this person." in page.text


def test_papers_are_shown_in_vietnamese(signed_in: Browser) -> None:
    signed_in.client.set_cookie("eid_locale", "vi")
    page = open_paper(signed_in, "health_insurance")
    for text in ("Thẻ bảo hiểm y tế", "Mức hưởng", "quỹ chi trả 80%", "Nơi đăng ký khám chữa bệnh ban đầu"):
        assert text in page


def ask_for(browser: Browser, paper: str, **changes: str) -> Any:
    address = f"/citizen/papers/{paper}/request"
    browser.open(address)
    given = {"name": "trần văn minh", "birth_date": "02/11/1985", "pin": "979085000102", "number": "0"} | changes
    return browser.submit(address, **given)


def ask_for_vehicle(browser: Browser, **changes: str) -> Any:
    return ask_for(browser, "vehicle", **changes)


def test_a_paper_is_asked_for_answered_in_minutes_and_then_opens(signed_in: Browser, holder: Person) -> None:
    plate = record_vehicle(holder.id)
    db.session.commit()
    assert "Papers you can add" in signed_in.open("/citizen/papers/").text
    assert signed_in.open("/citizen/papers/vehicle").status_code == 409
    assert "in progress" in ask_for_vehicle(signed_in, number=plate.replace(".", "")).text
    assert "Its answer is expected at" in signed_in.open("/citizen/papers/vehicle/request").text
    assert ask_for_vehicle(signed_in, number=plate).status_code == 409
    with time_machine.travel(wall_now() + ANSWERED_AFTER + timedelta(seconds=1)):
        assert "in progress" not in signed_in.open("/citizen/papers/").text
        assert plate in open_paper(signed_in, "vehicle")


def test_a_paper_is_refused_with_what_differs_and_may_be_asked_for_again(signed_in: Browser, holder: Person) -> None:
    plate = record_vehicle(holder.id)
    db.session.commit()
    ask_for_vehicle(signed_in, number=plate, birth_date="03/11/1985")
    with time_machine.travel(wall_now() + ANSWERED_AFTER + timedelta(seconds=1)):
        page = signed_in.open("/citizen/papers/").text
        assert "The agency has something else for: Date of birth." in page
        assert "in progress" in ask_for_vehicle(signed_in, number=plate).text


@pytest.mark.parametrize(
    ("paper", "title", "label", "in_vietnamese"),
    [
        ("health_insurance", "Health insurance card", "Number of the health insurance card", "Số thẻ bảo hiểm y tế"),
        ("driving_licence", "Driving licence", "Licence number", "Số giấy phép"),
    ],
)
def test_insurance_and_licence_are_added_by_their_number(
    browser: Browser, person: Person, account: Account, paper: str, title: str, label: str, in_vietnamese: str
) -> None:
    record_health_insurance(person.id)
    record_driving_licence(person.id)
    db.session.commit()
    number = ANSWERS[paper](person.id).number
    browser.sign_in(person.pin, at="/robots.txt")
    assert f'/citizen/papers/{paper}"' not in browser.open("/citizen/").text
    assert f'href="/citizen/papers/{paper}/request">{title}</a>' in browser.open("/citizen/papers/").text
    assert browser.open(f"/citizen/papers/{paper}").status_code == 409
    assert label in browser.open(f"/citizen/papers/{paper}/request").text
    assert "in progress" in ask_for(browser, paper, number="990000000000").text
    with time_machine.travel(wall_now() + ANSWERED_AFTER + timedelta(seconds=1)):
        assert f"The agency has something else for: {label}." in browser.open("/citizen/papers/").text
        browser.client.set_cookie("eid_locale", "vi")
        assert f"Dữ liệu của cơ quan không khớp ở mục: {in_vietnamese}." in browser.open("/citizen/papers/").text
        browser.client.set_cookie("eid_locale", "en")
        assert "in progress" in ask_for(browser, paper, number=number).text
    with time_machine.travel(wall_now() + 2 * ANSWERED_AFTER + timedelta(seconds=2)):
        assert f'href="/citizen/papers/{paper}"' in browser.open("/citizen/papers/").text
        assert 'id="code-text"' in open_paper(browser, paper)


def test_a_code_with_a_photo_is_shown_once_the_passcode_was_given(signed_in: Browser) -> None:
    assert 'name="passcode"' in signed_in.open("/citizen/papers/driving_licence/offline").text
    open_paper(signed_in, "driving_licence")
    page = signed_in.open("/citizen/papers/driving_licence/offline")
    assert page.headers["Cache-Control"] == "no-store"
    text = html.unescape(page.text.split('id="code-text">')[1].split("<")[0])
    assert text.startswith("EID1:")
    assert "data:image/webp;base64," in page.text
    keys = signed_in.client.get("/api/v1/keys").json["keys"]  # type: ignore[index]
    verified = verify_offline_paper(text, keys=keys, expected_issuer=ISSUER, now=wall_now())
    assert verified.content["name"] == "Trần Văn Minh"
    drawing = re.search(r"<svg viewBox[^>]*aria-label.*?</svg>", page.text, re.DOTALL)
    assert drawing is not None
    modules = read_drawing(drawing[0])
    picture = Image.new("L", (len(modules) + 8,) * 2, 255)
    for x, y in ((x, y) for y, row in enumerate(modules) for x, dark in enumerate(row) if dark):
        picture.putpixel((x + 4, y + 4), 0)
    [scanned] = zxingcpp.read_barcodes(picture.resize((picture.width * 3,) * 2, Image.Resampling.NEAREST))
    assert scanned.text == text
