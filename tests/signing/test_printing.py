"""A paper as a sealed PDF: downloaded after the passcode, verified and rendered by programs that are not ours."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from sqlalchemy import select

from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.credentials.offline_reading import verify_offline_paper
from eid.db import db
from eid.population.models import Person
from tests.credentials.conftest import ISSUER, OF_GROWN_UPS, give_every_paper
from tests.people import PASSCODE, record_added_insurance, record_added_licence
from tests.signing.pdfs import read_by_pdfsig, render, validate
from tests.web.conftest import Browser


@pytest.fixture
def holder(account: object, person: Person, browser: Browser) -> Person:
    """Minh, insured and licensed, signed in."""
    record_added_insurance(person.id)
    record_added_licence(person.id)
    db.session.commit()
    browser.sign_in(person.pin, at="/robots.txt")
    return person


def download(browser: Browser, paper: str = "driving_licence") -> bytes:
    browser.open(f"/citizen/papers/{paper}")
    browser.submit(f"/citizen/papers/{paper}", passcode=PASSCODE)
    answer = browser.open(f"/citizen/papers/{paper}.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={paper}.pdf"
    return answer.data


@pytest.mark.parametrize("paper", OF_GROWN_UPS)
def test_each_paper_is_sealed_and_its_code_is_read_from_the_printed_page(
    browser: Browser, holder: Person, tmp_path: Path, paper: str
) -> None:
    give_every_paper(holder.id)
    pdf = download(browser, paper)
    found = read_by_pdfsig(pdf, tmp_path)
    assert "Signature is Valid." in found
    assert "Total document signed" in found
    assert "ETSI.CAdES.detached" in found
    [scanned] = zxingcpp.read_barcodes(render(pdf, tmp_path))
    keys = browser.client.get("/api/v1/keys").json["keys"]  # type: ignore[index]
    verified = verify_offline_paper(scanned.text, keys=keys, expected_issuer=ISSUER, now=wall_now())
    assert (verified.paper.name, verified.content["name"]) == (paper, "Trần Văn Minh")


def test_the_seal_is_trusted_and_time_stamped(browser: Browser, holder: Person) -> None:
    """PAdES B-T (ETSI EN 319 142-1, 6.3): a signature time stamp of our own authority."""
    pdf = download(browser)
    status = validate(pdf, browser.client.get("/signing/authority.cer").data)
    assert status.bottom_line
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    stamp = status.timestamp_validity
    assert stamp is not None
    assert (stamp.valid, stamp.trusted) == (True, True)
    assert abs(stamp.timestamp - wall_now()) < timedelta(minutes=1)


def test_an_altered_file_is_refused_by_both_readers(browser: Browser, holder: Person, tmp_path: Path) -> None:
    pdf = bytearray(download(browser))
    pdf[pdf.index(b"stream") + 20] ^= 1
    assert "Digest Mismatch" in read_by_pdfsig(bytes(pdf), tmp_path)
    status = validate(bytes(pdf), browser.client.get("/signing/authority.cer").data)
    assert not status.intact
    assert not status.bottom_line


def test_without_the_passcode_there_is_no_file(browser: Browser, holder: Person) -> None:
    answer = browser.open("/citizen/papers/driving_licence.pdf")
    assert answer.content_type.startswith("text/html")
    assert 'name="passcode"' in answer.text


def test_it_is_recorded_for_its_holder(browser: Browser, holder: Person) -> None:
    download(browser)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "print_paper")).one()
    assert (entry.person_id, entry.details["paper"]) == (holder.id, "driving_licence")
    assert "Paper downloaded as a PDF" in browser.open("/citizen/disclosures").text


def test_what_nobody_has_is_no_file(browser: Browser, holder: Person) -> None:
    download(browser)
    assert browser.open("/citizen/papers/vehicle.pdf").status_code == 409
    assert browser.open("/citizen/papers/passport.pdf").status_code == 404
