"""The card is turned by keyboard and without scripts, and its code is read from the screen and verified with keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Route, expect

from eid.clock import wall_now
from eid.credentials.card_code import LONGEST
from eid.credentials.verification import Trust, check_shown_token, parse_trust
from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Country, sign_in
from tests.browser.test_papers import look_at_code
from tests.browser.visitor import Visitor
from tests.web.qr_reader import read_qr

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(params=[(PHONE, "vi", 3), (DESK, "en", 1)], ids=["phone-vi", "desk-en"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, country: Country) -> Iterator[Visitor]:
    """With the pixels that a telephone's screen has, and those of a plain one."""
    width, language, density = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, density=density) as visitor:
        yield visitor


def fetch_trust(country: Country) -> Trust:
    """What a relying service keeps: the published keys and whose they are."""
    with urlopen(f"{country.url}/api/v1/keys") as answer:
        keys = parse_trust(answer.read().decode()).keys
    return Trust(keys, country.url)


def read_code(visitor: Visitor) -> str:
    return read_qr(look_at_code(visitor, "#card-code svg"))


def test_the_code_on_the_screen_verifies_without_a_call_and_not_after_its_minute(
    visitor: Visitor, country: Country
) -> None:
    trust = fetch_trust(country)
    sign_in(visitor, country, "Minh")
    visitor.page.click("label[for=side-code]")
    visitor.look()
    shown_at, code = wall_now(), read_code(visitor)
    report = check_shown_token(code, trust=trust, now=shown_at)
    assert report.card is not None
    assert (report.card.holder.name, report.card.holder.pin) == ("Trần Văn Minh", country.cast("Minh").pin)
    late = check_shown_token(code, trust=trust, now=shown_at + LONGEST + timedelta(seconds=1))
    assert late.failure is not None
    assert late.failure.code == "token_expired"


def hurry(route: Route) -> None:
    """The page, whose code is renewed once after two seconds and is over after ten."""
    answer = route.fetch()
    body = answer.text().replace(
        'data-renewed-every="30" data-renewed-times="10"', 'data-renewed-every="2" data-renewed-times="1"'
    )
    over_at = (wall_now() + timedelta(seconds=10)).isoformat()
    route.fulfill(response=answer, body=re.sub('data-expires-at="[^"]+"', f'data-expires-at="{over_at}"', body))


def test_the_code_renews_itself_and_says_when_it_is_over(visitor: Visitor, country: Country) -> None:
    trust = fetch_trust(country)
    sign_in(visitor, country, "Minh")
    visitor.page.route("**/citizen/card/code", hurry)
    visitor.goto("/citizen/card/code")
    drawing = visitor.page.locator("#card-code path")
    expect(drawing).not_to_have_attribute("d", drawing.get_attribute("d") or "", timeout=20_000)
    assert check_shown_token(read_code(visitor), trust=trust, now=wall_now()).is_verified
    said = {"vi": "Mã này đã hết hạn. Hãy lấy mã mới.", "en": "This code is over. Get a new one."}[visitor.language]
    expect(visitor.page.locator("[data-when-over]")).to_have_text(said, timeout=20_000)
    assert visitor.page.locator("#card-code.over").count() == 1
    visitor.look()


def test_the_card_is_turned_by_keyboard(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh")
    sides = {side: visitor.page.locator(f".side-{side}") for side in ("front", "back", "code")}
    visitor.tab_to("#side-front")
    for side in ("front", "back", "code"):
        assert [name for name, one in sides.items() if one.is_visible()] == [side]
        visitor.look()
        visitor.page.keyboard.press("ArrowRight")
    assert sides["front"].is_visible()


def test_the_card_is_turned_and_its_code_is_new_without_scripts(plain_visitor: Visitor, country: Country) -> None:
    trust = fetch_trust(country)
    sign_in(plain_visitor, country, "Minh")
    plain_visitor.page.click("label[for=side-back]")
    assert plain_visitor.page.locator(".identity-mrz").is_visible()
    assert re.match(r"IDVNM085000102", plain_visitor.page.inner_text(".identity-mrz"))
    plain_visitor.page.click("label[for=side-code]")
    plain_visitor.follow("/citizen/card/code")
    report = check_shown_token(read_code(plain_visitor), trust=trust, now=wall_now())
    assert report.is_verified
