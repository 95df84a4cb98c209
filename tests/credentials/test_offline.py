"""Papers as offline codes: issued, drawn, read by a reader that is not ours, checked with files alone."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import zxingcpp
from click.testing import CliRunner
from flask.testing import FlaskClient
from PIL import Image, ImageFilter
from sqlalchemy import func, select

from eid.agencies.service import deduct_licence_points
from eid.audit import AuditEntry
from eid.cards.portrait import draw_portrait
from eid.cli.credentials import credentials
from eid.clock import wall_now
from eid.credentials.catalogue import TAX
from eid.credentials.models import IssuedPaper
from eid.credentials.offline_issuing import issue_offline_code
from eid.credentials.offline_papers import LIFETIME, OfflineCode, build_offline_paper
from eid.credentials.offline_reading import verify_offline_paper
from eid.credentials.qr_modules import Correction, build_modules
from eid.credentials.small_photo import shrink_portrait
from eid.crypto.keys import generate_signing_key
from eid.crypto.status_list import StatusReference
from eid.db import db
from eid.errors import Conflict, NotFound, VerificationFailed
from eid.events import AccountLocked, post_event
from eid.population.models import Person
from tests.credentials.conftest import ISSUER, OF_GROWN_UPS, FetchList, give_every_paper

LARGEST = 17 + 4 * 25
"""Modules of version 25."""


def photograph(modules: list[list[bool]], *, pixels: float = 3, turn: float = 3) -> Image.Image:
    """As a camera sees a code: turned, not quite sharp, with modules of a broken number of pixels."""
    size = len(modules) + 8
    flat = Image.new("L", (size, size), 255)
    for y, row in enumerate(modules, 4):
        for x, dark in enumerate(row, 4):
            if dark:
                flat.putpixel((x, y), 0)
    large = flat.resize((size * 4, size * 4), Image.Resampling.NEAREST)
    seen = large.resize((int(size * pixels), int(size * pixels)), Image.Resampling.BILINEAR)
    return seen.rotate(turn, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(0.8))


def read_code(image: Image.Image) -> str:
    [found] = zxingcpp.read_barcodes(image)
    return found.text


@pytest.mark.parametrize("paper", OF_GROWN_UPS)
def test_every_paper_is_read_from_a_picture_and_verified_with_files_alone(
    client: FlaskClient, person: Person, paper: str, tmp_path: Path
) -> None:
    give_every_paper(person.id)
    issued = issue_offline_code(person.id, paper)
    modules = build_modules(issued.code.text, issued.code.correction)
    assert len(modules) <= LARGEST
    assert issued.code.photo is not None
    scanned = read_code(photograph(modules))
    assert scanned == issued.code.text
    keys = tmp_path / "keys.json"
    keys.write_text(client.get("/api/v1/keys").text)
    shown = CliRunner().invoke(credentials, ["verify", "-", "--trust", str(keys), "--json"], input=scanned)
    assert shown.exit_code == 0, shown.output
    report = json.loads(shown.output)
    assert (report["verdict"], report["paper"]["paper"]) == ("verified", paper)
    content = report["paper"]["content"]
    assert content.pop("photo").startswith("data:image/webp;base64,")
    omitted = content.pop("omitted", [])
    assert omitted == list(issued.code.omitted)
    assert content == {name: value for name, value in issued.found.content.items() if name not in omitted}
    assert {step["step"]: step["result"] for step in report["steps"]}["status"] == "not_checked"


def test_half_of_what_may_be_damaged_is_no_obstacle(person: Person) -> None:
    issued = issue_offline_code(person.id, "driving_licence")
    modules, rng = build_modules(issued.code.text, issued.code.correction), Random(7)
    # one module in a hundred spoils one code word in thirteen; correction M mends twice as many
    for _ in range(len(modules) ** 2 // 100):
        x, y = rng.randrange(9, len(modules) - 9), rng.randrange(9, len(modules) - 9)
        modules[y][x] = not modules[y][x]
    assert read_code(photograph(modules)) == issued.code.text


def test_the_photo_is_of_the_holder_and_can_be_drawn(person: Person) -> None:
    photo = issue_offline_code(person.id, "health_insurance").code.photo
    assert photo is not None
    assert photo in list(shrink_portrait(draw_portrait(person.pin, sex=person.sex).jpeg))
    with Image.open(io.BytesIO(photo)) as image:
        assert (image.format, *image.size) == ("WEBP", 60, 80) or image.size[0] >= 36


def test_it_holds_for_a_week_and_is_recorded(person: Person) -> None:
    issued = issue_offline_code(person.id, "driving_licence")
    assert abs(issued.expires_at - wall_now() - LIFETIME) < timedelta(seconds=5)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "present_paper")).one()
    assert (entry.person_id, entry.details["paper"]) == (person.id, "driving_licence")
    assert db.session.scalar(select(func.count(IssuedPaper.id))) == 1


def verify(client: FlaskClient, text: str, fetch_list: FetchList) -> None:
    keys = client.get("/api/v1/keys").json["keys"]  # type: ignore[index]
    listed = fetch_list(f"{ISSUER}/api/v1/status-lists/1")
    verify_offline_paper(text, keys=keys, expected_issuer=ISSUER, now=wall_now(), status_list=listed)


def test_a_reader_with_a_network_sees_what_changed(client: FlaskClient, person: Person, fetch_list: FetchList) -> None:
    text = issue_offline_code(person.id, "driving_licence").code.text
    verify(client, text, fetch_list)
    deduct_licence_points(person.pin, 2, decision="QĐ-1")
    with pytest.raises(VerificationFailed) as refusal:
        verify(client, text, fetch_list)
    assert (refusal.value.step, refusal.value.code) == ("status", "paper_invalid")


def test_a_locked_account_suspends_its_codes(client: FlaskClient, person: Person, fetch_list: FetchList) -> None:
    text = issue_offline_code(person.id, "health_insurance").code.text
    post_event(AccountLocked(1, person.id, "test"))
    db.session.commit()
    with pytest.raises(VerificationFailed) as refusal:
        verify(client, text, fetch_list)
    assert (refusal.value.step, refusal.value.code) == ("status", "paper_suspended")


def test_no_code_of_what_somebody_does_not_have(person: Person) -> None:
    with pytest.raises(NotFound) as unknown:
        issue_offline_code(person.id, "passport")
    assert unknown.value.code == "paper_kind_unknown"
    with pytest.raises(Conflict) as missing:
        issue_offline_code(person.id, "vehicle")
    assert missing.value.code == "paper_not_added"


def build_for(dependants: int, name: str = "Trần Văn Minh") -> OfflineCode:
    rng = Random(3)
    content = {"name": name, "dependants": [{"name": rng.randbytes(20).hex()} for _ in range(dependants)]}
    return build_offline_paper(
        TAX,
        content,
        shrink_portrait(draw_portrait(1).jpeg),
        issuer=ISSUER,
        status=StatusReference(f"{ISSUER}/api/v1/status-lists/1", 5),
        now=wall_now(),
        key=generate_signing_key(),
    )


def test_what_is_long_goes_with_less_protection_and_then_without_its_lists_but_with_the_photo() -> None:
    found = [build_for(count) for count in (2, 18, 60)]
    assert [(code.correction, code.photo is not None, code.omitted) for code in found] == [
        (Correction.MEDIUM, True, ()),
        (Correction.LOW, True, ()),
        (Correction.MEDIUM, True, ("dependants",)),
    ]
    with pytest.raises(Conflict) as refusal:
        build_for(1, name=Random(1).randbytes(900).hex())
    assert refusal.value.code == "code_too_long"


@pytest.mark.parametrize("text", ["EID1:", "EID1:NOTHING", "EID1:" + "0" * 9000])
def test_rubbish_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [generate_signing_key().public_jwk()]}))
    shown = CliRunner().invoke(credentials, ["verify", "-", "--trust", str(keys)], input=text)
    assert shown.exit_code == 1
    assert "eid: refused at structure:" in shown.output
