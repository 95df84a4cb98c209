"""PAdES B-B (ETSI EN 319 142-1, 6.3) by a service that has the digest signed over the CSC API: no time stamp, and verified by
programs that are not ours. B-T is what papers and the citizen's own page have (test_printing, test_documents).
"""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from eid.signing.pades import DocumentSigner, Mark, sign_pdf
from tests.engines import one_engine
from tests.oauth.conftest import Citizen, citizen, make_citizen
from tests.signing.pdfs import read_by_pdfsig, validate
from tests.signing.services import open_notary
from tests.signing.test_documents import PDF

__all__ = ["citizen", "make_citizen"]


@one_engine
def test_a_signature_without_a_time_stamp_is_verified_by_readers_that_are_not_ours(
    app: Flask, citizen: Citizen, client: FlaskClient, tmp_path: Path
) -> None:
    notary, phone = open_notary(app, citizen)
    told = notary.post("credentials/info", credentialID=notary.credential_id, certificates="chain").get_json()
    certificate, *issuers = [b64decode(each) for each in told["cert"]["certificates"]]

    def sign_remotely(data: bytes) -> bytes:
        """The holder approves this digest on the phone, and the service gets its signature."""
        assert notary.authorize(data).status_code == 202
        assert phone.answer(notary.number).status_code == 200
        assert notary.check().status_code == 200
        [signature] = notary.sign(data).get_json()["signatures"]
        return b64decode(signature)

    signed = sign_pdf(
        PDF, DocumentSigner(certificate, issuers, sign_remotely), name="Notary", mark=Mark(["Trần Văn Minh"])
    )
    assert signed.startswith(PDF)
    found = read_by_pdfsig(signed, tmp_path)
    assert "Signature is Valid." in found
    assert "Total document signed" in found
    assert "ETSI.CAdES.detached" in found
    assert "Trần Văn Minh" in found
    root = client.get("/signing/authority.cer").data
    status = validate(signed, root)
    assert status.bottom_line
    assert status.timestamp_validity is None

    for at, places in ((PDF.index(b"stream") + 12, "before"), (signed.rindex(b"/Mark") + 1, "in what signing added")):
        altered = bytearray(signed)
        altered[at] ^= 1
        assert "Digest Mismatch" in read_by_pdfsig(bytes(altered), tmp_path), places
        assert not validate(bytes(altered), root).intact, places
