"""python -m tests.browser.screenshots [REPORT]: makes the README's pictures anew in docs/pictures.

REPORT is a load scenario's report, which is pictured too where it is given.

A country of its own is made in a temporary folder and served; a citizen, a patient and an officer go through it, on a desk
in English and on a phone in Vietnamese. Each picture is one of the pages as they are, at most 150 kB.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from eid.app import create_app
from eid.cast import CastMember
from eid.config import Settings
from eid.db import db, upgrade_schema
from eid.demo.relying_services import BANK_FILE, ROADSIDE_FILE, SampleUrls, give_to_cast, prepare_samples
from eid.samples.bank.app import create_bank
from eid.samples.bank.config import BankConfig
from eid.samples.roadside.app import create_roadside
from eid.samples.roadside.config import RoadsideConfig
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.country import Authenticator, Country, make_country, serving_clinic, serving_country
from tests.live import bound_listener, serving

ROOT = Path(__file__).parent.parent.parent
LARGEST = 150_000
DESK = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 780}
COLOURS = (256, 128, 64, 32)
GAP = 24
KEY = (255, 0, 255)
"""A colour that no page has: it becomes transparent."""


class Photographer:
    """Goes through pages with one browser profile and keeps pictures of what is on the screen."""

    def __init__(self, page: Page, folder: Path, authenticator: Authenticator) -> None:
        self.page, self.folder, self.authenticator = page, folder, authenticator

    def take(self, name: str) -> None:
        path = self.folder / f"{name}.png"
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        self.page.screenshot(path=path)
        shrink(path)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"[name={name}]", value)

    def press(self, act: str) -> None:
        with self.page.expect_navigation():
            self.page.click(f"[data-act={act}]")

    def sign_in(self, member: CastMember) -> None:
        self.fill(pin=member.pin, password=member.password)
        self.press("sign-in")
        self.fill(otp=self.authenticator.code(str(member.totp_secret)))
        self.press("continue")


def shrink(path: Path) -> None:
    """Afterwards the picture has a palette small enough for it to be at most 150 kB."""
    whole = Image.open(path).convert("RGB")
    for colours in COLOURS:
        whole.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            return
    raise SystemExit(f"{path} cannot be made small enough")


def join(folder: Path, name: str, parts: list[str]) -> None:
    """Put phones side by side into one picture, with transparent gaps that fit light and dark readers; drop the parts."""
    pictures = [Image.open(folder / f"{part}.png").convert("RGB") for part in parts]
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    strip, left = Image.new("RGB", (width, pictures[0].height), KEY), 0
    for picture in pictures:
        strip.paste(picture, (left, 0))
        left += picture.width + GAP
    few = strip.quantize(128, dither=Image.Dither.NONE)
    few.save(folder / f"{name}.png", optimize=True, transparency=few.getpixel((pictures[0].width + 1, 0)))
    for part in parts:
        (folder / f"{part}.png").unlink()


@contextmanager
def visiting(browser: Browser, country: Country, folder: Path, **look: str) -> Iterator[Photographer]:
    """A fresh browser profile: width= desk or phone, language=, scheme=."""
    context = browser.new_context(
        viewport=PHONE if look["width"] == "phone" else DESK,  # type: ignore[arg-type]
        color_scheme=look.get("scheme", "light"),  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "eid_locale", "value": look["language"], "url": country.url}])
    yield Photographer(context.new_page(), folder, AUTHENTICATOR)
    context.close()


AUTHENTICATOR = Authenticator()


def photograph_activation(camera: Photographer, country: Country, url: str) -> None:
    hoa = country.cast("Hoa")
    camera.page.goto(f"{url}/citizen/activate")
    camera.fill(pin=hoa.pin, phone=hoa.phone)
    camera.take("phone-activate-1")
    camera.press("continue")
    outbox = camera.page.context.new_page()
    outbox.goto(f"{url}/outbox/?recipient={hoa.phone}")
    code = outbox.inner_text("main .messages li").split(":")[-1]
    outbox.close()
    camera.fill(code="".join(c for c in code if c.isdigit())[:6])
    camera.press("continue")
    camera.fill(password=hoa.password)
    camera.press("continue")
    camera.fill(passcode=hoa.passcode)
    camera.press("continue")
    camera.press("later")
    camera.take("phone-activate-2")
    secret = camera.page.locator("details code").text_content() or ""
    camera.fill(otp=camera.authenticator.code(secret))
    camera.press("continue")
    camera.take("phone-activate-3")
    camera.press("activate")
    camera.take("phone-activate-4")
    join(camera.folder, "activation", [f"phone-activate-{step}" for step in (1, 2, 3, 4)])


def photograph_citizen(camera: Photographer, country: Country, url: str) -> None:
    minh = country.cast("Minh")
    camera.page.goto(f"{url}/citizen/")
    camera.sign_in(minh)
    camera.take("citizen")
    camera.page.emulate_media(color_scheme="dark")
    camera.take("citizen-dark")
    camera.page.emulate_media(color_scheme="light")
    camera.page.goto(f"{url}/citizen/papers/driving_licence")
    camera.fill(passcode=minh.passcode)
    camera.press("continue")
    camera.take("paper")


def photograph_patient(camera: Photographer, country: Country, clinic: str) -> None:
    bui = country.cast("Thắng")
    camera.page.goto(f"{clinic}/language/vi")
    camera.take("phone-clinic-1")
    camera.press("sign-in")
    camera.sign_in(bui)
    camera.take("phone-clinic-2")
    camera.fill(passcode=bui.passcode)
    camera.press("approve")
    camera.take("phone-clinic-3")
    camera.page.goto(f"{country.url}/citizen/papers/health_insurance")
    camera.fill(passcode=bui.passcode)
    camera.press("continue")
    camera.take("phone-clinic-4")
    join(camera.folder, "clinic", [f"phone-clinic-{step}" for step in (1, 2, 3, 4)])


def photograph_desk(camera: Photographer, country: Country, url: str) -> None:
    camera.page.goto(f"{url}/desk/")
    camera.sign_in(country.cast("Lan"))
    camera.fill(pin=country.cast("Mai").pin, purpose="Calls the hotline")
    camera.press("look-up")
    camera.take("desk")


def photograph_card(camera: Photographer, country: Country, url: str) -> None:
    """A card at the try-out reader, on a desk."""
    camera.page.goto(f"{url}/services/card")
    camera.page.check(f"#card-{country.cast('Minh').pin}")
    camera.press("read-card")
    camera.take("card")


def photograph_service(camera: Photographer, country: Country) -> None:
    """The clinic's own page of faults, as the company that looks after it sees it."""
    with country.app.app_context():
        give_to_cast()
    camera.page.goto(f"{country.url}/services/mine")
    camera.sign_in(country.cast("Phúc"))
    address = camera.page.get_attribute("main .acts a", "href")
    camera.page.goto(f"{country.url}{address}faults")
    camera.take("faults")


def photograph_samples(camera: Photographer, country: Country) -> None:
    """The doors of the bank and of the roadside check, on a phone."""
    state = country.settings.state_dir
    with country.app.app_context():
        prepare_samples(state, issuer=country.url, urls=SampleUrls())
    banks = create_bank(BankConfig.from_env(json.loads((state / BANK_FILE).read_text())))
    checks = create_roadside(RoadsideConfig.from_env(json.loads((state / ROADSIDE_FILE).read_text())))
    for number, sample in enumerate((banks, checks)):
        listener, url = bound_listener()
        with listener, serving(sample, listener):
            camera.page.goto(f"{url}/")
            camera.take(f"phone-sample-{number}")
    join(camera.folder, "samples", ["phone-sample-0", "phone-sample-1"])


def photograph_public_pages(camera: Photographer, url: str) -> None:
    for name, path in (
        ("doors", "/"),
        ("services", "/services/"),
        ("api", "/api/docs"),
        ("outbox", "/outbox/"),
        ("error", "/nowhere"),
    ):
        camera.page.goto(url + path)
        camera.take(name)


def photograph_report(camera: Photographer, report: Path) -> None:
    camera.page.goto(report.resolve().as_uri())
    camera.take("report")


def make_pictures(folder: Path, report: Path | None) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix="eid-pictures-"))
    settings = Settings(state_dir=state, database_url=f"sqlite:///{state}/eid.sqlite3", log_level="error")
    app = create_app(settings)
    with app.app_context():
        upgrade_schema()
        db.session.remove()
        db.engine.dispose()
    make_country(settings)
    with sync_playwright() as playwright, serving_country(settings) as country, serving_clinic(country) as clinic:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        with visiting(browser, country, folder, width="phone", language="vi") as camera:
            photograph_activation(camera, country, country.url)
        with visiting(browser, country, folder, width="phone", language="vi") as camera:
            photograph_patient(camera, country, clinic.url)
        with visiting(browser, country, folder, width="phone", language="vi") as camera:
            photograph_samples(camera, country)
        with visiting(browser, country, folder, width="desk", language="en") as camera:
            photograph_service(camera, country)
        with visiting(browser, country, folder, width="desk", language="en") as camera:
            photograph_citizen(camera, country, country.url)
        with visiting(browser, country, folder, width="desk", language="en") as camera:
            photograph_desk(camera, country, country.url)
        with visiting(browser, country, folder, width="desk", language="en") as camera:
            photograph_card(camera, country, country.url)
            photograph_public_pages(camera, country.url)
            if report is not None:
                photograph_report(camera, report)
        browser.close()
    shutil.rmtree(state)


if __name__ == "__main__":
    make_pictures(ROOT / "docs/pictures", Path(sys.argv[1]) if len(sys.argv) > 1 else None)
