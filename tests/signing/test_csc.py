"""The Cloud Signature Consortium's API 2.0 as a service meets it; signatures checked by cryptography, certificates by openssl."""

from __future__ import annotations

import hashlib
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate, load_der_x509_crl
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from eid.accounts.models import Account
from eid.accounts.sealing_rotation import rotate_sealing_key
from eid.audit import AuditEntry
from eid.clock import wall_now, world_today
from eid.db import db
from eid.events import AccountClosed, AccountLocked, PersonDied, post_event
from eid.signing.models import SigningCertificate
from eid.signing.request_states import HANDLE_LIFE, MOST_UNANSWERED
from tests.accounts.conftest import in_threads
from tests.oauth.conftest import ISSUER, Citizen, citizen, make_citizen
from tests.oauth.decoupled import Phone
from tests.signing.services import (
    Notary,
    digest_of,
    error_of,
    give_certificate,
    open_notary,
    register_notary,
    take_token,
)
from tests.turns import both_engines

__all__ = ["citizen", "make_citizen"]
ONE, TWO = b"contract", b"annex"


@pytest.fixture
def parties(app: Flask, citizen: Citizen) -> tuple[Notary, Phone]:
    return open_notary(app, citizen)


@pytest.fixture
def notary(parties: tuple[Notary, Phone]) -> Notary:
    return parties[0]


@pytest.fixture
def phone(parties: tuple[Notary, Phone]) -> Phone:
    return parties[1]


def approve(notary: Notary, phone: Phone, *texts: bytes) -> None:
    """The service holds activation data for these."""
    assert notary.authorize(*texts).status_code == 202
    assert phone.answer(notary.number).status_code == 200
    assert notary.check().status_code == 200


def certificate_of(notary: Notary) -> bytes:
    answer = notary.post("credentials/info", credentialID=notary.credential_id)
    return b64decode(answer.get_json()["cert"]["certificates"][0])


def check_signature(notary: Notary, signature: str, text: bytes) -> None:
    key = load_der_x509_certificate(certificate_of(notary)).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(b64decode(signature), text, ec.ECDSA(hashes.SHA256()))


def test_the_service_describes_itself_to_anybody(client: FlaskClient) -> None:
    """Section 11.1."""
    told = client.post("/csc/v2/info", json={}).get_json()
    assert (told["specs"], told["oauth2"], told["authType"]) == ("2.0.0.2", f"{ISSUER}/oauth", ["oauth2code"])
    assert {"credentials/authorizeCheck", "signatures/signHash", "signatures/timestamp"} <= set(told["methods"])
    assert told["signAlgorithms"]["algos"] == ["1.2.840.10045.4.3.2"]


def test_a_token_lists_its_persons_credential_and_it_is_recorded(notary: Notary, citizen: Citizen) -> None:
    """Section 11.4."""
    told = notary.post(
        "credentials/list", credentialInfo=True, certificates="chain", certInfo=True, authInfo=True, onlyValid=True
    ).get_json()
    assert (told["credentialIDs"], told["onlyValid"]) == ([notary.credential_id], True)
    [info] = told["credentialInfos"]
    assert info["key"] == {
        "status": "enabled",
        "algo": ["1.2.840.10045.4.3.2"],
        "len": 256,
        "curve": "1.2.840.10045.3.1.7",
    }
    assert (info["SCAL"], info["multisign"], info["auth"]) == ("2", 20, {"mode": "explicit", "objects": []})
    assert (info["cert"]["status"], len(info["cert"]["certificates"])) == ("valid", 2)
    assert "CN=Trần Văn Minh" in info["cert"]["subjectDN"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "list_signing_certificates")).one()
    assert entry.person_id == citizen.person_id


def test_the_certificate_names_its_holder_without_the_pin_and_openssl_verifies_it(
    notary: Notary, citizen: Citizen, authority_pem: Path, tmp_path: Path
) -> None:
    der = certificate_of(notary)
    assert b"979085000102" not in der
    (tmp_path / "crl.der").write_bytes(notary.app.test_client().get("/signing/authority.crl").data)
    (tmp_path / "holder.der").write_bytes(der)
    for kind in ("crl", "x509"):
        name = {"crl": "crl", "x509": "holder"}[kind]
        subprocess.run(
            ["openssl", kind, "-inform", "DER", "-in", tmp_path / f"{name}.der", "-out", tmp_path / f"{name}.pem"], check=True
        )  # fmt: skip
    checked = [
        "openssl",
        "verify",
        "-x509_strict",
        "-crl_check",
        "-CRLfile",
        tmp_path / "crl.pem",
        "-CAfile",
        authority_pem,
    ]
    found = subprocess.run([*checked, tmp_path / "holder.pem"], capture_output=True, text=True)
    assert found.stdout.strip().endswith(": OK"), found.stderr


def test_a_batch_is_approved_on_the_phone_and_signed_once(notary: Notary, phone: Phone, citizen: Citizen) -> None:
    """Sections 11.6, 11.7, 11.10 and 13.5: a question, a number, an approval, signatures."""
    opened = notary.authorize(ONE, TWO, description="Hợp đồng 17")
    assert (opened.status_code, opened.get_json()["expiresIn"] <= 300) == (202, True)
    assert notary.check().status_code == 202
    [asked] = phone.asked()
    assert (asked["asks"], asked["purpose"]) == ("Văn phòng Thử", "Ký hợp đồng")
    assert (asked["consent"]["kind"], asked["consent"]["message"]) == ("signature", "Hợp đồng 17")
    shown = [thing["title"] for thing in asked["consent"]["things"]]
    assert [hashlib.sha256(text).hexdigest() in title for text, title in zip((ONE, TWO), shown, strict=True)] == [
        True,
        True,
    ]
    assert phone.answer(notary.number).get_json() == {"decision": "approved"}
    granted = notary.check()
    assert (granted.status_code, 0 < granted.get_json()["expiresIn"] <= 300) == (200, True)
    signed = notary.sign(TWO, ONE)
    assert signed.status_code == 200, signed.text
    for text, signature in zip((TWO, ONE), signed.get_json()["signatures"], strict=True):
        check_signature(notary, signature, text)
    acts = [
        entry.act for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.person_id == citizen.person_id))
    ]
    assert {"open_signing_request", "answer_signing_request", "sign_digests"} <= set(acts)
    assert error_of(notary.sign(TWO, ONE)) == (400, "invalid_request", "Invalid parameter SAD")
    assert error_of(notary.check()) == (400, "invalid_request", "Invalid parameter handle")


@pytest.mark.parametrize("texts", [(TWO,), (ONE, TWO), (ONE, ONE), (b"another",)])
def test_only_what_was_approved_is_signed(notary: Notary, phone: Phone, texts: tuple[bytes, ...]) -> None:
    approve(notary, phone, ONE)
    assert error_of(notary.sign(*texts)) == (400, "invalid_request", "Hash is not authorized by the SAD")
    assert notary.sign(ONE).status_code == 200


@both_engines
def test_of_many_uses_at_once_one_signs(app: Flask, notary: Notary, phone: Phone) -> None:
    approve(notary, phone, ONE)
    answers = in_threads(app, [lambda: notary.sign(ONE)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
    refused = [error_of(answer) for answer in answers if answer.status_code == 400]
    assert set(refused) == {(400, "invalid_request", "Invalid parameter SAD")}


def test_a_refusal_is_a_state_of_its_own(notary: Notary, phone: Phone) -> None:
    notary.authorize(ONE)
    assert phone.answer(None, "refuse").get_json() == {"decision": "refused"}
    assert error_of(notary.check()) == (400, "access_denied", "The signer has refused")


def test_a_wrong_number_ends_the_question(notary: Notary, phone: Phone) -> None:
    notary.authorize(ONE)
    wrong = f"{(int(notary.number) + 1) % 100:02}"
    assert phone.answer(wrong).get_json()["code"] == "number_wrong"
    assert error_of(notary.check()) == (400, "invalid_authentication_data", "The authentication data is invalid")


def test_the_phone_needs_the_passcode(notary: Notary, phone: Phone) -> None:
    notary.authorize(ONE)
    assert phone.answer(notary.number, passcode="000000").get_json()["code"] == "passcode_wrong"
    assert notary.check().status_code == 202


def test_a_handle_lives_for_five_minutes(notary: Notary, phone: Phone) -> None:
    notary.authorize(ONE)
    with time_machine.travel(wall_now() + HANDLE_LIFE + timedelta(seconds=1)):
        assert error_of(notary.check()) == (400, "invalid_request", "The handle has expired")
        assert phone.asked() == []


def test_activation_data_live_for_five_minutes(notary: Notary, phone: Phone) -> None:
    approve(notary, phone, ONE)
    with time_machine.travel(wall_now() + HANDLE_LIFE + timedelta(seconds=1)):
        assert error_of(notary.sign(ONE)) == (400, "invalid_request", "SAD expired")


def test_who_lost_the_activation_data_gets_others_and_the_first_are_void(notary: Notary, phone: Phone) -> None:
    approve(notary, phone, ONE)
    lost = notary.sad
    notary.check()
    assert error_of(notary.sign(ONE, SAD=lost)) == (400, "invalid_request", "Invalid parameter SAD")
    assert notary.sign(ONE).status_code == 200


def test_a_second_question_ends_the_first(notary: Notary, phone: Phone) -> None:
    notary.authorize(ONE)
    first = notary.handle
    notary.authorize(TWO)
    assert len(phone.asked()) == 1
    assert error_of(notary.post("credentials/authorizeCheck", handle=first))[2] == "Invalid parameter handle"


def test_a_phone_is_not_asked_again_and_again(notary: Notary, phone: Phone) -> None:
    for _ in range(MOST_UNANSWERED):
        assert notary.authorize(ONE).status_code == 202
    answer = notary.authorize(ONE)
    assert (answer.status_code, answer.get_json()["error"]) == (429, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 3000


def test_another_service_has_nothing_of_it(app: Flask, notary: Notary, phone: Phone, citizen: Citizen) -> None:
    approve(notary, phone, ONE)
    stranger = Notary(app, take_token(app, citizen, register_notary("Kẻ lạ")), notary.credential_id)
    stranger.handle, stranger.sad = notary.handle, notary.sad
    assert error_of(stranger.check())[2] == "Invalid parameter handle"
    assert error_of(stranger.sign(ONE))[2] == "Invalid parameter SAD"


def test_another_person_has_nothing_of_it(
    app: Flask, notary: Notary, phone: Phone, make_citizen: Callable[..., Citizen]
) -> None:
    approve(notary, phone, ONE)
    other = make_citizen(103, "Bình")
    stranger = Notary(app, take_token(app, other, register_notary("Kẻ lạ")), notary.credential_id, sad=notary.sad)
    assert stranger.post("credentials/list").get_json() == {"credentialIDs": []}
    assert error_of(stranger.sign(ONE))[2] == "Invalid parameter credentialID"
    assert error_of(stranger.authorize(ONE))[2] == "Invalid parameter credentialID"


End = Callable[[Account], None]


def _die(account: Account) -> None:
    post_event(PersonDied(account.person_id, world_today()))


ENDS: dict[str, End] = {
    "locked": lambda account: post_event(AccountLocked(account.id, account.person_id, "holder")),
    "closed": lambda account: post_event(AccountClosed(account.id, account.person_id)),
    "dead": _die,
}


@pytest.mark.parametrize("end", list(ENDS))
def test_what_ends_the_account_revokes_the_certificate_and_destroys_the_key(
    app: Flask, notary: Notary, phone: Phone, citizen: Citizen, end: str
) -> None:
    approve(notary, phone, ONE)
    serial = load_der_x509_certificate(certificate_of(notary)).serial_number
    ENDS[end](citizen.account)
    db.session.commit()
    row = db.session.scalars(select(SigningCertificate)).one()
    assert (row.sealed_key, row.revoked_at is not None) == (None, True)
    crl = load_der_x509_crl(app.test_client().get("/signing/authority.crl").data)
    assert crl.get_revoked_certificate_by_serial_number(serial) is not None
    answer = notary.sign(ONE)
    assert answer.status_code in (400, 401), answer.text  # the token may have ended with the account


def test_a_locked_account_signs_nothing_even_by_a_token_that_lives(
    notary: Notary, phone: Phone, citizen: Citizen
) -> None:
    approve(notary, phone, ONE)
    db.session.execute(db.text("UPDATE accounts SET state = 'locked'"))
    db.session.commit()
    said = "The credential identified by credentialID is disabled"
    assert error_of(notary.sign(ONE)) == (400, "invalid_request", said)
    assert error_of(notary.authorize(ONE)) == (400, "invalid_request", said)


def test_a_certificate_that_has_ended_signs_nothing(notary: Notary, phone: Phone) -> None:
    approve(notary, phone, ONE)
    db.session.execute(db.update(SigningCertificate).values(expires_at=wall_now() - timedelta(seconds=1)))
    db.session.commit()
    assert error_of(notary.sign(ONE)) == (400, "invalid_request", "Signing certificate is expired")


def test_without_a_phone_nobody_can_be_asked(app: Flask, citizen: Citizen) -> None:
    notary = Notary(app, take_token(app, citizen, register_notary()), give_certificate(citizen).credential_id)
    assert error_of(notary.authorize(ONE)) == (403, "invalid_request", "No phone is bound to the account.")


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"credentialID": None}, "invalid_request", "Missing (or invalid type) string parameter credentialID"),
        ({"credentialID": "other"}, "invalid_request", "Invalid parameter credentialID"),
        ({"numSignatures": None}, "invalid_request", "Missing (or invalid type) integer parameter numSignatures"),
        ({"numSignatures": True}, "invalid_request", "Missing (or invalid type) integer parameter numSignatures"),
        ({"numSignatures": 0}, "invalid_request", "Invalid value for parameter numSignatures"),
        ({"numSignatures": 2}, "invalid_request", "Invalid value for parameter numSignatures"),
        ({"numSignatures": 21}, "invalid_request", "Numbers of signatures is too high"),
        ({"hashes": None}, "invalid_request", "Missing (or invalid type) array parameter hash"),
        ({"hashes": []}, "invalid_request", "Empty hash array"),
        ({"hashes": ["%"]}, "invalid_request", "Invalid Base64 hash string parameter"),
        ({"hashes": [7]}, "invalid_request", "Invalid Base64 hash string parameter"),
        ({"hashes": ["AAAA"]}, "invalid_request", "Invalid digest value length"),
        ({"hashAlgorithmOID": None}, "invalid_request", "Missing (or invalid type) string parameter hashAlgorithmOID"),
        ({"hashAlgorithmOID": "1.3.14.3.2.26"}, "invalid_request", "Invalid parameter hashAlgorithmOID"),
        ({"authData": [{"id": "PIN"}]}, "invalid_authentication_data", "The authentication data is invalid"),
        ({"description": "x" * 501}, "invalid_request", "Invalid parameter description"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_words_of_the_specification(
    notary: Notary, changes: dict[str, Any], error: str, description: str
) -> None:
    """Section 11.6."""
    assert error_of(notary.authorize(ONE, **changes)) == (400, error, description)


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"SAD": None}, "Missing (or invalid type) string parameter SAD"),
        ({"SAD": "guessed"}, "Invalid parameter SAD"),
        ({"signAlgo": None}, "Missing (or invalid type) string parameter signAlgo"),
        ({"signAlgo": "1.2.840.113549.1.1.1"}, "Invalid parameter signAlgo"),
        ({"operationMode": "A"}, "Invalid parameter operationMode"),
        ({"hashAlgorithmOID": "1.2.3"}, "Invalid parameter hashAlgorithmOID"),
        ({"credentialID": "other"}, "Invalid parameter credentialID"),
    ],
)
def test_what_cannot_be_signed_is_refused_in_the_words_of_the_specification(
    notary: Notary, phone: Phone, changes: dict[str, Any], description: str
) -> None:
    """Section 11.10."""
    approve(notary, phone, ONE)
    assert error_of(notary.sign(ONE, **changes)) == (400, "invalid_request", description)
    assert notary.sign(ONE).status_code == 200


def test_without_the_scope_or_a_token_there_is_no_access(app: Flask, citizen: Citizen) -> None:
    other = register_notary("Phòng khám", ("openid", "profile"))
    notary = Notary(app, take_token(app, citizen, other, "openid profile"), "x")
    assert error_of(notary.post("credentials/list"))[:2] == (403, "insufficient_scope")
    notary.token = "nonsense"
    assert error_of(notary.post("credentials/list"))[:2] == (401, "invalid_token")


@pytest.mark.parametrize("body", [[], "text", 7])
def test_what_is_no_object_is_refused(notary: Notary, body: object) -> None:
    for path in ("credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"):
        assert error_of(notary.post(path, body)) == (400, "invalid_request", "The request is no JSON object")


def test_a_list_for_somebody_else_is_refused(notary: Notary) -> None:
    assert error_of(notary.post("credentials/list", userID="x"))[2] == "userID parameter MUST be null"
    assert error_of(notary.post("credentials/list", certificates="all"))[2] == "Invalid parameter certificates"


def test_a_time_stamp_is_given_to_a_service(notary: Notary) -> None:
    """Section 11.13."""
    given = {"hash": digest_of(ONE), "hashAlgo": "2.16.840.1.101.3.4.2.1", "nonce": "abc"}
    token = b64decode(notary.post("signatures/timestamp", given).get_json()["timestamp"])
    info = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == hashlib.sha256(ONE).digest()
    assert info["nonce"].native == 0xABC
    for changes, said in (
        ({"hash": None}, "Missing (or invalid type) string parameter hash"),
        ({"hash": "AAAA"}, "Invalid digest value length"),
        ({"hashAlgo": "1.2.3"}, "Invalid parameter hashAlgo"),
        ({"nonce": "xyz"}, "Invalid parameter nonce"),
    ):
        assert error_of(notary.post("signatures/timestamp", given | changes))[2] == said


def test_keys_survive_the_rotation_of_the_sealing_key(notary: Notary, phone: Phone) -> None:
    before = db.session.scalars(select(SigningCertificate.sealed_key)).one()
    rotate_sealing_key(lambda _done: None)
    assert db.session.scalars(select(SigningCertificate.sealed_key)).one() != before
    approve(notary, phone, ONE)
    assert notary.sign(ONE).status_code == 200
