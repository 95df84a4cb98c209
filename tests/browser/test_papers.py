"""A citizen opens papers with the passcode, and what stands on the screen is read as a checker's camera would read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from eid.agencies.residence import register_temporary_residence
from eid.clock import wall_now
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.formats import verify_paper_token
from eid.credentials.service import find_published_keys
from eid.db import db
from eid.population.homes import Address
from eid.population.places import list_communes
from eid.population.registration import register_marriage
from eid.population.service import find_person
from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor
from tests.credentials.conftest import give_every_paper
from tests.credentials.test_offline import photograph
from tests.people import HOA, record_one
from tests.web.qr_reader import Modules, read_qr

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SMALLEST_MODULE = 2.4
"""CSS pixels: on a telephone's screen about four tenths of a millimetre, which a camera at arm's length resolves."""


@pytest.fixture(params=[(PHONE, "vi", 3), (DESK, "en", 1)], ids=["phone-vi", "desk-en"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, country: Country) -> Iterator[Visitor]:
    """With the pixels that a telephone's screen has, and those of a plain one."""
    width, language, density = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, density=density) as visitor:
        yield visitor


def look_at_code(visitor: Visitor, drawn_at: str = ".qr svg[role=img]") -> Modules:
    """The modules as they stand on the screen: the middle of each, dark or light."""
    drawing = visitor.page.locator(drawn_at)
    size = int((drawing.get_attribute("viewBox") or "").split()[2])
    box = drawing.bounding_box()
    assert box is not None
    assert box["width"] / size >= SMALLEST_MODULE
    picture = Image.open(BytesIO(drawing.screenshot())).convert("L")
    scale_x, scale_y = picture.width / size, picture.height / size
    return [
        [picture.getpixel((int((x + 0.5) * scale_x), int((y + 0.5) * scale_y))) < 128 for x in range(4, size - 4)]  # type: ignore[operator]
        for y in range(4, size - 4)
    ]


@pytest.mark.parametrize("paper", ["health_insurance", "driving_licence"])
def test_a_paper_opens_with_the_passcode_and_its_code_is_read_from_the_screen(
    visitor: Visitor, country: Country, paper: str
) -> None:
    sign_in(visitor, country, "Minh", to=f"/citizen/papers/{paper}")
    visitor.fill(passcode="864209")
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger").count() == 1
    assert not visitor.page.locator(".qr").count()
    visitor.fill(passcode=country.cast("Minh").passcode)
    visitor.press("continue")
    assert visitor.reads("Trần Văn Minh")
    token = read_qr(look_at_code(visitor))
    with country.app.app_context():
        keys = find_published_keys()
    verified = verify_paper_token(
        token,
        paper=CATALOGUE[paper],
        keys=keys,
        expected_issuer=country.url,
        expected_audience=f"{country.url}/show",
        now=wall_now(),
        status_list=None,
    )
    assert verified.content["name"] == "Trần Văn Minh"


@pytest.mark.parametrize(
    "paper",
    [
        "residence",
        "civil_status",
        "health_record",
        "criminal_record",
        "social_insurance",
        "wallet",
        "disability",
        "poverty",
        "merit",
    ],
)
def test_a_record_opens_with_the_passcode_and_its_code_is_read_from_the_screen(
    visitor: Visitor, country: Country, paper: str
) -> None:
    give_records(country)
    sign_in(visitor, country, "Minh", to=f"/citizen/papers/{paper}")
    visitor.fill(passcode=country.cast("Minh").passcode)
    visitor.press("continue")
    assert read_qr(look_at_code(visitor)).count(".") == 2
    if paper == "residence":
        visitor.goto("/citizen/papers/residence/confirmation")
        assert visitor.reads("CT07")
    if paper == "criminal_record":
        visitor.goto("/citizen/criminal-records/1")
        visitor.fill(passcode=country.cast("Minh").passcode)
        visitor.press("open-criminal-record")
        assert visitor.reads("LLTP-1")


def give_records(country: Country) -> None:
    """Afterwards Minh lives in a household of three, for a time elsewhere, is married, and has every paper."""
    with country.app.app_context():
        minh = find_person(country.cast("Minh").pin)
        record_one(HOA, person_id=701, pin="901190000701", household_id=minh.household_id, relation_to_head="other")
        record_one(HOA, person_id=702, pin="901190000702", household_id=minh.household_id, relation_to_head="other")
        give_every_paper(minh.id)
        register_marriage(minh.pin, "901190000701", married_on=date(2026, 1, 5))
        register_temporary_residence(minh.pin, address=Address("48", list_communes("48")[0].name, "Số 1 Đường Thử"))
        db.session.remove()


def test_a_paper_that_the_citizen_does_not_have_is_not_found(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Trang", to="/citizen/papers/wallet")
    assert visitor.page.locator(".error-number").inner_text() == "404"


def test_a_code_with_the_photo_is_read_from_the_screen(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh", to="/citizen/papers/health_insurance")
    visitor.fill(passcode=str(country.cast("Minh").passcode))
    visitor.press("continue")
    visitor.follow("/citizen/papers/health_insurance/offline")
    [scanned] = zxingcpp.read_barcodes(photograph(look_at_code(visitor)))
    assert scanned.text.startswith("EID1:")
    assert visitor.page.locator(".code-photo img").is_visible()
    assert visitor.page.evaluate("document.querySelector('.code-photo img').naturalWidth") >= 36
