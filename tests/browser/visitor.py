"""A person with a browser: goes to pages, fills in forms, presses buttons, and looks at each page they reach.

To look at a page is to check what holds for every page: it fits the screen, it is small over the wire, axe-core finds
nothing, headings come in order, the console is silent, the Content-Security-Policy was not hit, and nothing was asked of
another origin.
"""

from __future__ import annotations

import hashlib
import itertools
import os
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

_COME_NEAR = """
() => { for (const far of document.querySelectorAll('.one-of-many')) far.style.contentVisibility = 'visible'; }
"""
"""What is laid out only when one comes near it would move under axe-core, which looks at places on the screen."""
_RUN_AXE = f"axe.run({{runOnly: {RULES}, resultTypes: ['violations']}}).then(found => found.violations)"
"""What holds is not described one element after the other: that takes axe-core longer than the finding."""
_FORM_OF_PAGE = """() => {
    const plain = text => text.replace(/[0-9]+/g, '0');
    const attribute = ({name, value}) => name + '=' + (
        ['href', 'action', 'src', 'value', 'content', 'd', 'points', 'alt', 'title'].includes(name) ? !!value
        : name.startsWith('aria-label') || name.startsWith('data-') ? !!value : plain(value));
    const form = node => {
        if (node.nodeType === Node.TEXT_NODE) return node.data.trim() ? 't' : '';
        if (node.nodeType !== Node.ELEMENT_NODE || ['SCRIPT', 'STYLE'].includes(node.tagName)) return '';
        const inside = [...node.childNodes].map(form).filter(one => one);
        const distinct = inside.filter((one, place) => one !== inside[place - 1]);
        return `<${node.tagName} ${[...node.attributes].map(attribute).join(' ')}>${distinct.join('')}</>`;
    };
    const focus = document.activeElement;
    return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, focus.tagName, focus.className,
            form(document.documentElement)].join();
}"""
"""All that decides whether a page is accessible: its elements and what they are made of, which of them bear text, but not what
the text says, nor how often like follows like. Styles are the same for as long as the tests run."""
WEIGHT = """
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map(part => part.encodedBodySize + 300).reduce((all, size) => all + size, 0)
"""
"""Of the page and all its parts as they were sent, kept ones too, with 300 octets of headers each (Resource Timing, 4.2)."""
_HEADINGS = """
    [...document.querySelectorAll('h1, h2, h3, h4')].filter(one => one.checkVisibility()).map(one => Number(one.tagName[1]))
"""


@dataclass
class Faultless:
    """Digests of the forms of pages in which axe-core found nothing; known to all who share the folder."""

    folder: Path

    def __contains__(self, form: str) -> bool:
        return (self.folder / form).exists()

    def add(self, form: str) -> None:
        (self.folder / form).touch()


found_faultless: list[Faultless] = []
"""The one of this run, once a browser was started for it."""


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
        context.set_default_timeout(30_000)
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
            self.page.fill(f"[name={name}]:not([type=hidden])", value)

    def press(self, act: str) -> None:
        """Press the button that bears this `data-act`, and look at the page to which it leads."""
        self.go_by(f"[data-act={act}]")

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

    def tab_to(self, selector: str) -> None:
        """Reach what this selects with the Tab key, and see that the focus is visible there."""
        for _ in range(90):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                break
        else:
            raise AssertionError(f"the Tab key never reaches {selector}")
        seen = self.page.evaluate(
            """() => [document.activeElement, document.activeElement.nextElementSibling, document.activeElement.parentElement]
            .some(one => one && getComputedStyle(one).outlineStyle !== 'none')"""
        )
        if not seen:
            self.faults.append(f"{self.page.url}: the focus of {selector} cannot be seen")

    def press_enter(self) -> None:
        """Send the form in whose field the focus is."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    def follow(self, address: str) -> None:
        """Follow the link in the main column to this address."""
        self.go_by(f'main a[href="{address}"]')

    def go_by(self, selector: str) -> None:
        """Click on what this selects, and look at the page to which it leads once that page is there."""
        with self.page.expect_navigation():
            self.page.click(selector)
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
        if (weight := self.page.evaluate(WEIGHT)) > LARGEST_PAGE:
            self.faults.append(f"{where}: {weight} octets over the wire")
        levels = self.page.evaluate(_HEADINGS)
        if levels.count(1) != 1 or any(later > earlier + 1 for earlier, later in itertools.pairwise(levels)):
            self.faults.append(f"{where}: headings of levels {levels}")
        if self.scripted:
            self._check_accessibility(where)

    def _check_accessibility(self, where: str) -> None:
        """axe-core finds nothing; a page that it has judged before in the same form is not judged again."""
        form = hashlib.sha256(self.page.evaluate(_FORM_OF_PAGE).encode()).hexdigest()
        if any(form in known for known in found_faultless):
            return
        self.page.evaluate(_COME_NEAR)
        found = self.page.evaluate(f"{read_axe()}; {_RUN_AXE}")
        self.faults += [f"{where}: {_write_violation(violation)}" for violation in found]
        if not found:
            for known in found_faultless:
                known.add(form)

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
