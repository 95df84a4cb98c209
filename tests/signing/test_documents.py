"""A citizen signs a PDF on our own page: brought, approved on the phone, signed, verified by programs that are not ours."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import func, select, update

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Refused
from eid.population.models import Person
from eid.signing.certificates import check_may_sign
from eid.signing.documents import MOST_DOCUMENTS, sign_document
from eid.signing.models import SigningDocument
from eid.signing.request_states import HANDLE_LIFE
from eid.web.session import COOKIE
from tests.accounts.conftest import in_threads
from tests.oauth.conftest import Citizen, citizen, make_citizen
from tests.oauth.decoupled import give_phone
from tests.people import PASSCODE
from tests.signing.pdfs import read_by_pdfsig, render, validate
from tests.turns import both_engines
from tests.web.conftest import Browser

__all__ = ["citizen", "make_citizen"]


def make_pdf(text: str = "Contract", pages: int = 2) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for number in range(pages):
        canvas.drawString(100, 700, f"{text}, page {number + 1}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


PDF = make_pdf()


class Signer:
    """A citizen with a phone, at the pages."""

    def __init__(self, app: Flask, citizen: Citizen, browser: Browser) -> None:
        self.phone, self.browser, self.citizen = give_phone(app, citizen), browser, citizen
        browser.client.set_cookie(COOKIE, citizen.new_session.token)

    def get_certificate(self) -> None:
        self.browser.open("/citizen/signing/")
        assert "Serial number" in self.browser.submit("/citizen/signing/certificate", passcode=PASSCODE).text

    def bring(self, content: bytes = PDF, name: str = "hợp đồng.pdf") -> str:
        """The address of its page."""
        self.browser.open("/citizen/signing/")
        page = self.browser.submit("/citizen/signing/documents", document=(io.BytesIO(content), name))
        return page.request.path

    def ask(self, address: str) -> str:
        """The number on the page."""
        page = self.browser.submit(f"{address}/ask").text
        assert "match-number" in page, page
        return page.split('class="match-number">')[1][:2]

    def sign(self, content: bytes = PDF) -> bytes:
        address = self.bring(content)
        assert self.phone.answer(self.ask(address)).status_code == 200
        assert "Sign it now" in self.browser.open(address).text
        assert "This document is signed." in self.browser.submit(f"{address}/sign").text
        answer = self.browser.client.get(f"{address}/signed.pdf")
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        return answer.data


@pytest.fixture
def signer(app: Flask, citizen: Citizen, browser: Browser) -> Signer:
    made = Signer(app, citizen, browser)
    made.get_certificate()
    return made


def test_a_pdf_is_named_approved_signed_and_taken_home(signer: Signer, tmp_path: Path) -> None:
    address = signer.bring()
    page = signer.browser.open(address).text
    digest = hashlib.sha256(PDF).hexdigest()
    assert "hợp đồng.pdf" in page
    assert digest in page.replace("<wbr>", "")
    number = signer.ask(address)
    [asked] = signer.phone.asked()
    [thing] = asked["consent"]["things"]
    assert "hợp đồng.pdf" in thing["title"]
    assert digest in thing["title"]
    assert "I have approved it" in signer.browser.open(address).text
    assert signer.phone.answer(number).status_code == 200
    signer.browser.open(address)
    signer.browser.submit(f"{address}/sign")
    signed = signer.browser.client.get(f"{address}/signed.pdf").data
    assert signed.startswith(PDF)
    found = read_by_pdfsig(signed, tmp_path)
    assert "Signature is Valid." in found
    assert "Total document signed" in found
    assert "Trần Văn Minh" in found
    status = validate(signed, signer.browser.client.get("/signing/authority.cer").data)
    assert status.bottom_line
    assert status.timestamp_validity is not None
    assert (status.timestamp_validity.valid, status.timestamp_validity.trusted) == (True, True)
    acts = [
        e.act for e in db.session.scalars(select(AuditEntry).where(AuditEntry.person_id == signer.citizen.person_id))
    ]
    assert {"bring_document", "open_signing_request", "answer_signing_request", "sign_document"} <= set(acts)


def test_the_mark_is_seen_on_the_last_page(signer: Signer, tmp_path: Path) -> None:
    pdf = make_pdf(pages=1)
    before = render(pdf, tmp_path)
    after = render(signer.sign(pdf), tmp_path)
    changed = [a != b for a, b in zip(before.tobytes(), after.tobytes(), strict=True)]
    width = before.width
    places = [(at % width, at // width) for at, is_changed in enumerate(changed) if is_changed]
    assert len(places) > 500
    assert min(x for x, _y in places) > before.width / 2
    assert min(y for _x, y in places) > before.height * 0.9


def test_a_signed_pdf_is_signed_again_and_the_first_signature_holds(signer: Signer, tmp_path: Path) -> None:
    twice = signer.sign(signer.sign())
    found = read_by_pdfsig(twice, tmp_path)
    assert found.count("Signature is Valid.") == 2
    root = signer.browser.client.get("/signing/authority.cer").data
    assert [validate(twice, root, number=number).intact for number in (0, 1)] == [True, True]
    assert len(PdfFileReader(io.BytesIO(twice)).embedded_signatures) == 2


def test_an_altered_pdf_is_refused(signer: Signer, tmp_path: Path) -> None:
    signed = bytearray(signer.sign())
    signed[signed.index(b"stream") + 12] ^= 1
    assert "Digest Mismatch" in read_by_pdfsig(bytes(signed), tmp_path)
    assert not validate(bytes(signed), signer.browser.client.get("/signing/authority.cer").data).bottom_line


def test_nothing_is_signed_without_an_approval(signer: Signer) -> None:
    address = signer.bring()
    signer.browser.open(address)
    assert signer.browser.submit(f"{address}/sign").status_code == 409
    signer.ask(address)
    assert signer.browser.submit(f"{address}/sign").status_code == 409
    assert signer.browser.client.get(f"{address}/signed.pdf").status_code == 404


def test_an_approval_of_another_document_signs_nothing(signer: Signer) -> None:
    first, second = signer.bring(), signer.bring(make_pdf("Another"))
    signer.browser.open(first)
    number = signer.ask(first)
    signer.phone.answer(number)
    signer.browser.open(second)
    assert signer.browser.submit(f"{second}/sign").status_code == 409
    db.session.execute(
        update(SigningDocument)
        .where(SigningDocument.id == int(first.split("/")[-1]))
        .values(content=make_pdf("Swapped"))
    )
    db.session.commit()
    signer.browser.open(first)
    page = signer.browser.submit(f"{first}/sign")
    assert (page.status_code, "not the one that was approved" in page.text) == (409, True)


def test_a_refusal_and_silence_are_said(signer: Signer) -> None:
    address = signer.bring()
    signer.browser.open(address)
    signer.ask(address)
    signer.phone.answer(None, "refuse")
    assert "Your phone refused. Nothing was signed." in signer.browser.open(address).text
    signer.ask(address)
    with time_machine.travel(wall_now() + HANDLE_LIFE + timedelta(seconds=1)):
        assert "Nobody answered in time." in signer.browser.open(address).text


@both_engines
def test_of_many_signatures_at_once_one_is_made(app: Flask, signer: Signer) -> None:
    address = signer.bring()
    signer.browser.open(address)
    signer.phone.answer(signer.ask(address))
    document, session = int(address.split("/")[-1]), signer.citizen.new_session.session
    results = in_threads(app, [lambda: sign_document(session, document, write_mark=lambda name, _at: [name])] * 4)
    refused = [each for each in results if each is not None]
    assert len(refused) == 3
    assert all(isinstance(each, Conflict) for each in refused)
    assert {each.code for each in refused} == {"signing_request_over"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This is not a PDF that can be signed."),
        (b"not a pdf", "This is not a PDF that can be signed."),
        (b"%PDF-1.7\n", "This is not a PDF that can be signed."),
        (PDF[: len(PDF) // 2], "This is not a PDF that can be signed."),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\nstartxref\n9\n%%EOF", "This is not a PDF that can be signed."),
    ],
    ids=range(5),
)
def test_what_is_no_pdf_is_refused(signer: Signer, content: bytes, said: str) -> None:
    signer.browser.open("/citizen/signing/")
    page = signer.browser.submit("/citizen/signing/documents", document=(io.BytesIO(content), "x.pdf"))
    assert (page.status_code, said in page.text) == (400, True)
    assert db.session.scalar(select(func.count(SigningDocument.id))) == 0


def test_an_encrypted_pdf_is_refused(signer: Signer) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt="secret")
    canvas.drawString(100, 100, "x")
    canvas.save()
    signer.browser.open("/citizen/signing/")
    page = signer.browser.submit("/citizen/signing/documents", document=(io.BytesIO(buffer.getvalue()), "x.pdf"))
    assert (page.status_code, "encrypted" in page.text) == (400, True)


def test_documents_are_their_owners_alone_and_go_after_an_hour(
    signer: Signer, another_browser: Browser, make_citizen: object
) -> None:
    address = signer.bring()
    other = make_citizen(103, "Bình")  # type: ignore[operator]
    another_browser.client.set_cookie(COOKIE, other.new_session.token)
    assert another_browser.open(address).status_code == 404
    db.session.execute(update(SigningDocument).values(expires_at=wall_now()))
    db.session.commit()
    assert signer.browser.open(address).status_code == 404
    signer.bring()
    assert db.session.scalar(select(func.count(SigningDocument.id))) == 1


def test_there_are_ten_at_a_time_and_one_can_be_removed(signer: Signer) -> None:
    address = ""
    for _ in range(MOST_DOCUMENTS):
        address = signer.bring()
    signer.browser.open("/citizen/signing/")
    page = signer.browser.submit("/citizen/signing/documents", document=(io.BytesIO(PDF), "x.pdf"))
    assert (page.status_code, "ten documents" in page.text) == (409, True)
    signer.browser.open(address)
    assert signer.browser.submit(f"{address}/remove").status_code == 200
    assert signer.browser.open(address).status_code == 404


def test_a_certificate_takes_the_passcode_level_2_and_there_is_one(
    app: Flask, citizen: Citizen, browser: Browser
) -> None:
    made = Signer(app, citizen, browser)
    browser.open("/citizen/signing/")
    assert browser.submit("/citizen/signing/certificate", passcode="000000").status_code == 403
    db.session.execute(update(Account).values(level=AccountLevel.ONE))
    db.session.commit()
    browser.open("/citizen/signing/")
    page = browser.submit("/citizen/signing/certificate", passcode=PASSCODE)
    assert (page.status_code, "account of level 2" in page.text) == (409, True)
    db.session.execute(update(Account).values(level=AccountLevel.TWO))
    db.session.commit()
    made.get_certificate()
    again = browser.submit("/citizen/signing/certificate", passcode=PASSCODE)
    assert (again.status_code, "You have a signing certificate already." in again.text) == (409, True)


def test_a_holder_revokes_the_certificate_and_gets_another(signer: Signer) -> None:
    signer.browser.open("/citizen/signing/")
    assert signer.browser.submit("/citizen/signing/certificate/revoke", passcode="000000").status_code == 403
    page = signer.browser.submit("/citizen/signing/certificate/revoke", passcode=PASSCODE)
    assert "Get a certificate" in page.text
    signer.get_certificate()


def test_a_minor_gets_no_certificate(account: Account) -> None:
    """Whose account is used with a guardian's word."""
    db.session.execute(update(Person).values(birth_date=wall_now().date() - timedelta(days=10 * 365)))
    db.session.commit()
    with pytest.raises(Refused) as refusal:
        check_may_sign(account)
    assert refusal.value.code == "signing_ward"
