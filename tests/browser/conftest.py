"""Chromium as people use it: in both languages, on a phone and on a desk, watched for everything that no page may do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor
from tests.live import LiveServer

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, TABLET, DESK = 360, 768, 1440


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser, or the one that EID_CHROMIUM names; without any: a failure in CI, a skip elsewhere."""
    path = os.environ.get("EID_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[(PHONE, "vi"), (DESK, "en")], ids=["phone-vi", "desk-en"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, live_server: LiveServer) -> Iterator[Visitor]:
    """Somebody with a browser of this width and language; what their pages did wrong fails the test at its end."""
    width, language = request.param
    with Visitor.arriving(chromium, live_server.url, width=width, language=language) as visitor:
        yield visitor
