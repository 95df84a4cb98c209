"""Signing documents, for citizens: the certificate, a PDF that is brought, approved on the phone, signed, and taken home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.db import writes
from eid.errors import Malformed
from eid.signing.certificates import find_certificate, issue_signing_certificate, revoke_signing_certificate
from eid.signing.documents import (
    ask_to_sign_document,
    bring_document,
    find_document,
    find_signed_document,
    holder_name_of,
    list_documents,
    remove_document,
    sign_document,
)
from eid.signing.requests import Asker
from eid.web.formats import write_moment
from eid.web.forms import given_digits, refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("signing", __name__, url_prefix="/citizen/signing")


@blueprint.get("/")
@writes
@signed_in
def show_signing() -> Response:
    session = the_session()
    certificate = find_certificate(session.account_id)
    page = render_template(
        "signing/home.html",
        certificate=certificate,
        holder=holder_name_of(certificate) if certificate else "",
        documents=list_documents(session.person_id),
    )
    return _private(page)


@blueprint.post("/certificate")
@signed_in
@refused_on("signing.show_signing")
def get_certificate() -> Any:
    issue_signing_certificate(the_session(), passcode=given_digits("passcode"))
    return redirect(url_for("signing.show_signing"), 303)


@blueprint.post("/certificate/revoke")
@signed_in
@refused_on("signing.show_signing")
def revoke_certificate() -> Any:
    revoke_signing_certificate(the_session(), passcode=given_digits("passcode"))
    return redirect(url_for("signing.show_signing"), 303)


@blueprint.post("/documents")
@signed_in
@refused_on("signing.show_signing")
def bring() -> Any:
    file = request.files.get("document")
    if file is None or not file.filename:
        raise Malformed("document_missing", "Choose a PDF.", fields={"document": ["missing"]})
    brought = bring_document(the_session(), name=file.filename, content=file.read())
    return redirect(url_for("signing.show_document", document_id=brought.id), 303)


@blueprint.get("/documents/<int:document_id>")
@writes
@signed_in
def show_document(document_id: int) -> Response:
    found = find_document(document_id, person_id=the_session().person_id)
    return _private(render_template("signing/document.html", document=found))


@blueprint.post("/documents/<int:document_id>/ask")
@signed_in
@refused_on("signing.show_document")
def ask(document_id: int) -> Any:
    asker = Asker("eid", _("Sign a document that you brought"))
    ask_to_sign_document(the_session(), document_id, asker=asker)
    return redirect(url_for("signing.show_document", document_id=document_id), 303)


@blueprint.post("/documents/<int:document_id>/sign")
@signed_in
@refused_on("signing.show_document")
def sign(document_id: int) -> Any:
    sign_document(the_session(), document_id, write_mark=_write_mark)
    return redirect(url_for("signing.show_document", document_id=document_id), 303)


@blueprint.post("/documents/<int:document_id>/remove")
@signed_in
@refused_on("signing.show_document")
def remove(document_id: int) -> Any:
    remove_document(document_id, person_id=the_session().person_id)
    return redirect(url_for("signing.show_signing"), 303)


@blueprint.get("/documents/<int:document_id>/signed.pdf")
@writes
@signed_in
def download(document_id: int) -> Response:
    name, content = find_signed_document(document_id, person_id=the_session().person_id)
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name.removesuffix('.pdf')} (signed).pdf")
    response.headers["Cache-Control"] = "no-store"
    return response


def _write_mark(name: str, at: datetime) -> Sequence[str]:
    return (_("Signed electronically"), name, write_moment(at), _("Simulation"))


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
