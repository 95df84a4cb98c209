"""A card is read on a page, on a phone and on a desk, with the keyboard alone and without scripts."""

from __future__ import annotations

import pytest

from eid.crypto.lds import disk_file_name
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CARD_FILES = ("EF.SOD", "EF.COM", "EF.CardAccess", "EF.DG1", "EF.DG2", "EF.DG13", "EF.DG14", "EF.DG15")


def paths_of(country: Country, pin: str, *names: str) -> list[str]:
    folder = country.settings.cards_dir / pin
    return [str(folder / disk_file_name(name)) for name in names]


def test_an_officer_reads_the_card_of_whoever_comes(visitor: Visitor, country: Country) -> None:
    hoa = country.cast("Hoa")
    sign_in(visitor, country, "Lan", to="/desk/cards/verify")
    visitor.page.check(f"#card-{hoa.pin}")
    visitor.press("read-card")
    assert visitor.page.get_attribute("[data-verdict]", "data-verdict") == "verified"
    assert visitor.reads("Nguyễn Thị Hoa")
    assert visitor.page.evaluate("document.querySelector('.portrait-and-facts img').naturalWidth") > 50


def test_a_citizen_sees_what_the_own_card_says(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh", to="/citizen/")
    visitor.follow("/citizen/card")
    visitor.press("read-card")
    assert visitor.page.get_attribute("[data-verdict]", "data-verdict") == "verified"
    visitor.goto("/citizen/card")
    visitor.page.check(f"#card-{country.cast('Hoa').pin}")
    visitor.press("read-card")
    assert visitor.page.get_attribute("[data-verdict]", "data-code") == "card_of_another"


def test_files_are_tried_by_anybody(visitor: Visitor, country: Country) -> None:
    pin = country.cast("Minh").pin
    visitor.goto("/services/card")
    visitor.page.set_input_files("[name=files]", paths_of(country, pin, *CARD_FILES))
    visitor.press("verify-files")
    assert visitor.page.get_attribute("[data-verdict]", "data-verdict") == "verified"
    assert visitor.page.locator(".notice.warning").count() == 1
    visitor.goto("/services/card")
    keys = str(country.settings.cards_dir / pin / "chip_keys.json")
    visitor.page.set_input_files("[name=files]", [*paths_of(country, pin, *CARD_FILES), keys])
    visitor.press("verify-files")
    assert visitor.page.get_attribute("[data-code]", "data-code") == "chip_keys_uploaded"


def test_a_card_is_read_with_the_keyboard(visitor: Visitor, country: Country) -> None:
    visitor.goto("/services/card")
    visitor.type_into("card", " ")
    visitor.press_enter()
    assert visitor.page.locator("[data-verdict]").count() == 1


def test_a_card_is_read_without_scripts(plain_visitor: Visitor, country: Country) -> None:
    plain_visitor.goto("/services/card")
    plain_visitor.page.check(f"#card-{country.cast('Minh').pin}")
    plain_visitor.press("read-card")
    assert plain_visitor.page.get_attribute("[data-verdict]", "data-verdict") == "verified"
