"""How large every page is over the wire, and how soon something of it is painted, in Chromium and with nothing kept.

First contentful paint is the browser's own measure (Paint Timing), from the navigation on; the pages are served by `eid serve`.
The first line is a text of a few octets from the same server: what browser and machine take by themselves. The country has its
cast, and its citizen something on every page.
"""

from __future__ import annotations

import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from eid.app import create_app
from eid.cast import CastMember
from eid.config import Settings
from eid.db import close_database, upgrade_schema
from tests.browser import pages
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.country import Authenticator, Country, make_country, serving_country
from tests.browser.visitor import LARGEST_PAGE, WEIGHT
from tests.live import free_port

WIDTHS = (360, 768, 1440)
TIMES = 3
PAINT_BAR_MS = 200
_PAINT = """
    () => new Promise(done => new PerformanceObserver(list => {
        for (const paint of list.getEntriesByName('first-contentful-paint')) done(paint.startTime);
    }).observe({type: 'paint', buffered: true}))
"""


@dataclass(frozen=True)
class MeasuredPage:
    path: str
    octets: int
    """The largest of all widths."""
    paints: tuple[float, ...]
    """Milliseconds: the median of some loads, one for each of WIDTHS."""


def measure_page(browser: Browser, url: str, path: str, state: dict | None) -> MeasuredPage:  # type: ignore[type-arg]
    """One page as it comes to a browser that has none of its parts."""
    octets, paints = [], []
    for width in WIDTHS:
        found = []
        for _ in range(TIMES):
            context = browser.new_context(storage_state=state, viewport={"width": width, "height": 800})  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(url + path)
            found.append(page.evaluate(_PAINT))
            octets.append(page.evaluate(WEIGHT))
            context.close()
        paints.append(statistics.median(found))
    return MeasuredPage(path, max(octets), tuple(paints))


def sign_in(browser: Browser, url: str, member: CastMember) -> dict:  # type: ignore[type-arg]
    """What the browser of somebody who is signed in holds."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/citizen/sign-in")
    page.fill("[name=pin]", member.pin)
    page.fill("[name=password]", member.password)
    page.click("[data-act=sign-in]")
    page.fill("[name=otp]", Authenticator().code(str(member.totp_secret)))
    page.click("[data-act=continue]")
    page.wait_for_load_state()
    state = context.storage_state()
    context.close()
    return state  # type: ignore[return-value]


def measure_country(country: Country, url: str) -> Iterator[MeasuredPage]:
    """Every page, one after the other."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        groups = (
            (pages.PUBLIC, None),
            (pages.CITIZEN, sign_in(browser, url, country.cast("Minh"))),
            (pages.DESK, sign_in(browser, url, country.cast("Lan"))),
        )
        measure_page(browser, url, "/", None)  # what is done once, once the first page is asked for
        print_page(measure_page(browser, url, "/healthz", None))
        for paths, state in groups:
            for path in paths:
                yield measure_page(browser, url, path, state)
        browser.close()


@contextmanager
def serving_really(settings: Settings) -> Iterator[str]:
    """The address at which a process of its own serves this state, once it answers."""
    port = free_port()
    environment = os.environ | {
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_DATABASE_URL": settings.database_url,
        "EID_PUBLIC_URL": f"http://localhost:{port}",
        "EID_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "eid", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(300):
            with suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
                break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
        process.terminate()


def print_page(page: MeasuredPage) -> MeasuredPage:
    paints = "".join(f"{paint:7.0f}" for paint in page.paints)
    print(f"{page.path:34} {page.octets / 1000:6.1f}   {paints}", flush=True)
    return page


def run() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder), database_url=f"sqlite:///{folder}/pages.sqlite3", log_level="error")
        app = create_app(settings)
        with app.app_context():
            upgrade_schema()
            close_database()
        make_country(settings)
        with serving_country(settings) as country:
            pages.fill_pages(country)
        with serving_really(settings) as url:
            print(f"{'page':34} {'kB':>6}   first contentful paint in ms at " + ", ".join(map(str, WIDTHS)) + " px")
            found = [print_page(page) for page in measure_country(country, url)]
    slow = [paint for page in found for paint in page.paints if paint > PAINT_BAR_MS]
    worst = max(page.octets for page in found)
    print(
        f"largest {worst / 1000:.1f} kB of {LARGEST_PAGE / 1000:.0f}; "
        f"{len(slow)} of {len(found) * len(WIDTHS)} paints over {PAINT_BAR_MS} ms"
    )
