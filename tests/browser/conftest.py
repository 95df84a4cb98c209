"""Chromium as people use it: in both languages, on a phone and on a desk, watched for everything that no page may do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from eid.config import Settings
from eid.web.i18n import load_translations
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.country import Country, make_country, serving_country
from tests.browser.visitor import Faultless, Visitor, found_faultless
from tests.conftest import make_settings

PHONE, TABLET, DESK = 360, 768, 1440


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's browser, or the one that EID_CHROMIUM names; without any: a failure in CI, a skip elsewhere."""
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium is installed")
    is_shared = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp().parent if is_shared else tmp_path_factory.mktemp("run")
    found_faultless[:] = [Faultless(folder / "faultless")]
    (folder / "faultless").mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Untranslated(NullTranslations):
    """Takes what the Vietnamese catalogues lack, however the message came to be shown, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def gettext(self, message: str) -> str:
        self.messages.append(message)
        return message


@pytest.fixture(scope="session")
def untranslated() -> Untranslated:
    recorder = Untranslated()
    load_translations("vi").add_fallback(recorder)
    return recorder


@pytest.fixture(autouse=True)
def _every_message_has_its_vietnamese(untranslated: Untranslated) -> Iterator[None]:
    """tests/web/test_translations.py reads the sources; this sees what pages really asked for."""
    untranslated.messages.clear()
    yield
    assert untranslated.messages == []


@pytest.fixture(scope="session")
def made_country(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a country with its cast; its database lies in it as country.sqlite3."""
    folder = tmp_path_factory.mktemp("country")
    shutil.copy(sqlite_template, folder / "country.sqlite3")
    make_country(make_settings(folder, f"sqlite:///{folder}/country.sqlite3"))
    return folder


@pytest.fixture
def country(made_country: Path, settings: Settings, database_url: str) -> Iterator[Country]:
    """The country with its cast, served on this test's own database."""
    if database_url.startswith("sqlite"):
        shutil.copytree(made_country, settings.state_dir)
        shutil.move(settings.state_dir / "country.sqlite3", database_url.removeprefix("sqlite:///"))
    else:
        make_country(settings)
    with serving_country(settings) as country:
        yield country


@pytest.fixture(params=[(PHONE, "vi"), (DESK, "en")], ids=["phone-vi", "desk-en"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, country: Country) -> Iterator[Visitor]:
    """Somebody with a browser of this width and language; what their pages did wrong fails the test at its end."""
    width, language = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language) as visitor:
        yield visitor


@pytest.fixture
def plain_visitor(chromium: Browser, country: Country) -> Iterator[Visitor]:
    """Somebody whose browser runs no scripts."""
    with Visitor.arriving(chromium, country.url, width=PHONE, language="vi", scripted=False) as visitor:
        yield visitor
