"""The page of a load run in a browser: renewed by itself, held on demand, told aloud, and no wider than a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from eid.load_runs import RunState, write_load_run
from tests.browser.conftest import PHONE
from tests.browser.country import Country
from tests.browser.visitor import Visitor
from tests.web.test_load_runs import make_run

ADDRESS = "/command-centre/load"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_is_followed_without_reloading(chromium: Browser, country: Country) -> None:
    write_load_run(country.settings.state_dir, make_run())
    with Visitor.arriving(chromium, country.url, width=PHONE, language="en") as visitor:
        page = visitor.page
        page.clock.install()
        visitor.goto(ADDRESS)
        finished = page.locator(".load-figures dd").nth(2)
        expect(finished).to_have_text("45 / 90")
        page.evaluate("window.isTheSame = true")

        write_load_run(country.settings.state_dir, make_run(finished=46))
        page.clock.run_for(2100)
        expect(finished).to_have_text("46 / 90")

        page.get_by_role("button", name="Pause").click()
        write_load_run(country.settings.state_dir, make_run(state=RunState.PASSED, finished=90))
        page.clock.run_for(4000)
        expect(finished).to_have_text("46 / 90")
        page.get_by_role("button", name="Go on").click()
        page.clock.run_for(2100)
        expect(page.locator(".load-run .tag")).to_have_text("passed")
        expect(page.locator("[data-load-said]")).to_have_text("A <morning>: passed")
        assert page.evaluate("window.isTheSame")
        visitor.look()
