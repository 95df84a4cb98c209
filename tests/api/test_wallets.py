"""Wallets over HTTP beyond the conformance modules: offers, what takes time, what wallets tell, encryption, what credentials say,
and what a request costs."""

from __future__ import annotations

import html
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from eid.accounts.levels import AccountLevel
from eid.accounts.service import find_account
from eid.agencies.service import record_vehicle
from eid.clock import wall_now, world_now
from eid.credentials.mobile_documents import IDENTITY_ELEMENTS, LICENCE_ELEMENTS, write_latin1
from eid.credentials.models import IssuedPaper, PaperAddition
from eid.crypto.mdoc_verification import verify_issuer_signed
from eid.crypto.sd_jwt_vc import VcTrust, verify_sd_jwt_vc
from eid.crypto.status_list import StatusType
from eid.crypto.x509 import parse_certificate
from eid.db import db
from eid.oauth.clients import register_client
from eid.oauth.models import Profile
from eid.oauth.offers.making import find_offer
from eid.oauth.offers.making import make_offer as make_offer_of
from eid.oauth.offers.models import CredentialOffer
from eid.outbox import find_messages
from eid.population.service import find_person_by_id
from eid.scenarios.pages import find_form
from tests.conformance.fapi2 import answer_of
from tests.conformance.wallets import LICENCE, MDL, SCOPES, Wallet, open_wallet, read_mdoc, read_vc, wallet, wallet_app
from tests.oauth.conftest import BACK, ISSUER, Citizen, make_citizen
from tests.oauth.proving import HeldKey
from tests.people import PASSCODE, PHONE, record_added_licence
from tests.turns import both_engines

__all__ = ["make_citizen", "wallet", "wallet_app"]

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


@pytest.fixture(scope="module")
def token(wallet: Wallet) -> str:
    return str(wallet.tokens(scope="driving_licence identity_card vehicle")["access_token"])


def error_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]


def send_passcode(wallet: Wallet, paper: str, passcode: str) -> TestResponse:
    """The form of the citizen's page, filled in as it stands there."""
    address = f"/citizen/papers/{paper}/wallet"
    page = wallet.browser.get(address)
    found = find_form(page.text, url=address, acts=("continue",))
    assert found is not None, page.text
    form, act = found
    return wallet.browser.post(address, data=dict(form.fill(act, {"passcode": passcode})))


def make_offer(wallet: Wallet, paper: str = "driving_licence") -> tuple[dict[str, Any], str]:
    """The offer that a wallet finds at the address of the QR code on the citizen's page, and the code that was texted."""
    page = send_passcode(wallet, paper, PASSCODE)
    assert page.status_code == 200, page.text
    shown = re.search(r'id="offer-text">(.*?)<', page.text)
    assert shown is not None
    [address] = parse_qs(urlsplit(html.unescape(shown[1])).query)["credential_offer_uri"]
    answer = wallet.get(address.removeprefix(ISSUER))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    by_value = re.search(r'id="offer-by-value">(.*?)<', page.text)
    assert by_value is not None
    [offer] = parse_qs(urlsplit(html.unescape(by_value[1])).query)["credential_offer"]
    assert json.loads(offer) == answer.get_json()
    texted = re.search(r"\b\d{6}\b", find_messages(recipient=PHONE, limit=1)[0].body)
    assert texted is not None
    return answer.get_json(), texted[0]


def take(wallet: Wallet, offer: dict[str, Any], tx_code: str | None, **changes: str) -> TestResponse:
    code = offer["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code, "tx_code": tx_code, **changes}
    return wallet.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})


def ask_bearer(wallet: Wallet, access: str, **body: Any) -> TestResponse:
    given = {"proofs": {"jwt": [wallet.prove()]}, **body}
    return wallet.post("/oauth/credentials", json=given, headers={"Authorization": f"Bearer {access}"})


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_wallet_that_nobody_registered_takes_an_offer_with_the_texted_code(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, sections 4.1 and 6.1: short-lived, once, and the holder's phone beside the screen."""
    offer, tx_code = make_offer(wallet)
    assert offer["credential_issuer"] == ISSUER
    assert offer["credential_configuration_ids"] == [LICENCE, MDL]
    described = offer["grants"][PRE_AUTHORIZED]["tx_code"]
    assert (described["input_mode"], described["length"]) == ("numeric", 6) and len(described["description"]) <= 300
    tokens = take(wallet, offer, tx_code, unknown="ignored")
    assert tokens.status_code == 200, tokens.text
    assert tokens.get_json()["token_type"] == "Bearer" and "id_token" not in tokens.get_json()
    access = tokens.get_json()["access_token"]
    assert ask_bearer(wallet, access, credential_configuration_id=LICENCE).status_code == 200
    assert ask_bearer(wallet, access, credential_configuration_id=MDL).status_code == 200
    assert error_of(take(wallet, offer, tx_code)) == (400, "invalid_grant")
    kept = wallet.browser.get("/citizen/papers/driving_licence/wallet").text
    assert "Ví điện tử" in kept and "mdoc" in kept


def test_an_offer_wants_its_code_five_times_at_the_most(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, section 6.3."""
    offer, tx_code = make_offer(wallet)
    assert error_of(take(wallet, offer, None)) == (400, "invalid_request")
    wrong = "000000" if tx_code != "000000" else "000001"
    for _ in range(5):
        assert error_of(take(wallet, offer, wrong)) == (400, "invalid_grant")
    assert error_of(take(wallet, offer, tx_code)) == (400, "invalid_grant")


def test_an_offer_is_over_after_five_minutes_and_when_another_is_made(wallet: Wallet) -> None:
    offer, tx_code = make_offer(wallet)
    with time_machine.travel(wall_now() + timedelta(minutes=5, seconds=1)):
        assert error_of(take(wallet, offer, tx_code)) == (400, "invalid_grant")
    newer, newer_code = make_offer(wallet)
    assert error_of(take(wallet, offer, tx_code)) == (400, "invalid_grant")
    assert take(wallet, newer, newer_code).status_code == 200
    gone = wallet.get("/oauth/credential-offers/made-up")
    assert gone.status_code == 404


def test_an_offer_can_be_narrowed_to_one_credential_and_no_other(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, section 6.1.1."""
    offer, tx_code = make_offer(wallet)
    elsewhere = json.dumps([{"type": "openid_credential", "credential_configuration_id": "identity_sd_jwt"}])
    refused = take(wallet, offer, tx_code, authorization_details=elsewhere)
    assert error_of(refused) == (400, "invalid_authorization_details")
    details = json.dumps([{"type": "openid_credential", "credential_configuration_id": MDL}])
    tokens = take(wallet, offer, tx_code, authorization_details=details).get_json()
    [identifier] = tokens["authorization_details"][0]["credential_identifiers"]
    assert ask_bearer(wallet, tokens["access_token"], credential_identifier=identifier).status_code == 200
    by_configuration = ask_bearer(wallet, tokens["access_token"], credential_configuration_id=MDL)
    assert error_of(by_configuration) == (400, "invalid_credential_request")
    other = ask_bearer(wallet, tokens["access_token"], credential_configuration_id=LICENCE)
    assert error_of(other) == (403, "insufficient_scope")


def test_who_signs_in_with_an_issuer_state_takes_the_offer_that_they_made(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, section 5.1.3."""
    offer, tx_code = make_offer(wallet)
    state = offer["grants"]["authorization_code"]["issuer_state"]
    assert "access_token" in wallet.tokens(issuer_state=state)
    assert error_of(take(wallet, offer, tx_code)) == (400, "invalid_grant")
    assert wallet.authorize(issuer_state=state)["error"] == "invalid_request"
    assert wallet.authorize(issuer_state="made-up")["error"] == "invalid_request"
    foreign, _code = make_offer(wallet)
    row = db.session.scalar(select(CredentialOffer).where(CredentialOffer.redeemed_at.is_(None)))
    assert row is not None
    row.person_id += 1
    db.session.commit()
    answered = wallet.authorize(issuer_state=foreign["grants"]["authorization_code"]["issuer_state"])
    assert answered["error"] == "access_denied"


def test_a_wrong_passcode_makes_no_offer(wallet: Wallet) -> None:
    before = len(find_messages(recipient=PHONE))
    page = send_passcode(wallet, "driving_licence", "111111")
    assert page.status_code == 403 and "offer-text" not in page.text
    assert len(find_messages(recipient=PHONE)) == before
    assert wallet.browser.get("/citizen/papers/passport/wallet").status_code == 404


def ask_for_vehicle(wallet: Wallet, *, minutes: int) -> None:
    """The citizen asked for their vehicle's paper, and the agency answers so many minutes from now."""
    now = world_now()
    row = db.session.get(PaperAddition, (wallet.person_id, "vehicle"))
    if row is None:
        record_vehicle(wallet.person_id)
        row = PaperAddition(person_id=wallet.person_id, paper="vehicle", asked_at=now)
        db.session.add(row)
    row.answered_at, row.differs = now + timedelta(minutes=minutes), None
    db.session.commit()


def test_what_takes_time_is_fetched_later_and_once(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, sections 8.3 and 9."""
    configuration = "vehicle_sd_jwt"
    assert error_of(wallet.ask(token, configuration)) == (400, "credential_request_denied")
    ask_for_vehicle(wallet, minutes=4)
    answer = wallet.ask(token, configuration)
    waiting = answer.get_json()
    assert answer.status_code == 202 and set(waiting) == {"transaction_id", "interval"} and waiting["interval"] > 0
    asked = {"transaction_id": waiting["transaction_id"]}
    again = wallet.call("/oauth/deferred-credentials", token, json=asked)
    assert again.status_code == 202 and again.get_json()["transaction_id"] == waiting["transaction_id"]
    other = open_wallet(wallet.app, wallet.browser, wallet.person_id, "Ví Khác")
    access = str(other.tokens(scope="vehicle")["access_token"])
    assert error_of(other.call("/oauth/deferred-credentials", access, json=asked)) == (400, "invalid_transaction_id")
    ask_for_vehicle(wallet, minutes=0)
    done = wallet.call("/oauth/deferred-credentials", token, json=asked)
    assert done.status_code == 200, done.text
    assert read_vc(done.get_json()["credentials"][0]["credential"])["vehicles"]
    told = {"notification_id": done.get_json()["notification_id"], "event": "credential_accepted"}
    assert wallet.call("/oauth/notifications", token, json=told).status_code == 204
    assert error_of(wallet.call("/oauth/deferred-credentials", token, json=asked)) == (400, "invalid_transaction_id")
    assert error_of(wallet.call("/oauth/deferred-credentials", token, json={})) == (400, "invalid_credential_request")


def test_what_the_agency_refuses_in_the_end_is_denied(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 9.3."""
    ask_for_vehicle(wallet, minutes=4)
    waiting = wallet.ask(token, "vehicle_mso_mdoc").get_json()
    row = db.session.get_one(PaperAddition, (wallet.person_id, "vehicle"))
    row.answered_at, row.differs = world_now(), "number"
    db.session.commit()
    denied = wallet.call("/oauth/deferred-credentials", token, json={"transaction_id": waiting["transaction_id"]})
    assert error_of(denied) == (400, "credential_request_denied")


def statuses_of(wallet: Wallet, configuration: str) -> list[int]:
    query = select(IssuedPaper.status).where(IssuedPaper.person_id == wallet.person_id).order_by(IssuedPaper.id.desc())
    return [int(one) for one in db.session.scalars(query.limit(1))]


def test_what_a_wallet_has_deleted_is_invalid_and_its_holder_sees_it(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 11."""
    issued = wallet.ask(token).get_json()
    told = {"notification_id": issued["notification_id"], "event": "credential_accepted", "event_description": "stored"}
    assert wallet.call("/oauth/notifications", token, json=told).status_code == 204
    assert statuses_of(wallet, LICENCE) == [StatusType.VALID]
    for _ in range(2):
        deleted = told | {"event": "credential_deleted"}
        assert wallet.call("/oauth/notifications", token, json=deleted).status_code == 204
    assert statuses_of(wallet, LICENCE) == [StatusType.INVALID]
    assert error_of(wallet.call("/oauth/notifications", token, json=told)) == (400, "invalid_notification_request")
    page = wallet.browser.get("/citizen/papers/driving_licence/wallet").text
    assert wallet.registered.client.name in page and "đã xoá trong ví" in page


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"notification_id": "made-up"}, "invalid_notification_id"),
        ({"notification_id": None}, "invalid_notification_request"),
        ({"event": "credential_lost"}, "invalid_notification_request"),
        ({"event": None}, "invalid_notification_request"),
        ({"event_description": "đã lưu"}, "invalid_notification_request"),
    ],
)
def test_a_bad_notification_is_refused_by_name(wallet: Wallet, token: str, change: dict[str, Any], error: str) -> None:
    """OpenID4VCI 1.0, section 11.3."""
    told = {"notification_id": "x", "event": "credential_accepted"} | change
    sent = {name: value for name, value in told.items() if value is not None}
    assert error_of(wallet.call("/oauth/notifications", token, json=sent)) == (400, error)
    assert wallet.post("/oauth/notifications", json=sent).status_code == 401


def test_an_encrypted_answer_is_given_to_an_encrypted_request_alone(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, sections 8.2 and 10."""
    wanted = {"jwk": HeldKey.generate().jwk() | {"alg": "ECDH-ES"}, "enc": "A128GCM"}
    plain = wallet.ask(token, credential_response_encryption=wanted)
    assert error_of(plain) == (400, "invalid_encryption_parameters")
    assert wallet.ask(token, sealed=wallet.seal).status_code == 200
    for spoiled in ("nonsense", "a.b.c.d.e"):
        refused = wallet.call("/oauth/credentials", token, data=spoiled, content_type="application/jwt")
        assert error_of(refused) == (400, "invalid_encryption_parameters")
    foreign = wallet.ask(token, sealed=lambda body: wallet.seal(body, kid="another"))
    assert error_of(foreign) == (400, "invalid_encryption_parameters")


def root_of(wallet: Wallet) -> Any:
    pem = wallet.get("/api/v1/trust/iaca").data
    return parse_certificate(x509.load_pem_x509_certificates(pem)[0].public_bytes(Encoding.DER))


def test_an_mdl_has_every_mandatory_element_and_verifies_under_the_authority(wallet: Wallet, token: str) -> None:
    """ISO/IEC 18013-5, table 5 and 9.1.2."""
    [issued] = wallet.ask(token, MDL).get_json()["credentials"]
    _mso, spaces = read_mdoc(issued["credential"])
    elements = spaces["org.iso.18013.5.1"]
    mandatory = "family_name given_name birth_date issue_date expiry_date issuing_country issuing_authority"
    mandatory += " document_number portrait driving_privileges un_distinguishing_sign"
    assert set(mandatory.split()) <= set(elements) <= set(LICENCE_ELEMENTS)
    assert elements["portrait"].startswith(b"\xff\xd8\xff") and elements["un_distinguishing_sign"] == "VN"
    assert elements["birth_date"].number == 1004 and elements["age_over_18"] is True
    assert (elements["family_name"], elements["family_name_national_character"]) == ("Tran", "Trần")
    assert elements["driving_privileges"][0]["vehicle_category_code"]
    raw = issued["credential"]
    verified = verify_issuer_signed(
        decode(raw), roots=[root_of(wallet)], expected_doc_type="org.iso.18013.5.1.mDL", now=wall_now()
    )
    assert verified.elements["org.iso.18013.5.1"]["document_number"] == elements["document_number"]


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def test_an_identity_card_is_kept_in_both_formats_also_by_an_account_of_level_1(wallet: Wallet, token: str) -> None:
    person, account = find_person_by_id(wallet.person_id), find_account(wallet.person_id)
    pin, account.level = person.pin, AccountLevel.ONE
    db.session.commit()
    try:
        [vc] = wallet.ask(token, "identity_sd_jwt").get_json()["credentials"]
        [mdoc] = wallet.ask(token, "identity_mso_mdoc").get_json()["credentials"]
        assert error_of(wallet.ask(token)) == (400, "credential_request_denied")
    finally:
        find_account(wallet.person_id).level = AccountLevel.TWO
        db.session.commit()
    verified = verify_sd_jwt_vc(
        vc["credential"],
        trust=VcTrust(roots=[root_of(wallet)]),
        expected_vct=f"{ISSUER}/api/v1/credential-types/identity",
        expected_issuer=ISSUER,
        now=wall_now(),
    )
    assert verified.issuer is not None and verified.claims["pin"] == pin
    assert verified.claims["portrait"].startswith("data:image/jpeg;base64,")
    mso, spaces = read_mdoc(mdoc["credential"])
    assert (mso.doc_type, set(spaces)) == ("vn.eid.identity.1", {"vn.eid.identity.1"})
    elements = spaces["vn.eid.identity.1"]
    assert set(elements) == set(IDENTITY_ELEMENTS) and elements["personal_administrative_number"] == pin


def test_a_service_is_told_nothing_by_the_scope_of_the_identity_card(wallet: Wallet, token: str) -> None:
    """It is for wallets: userinfo wants `openid`, and a paper's token is of papers that services are given."""
    assert wallet.call("/api/v1/papers/identity/tokens", token, json={}).status_code == 404


def test_a_request_for_eight_credentials_asks_the_database_no_more_than_one_for_one(wallet: Wallet, token: str) -> None:
    """Statements of a whole request, the token's and the DPoP proof's among them."""
    counts: dict[int, list[int]] = {1: [], 8: []}
    for number in (1, 8, 1, 8, 1, 8):
        proofs = [wallet.prove(HeldKey.generate()) for _ in range(number)]
        with counted() as statements:
            answer = wallet.ask(token, proofs={"jwt": proofs})
        assert answer.status_code == 200
        counts[number].append(len(statements))
    fewest = min(
        counts[8]
    )  # a place that is taken already, or the clearing of old proofs, is a statement more now and then
    assert fewest == min(counts[1]) and fewest <= 16, counts


@pytest.mark.parametrize(
    ("name", "written"),
    [("Nguyễn", "Nguyen"), ("Đỗ", "Do"), ("Lê", "Lê"), ("Trần Văn", "Tran Van"), ("Ưng", "Ung"), ("O'Neil", "O'Neil")],
)
def test_a_name_is_written_in_letters_that_an_mdl_may_have(name: str, written: str) -> None:
    """ISO/IEC 18013-5, table 5: latin1b."""
    assert write_latin1(name) == written
    written.encode("latin-1")


@both_engines
def test_of_many_wallets_that_show_one_offer_at_the_same_time_one_gets_it(
    app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    """OpenID4VCI 1.0, section 13.6: a pre-authorized code is used once."""
    citizen = make_citizen()
    record_added_licence(citizen.person_id)
    db.session.commit()
    offer = make_offer_of(citizen.new_session.session, [LICENCE, MDL])
    token = parse_qs(urlsplit(offer.uri).query)["credential_offer_uri"][0].rpartition("/")[2]
    code = find_offer(token)["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    texted = re.search(r"\b\d{6}\b", find_messages(limit=1)[0].body)
    assert texted is not None
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code, "tx_code": texted[0]}
    db.session.remove()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: app.test_client().post("/oauth/token", data=form).status_code, range(4)))
    assert sorted(answers) == [200, 400, 400, 400]


def test_a_citizen_agrees_on_the_page_to_a_credential_that_is_asked_for_alone(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, section 5.1.1: authorization details and no scope."""
    registered = register_client(name="Ví Mới", redirect_uris=[BACK], scopes=SCOPES, profile=Profile.HAIP)
    new = Wallet(wallet.app, registered, wallet.browser, wallet.person_id)
    details = json.dumps([{"type": "openid_credential", "credential_configuration_id": MDL}])
    pushed = new.push(scope=None, authorization_details=details)
    named = {"client_id": new.client_id, "request_uri": pushed.get_json()["request_uri"]}
    address = new.browser.get("/oauth/authorize", query_string=named).headers["Location"]
    page = new.browser.get(address)
    assert "Giấy phép lái xe" in page.text
    found = find_form(page.text, url=address, acts=("approve",))
    assert found is not None
    form, act = found
    answer = new.browser.post(urlsplit(form.action).path, data=dict(form.fill(act, {"passcode": PASSCODE})))
    tokens = new.redeem(answer_of(answer)["code"]).get_json()
    assert tokens["scope"] == "" and "id_token" not in tokens
    [identifier] = tokens["authorization_details"][0]["credential_identifiers"]
    by_name = {"credential_configuration_id": None, "credential_identifier": identifier}
    assert new.ask(tokens["access_token"], **by_name).status_code == 200
    again = new.browser.get(
        "/oauth/authorize",
        query_string=named
        | {"request_uri": new.push(scope=None, authorization_details=details).get_json()["request_uri"]},
    )
    assert "code" in answer_of(again)


def test_a_wallet_in_a_page_of_another_origin_may_ask(wallet: Wallet) -> None:
    """RFC 9700, section 2.6: no cookie is looked at here."""
    for path in ("/oauth/nonce", "/oauth/credentials", "/oauth/deferred-credentials", "/oauth/notifications"):
        answer = wallet.app.test_client().options(path)
        assert (
            answer.headers["Access-Control-Allow-Origin"] == "*"
            and "DPoP" in answer.headers["Access-Control-Allow-Headers"]
        )
