"""A person with a browser: goes to pages, fills in forms, presses buttons, and looks at each page they reach.

To look at a page is to check what holds for every page: it fits the screen, axe-core finds nothing, the console is silent,
the Content-Security-Policy was not hit, and nothing was asked of another origin.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

AXE = Path(__file__).parent.parent / "clients/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGEST_PAGE = 100_000
"""Bytes over the wire."""

_RUN_AXE = f"axe.run({{runOnly: {RULES}, resultTypes: ['violations']}}).then(found => found.violations)"
"""What holds is not described one element after the other: that takes axe-core longer than the finding."""
_FORM_OF_PAGE = """
    [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, document.activeElement.outerHTML, location.pathname,
     document.documentElement.outerHTML].join()
"""
"""All that decides how a page looks; its styles are the same for as long as the tests run."""
_CSRF_TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+')
_found_faultless: set[bytes] = set()
"""Digests of pages."""


@cache
def read_axe() -> str:
    """axe-core's source; it is installed with the outside clients (`make clients`)."""
    if not AXE.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("axe-core is not installed: make clients")
    return AXE.read_text(encoding="utf-8")


@dataclass
class Visitor:
    page: Page
    url: str
    name: str
    """Who they are in the names of pictures."""
    language: str = "vi"
    scripted: bool = True
    friends: tuple[str, ...] = ()
    """Other origins that this journey may reach: a relying service's."""
    faults: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def arriving(
        cls,
        browser: Browser,
        url: str,
        *,
        width: int,
        language: str,
        scripted: bool = True,
        scheme: str = "light",
        friends: tuple[str, ...] = (),
        density: float = 1,
    ) -> Iterator[Visitor]:
        """A visitor with a fresh browser profile; raises AssertionError in the end if their pages did anything wrong."""
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            device_scale_factor=density,
            java_script_enabled=scripted,
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "eid_locale", "value": language, "url": url}])
        context.set_default_timeout(10_000)
        test = os.environ.get("PYTEST_CURRENT_TEST", "").split("::")[-1].split("[")[0].removeprefix("test_")
        name = f"{test[:40]}-{width}-{language}-{scheme}"
        visitor = cls(context.new_page(), url, name, language, scripted=scripted, friends=friends)
        visitor.page.on("console", visitor._hear)
        visitor.page.on("pageerror", lambda error: visitor.faults.append(f"script error: {error}"))
        visitor.page.on("request", visitor._watch)
        visitor.page.on("response", visitor._judge)
        try:
            yield visitor
        finally:
            context.close()
        assert not visitor.faults, "\n".join(visitor.faults)

    def goto(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.look()

    def fill(self, **fields: str) -> None:
        """Fill in fields by their names."""
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)

    def press(self, act: str) -> None:
        """Press the button that bears this `data-act`, and look at the page to which it leads."""
        with self.page.expect_navigation():
            self.page.click(f"[data-act={act}]")
        self.look()

    def type_into(self, name: str, text: str) -> None:
        """Reach a field with the Tab key, as somebody without a mouse does, see that focus is visible, and type."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement.name") == name:
                break
        else:
            raise AssertionError(f"the Tab key never reaches {name}")
        if self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none":
            self.faults.append(f"{self.page.url}: the focus of {name} cannot be seen")
        self.page.keyboard.type(text)

    def press_enter(self) -> None:
        """Send the form in whose field the focus is."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    def follow(self, address: str) -> None:
        """Follow the link in the main column to this address."""
        with self.page.expect_navigation():
            self.page.click(f'main a[href="{address}"]')
        self.look()

    def reads(self, text: str) -> bool:
        """Whether the text stands on the page where eyes can see it."""
        return self.page.get_by_text(text).first.is_visible()

    def look(self) -> None:
        """Check what holds for every page; with PICTURES=folder in the environment, keep a picture of it too."""
        self.seen.append(urlsplit(self.page.url).path)
        if folder := os.environ.get("PICTURES"):
            name = f"{self.name}-{len(self.seen):02}{self.seen[-1].replace('/', '-')[:40]}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)
        if self.page.url.startswith(self.friends) and self.friends:
            return
        where = f"{self.seen[-1]} at {self.page.viewport_size}"
        wide, seen = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if wide > seen:
            self.faults.append(f"{where}: {wide} px of page on {seen} px of screen")
        if self.scripted:
            self._check_accessibility(where)

    def _check_accessibility(self, where: str) -> None:
        """axe-core finds nothing; a page that it has judged before in the very same form is not judged again."""
        page = self.page.evaluate(_FORM_OF_PAGE)
        form = hashlib.sha256(_CSRF_TOKEN.sub("", page).encode()).digest()
        if form in _found_faultless:
            return
        found = self.page.evaluate(f"{read_axe()}; {_RUN_AXE}")
        self.faults += [f"{where}: {_write_violation(violation)}" for violation in found]
        if not found:
            _found_faultless.add(form)

    def _hear(self, message: ConsoleMessage) -> None:
        """A refusal's status is no fault of the page; everything else that a console complains of is."""
        is_status = message.text.startswith("Failed to load resource") and "status of" in message.text
        if message.type in ("error", "warning") and not is_status:
            self.faults.append(f"console: {message.text}")

    def _judge(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} from {response.url}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", *self.friends)):
            self.faults.append(f"asked of another origin: {request.url}")


def _write_violation(violation: dict) -> str:  # type: ignore[type-arg]
    nodes = "; ".join(
        node["html"][:120] + " " + node["failureSummary"].replace("\n", " ") for node in violation["nodes"]
    )
    return f"{violation['id']}: {nodes}"
