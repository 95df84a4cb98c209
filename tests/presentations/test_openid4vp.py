"""OpenID4VP 1.0 over HTTP: a service asks, a wallet shows, the service reads it once; and every other way is refused by name."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient

from eid.agencies.service import deduct_licence_points
from eid.audit import find_acts_about
from eid.clock import wall_now
from eid.config import Settings
from eid.credentials.mutant_workshop import Workshop
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.sd_jwt_vc_issuing import VcSigner, build_sd_jwt_vc
from eid.db import db
from eid.key_rotation import withdraw_signing_key
from eid.keystore import KeyUse, current_keystore
from eid.oauth.clients import register_client
from eid.population.service import find_person_by_id
from eid.presentations.answers import build_answer, build_refusal
from eid.presentations.authorization_requests import ResponseMode
from eid.presentations.models import PresentationRequest
from eid.wallet.held import Held
from tests.oauth.conftest import Citizen
from tests.presentations.conversation import (
    BACK,
    ISSUER,
    LICENCE_QUERY,
    MDL,
    MDL_QUERY,
    SPACE,
    VCT,
    Service,
    Wallet,
    code_of,
    public_jwk,
)


def test_a_licence_is_shown_and_the_service_reads_just_what_it_asked_for(service: Service, wallet: Wallet) -> None:
    """OpenID4VP, sections 5, 6, 8; HAIP, section 5."""
    opened = service.ask(LICENCE_QUERY)
    assert service.look(opened)["state"] == "open"
    answer = wallet.answer(opened)
    assert (answer.status_code, answer.get_json(), answer.headers["Cache-Control"]) == (200, {}, "no-store")
    assert service.look(opened)["state"] == "verified"
    found = service.read(opened)
    assert found.status_code == 200, found.text
    [shown] = found.get_json()["credentials"]["licence"]
    assert set(shown["claims"]) == {"may_drive", "name"}
    assert shown["claims"]["may_drive"] is True
    assert (shown["format"], shown["type"], shown["issuer"]) == ("dc+sd-jwt", VCT, "http://localhost:8000")


def test_an_mdoc_is_shown_in_its_session(service: Service, mdoc_wallet: Wallet) -> None:
    """OpenID4VP, appendix B.2.6.1: the transcript binds client, nonce, key and address."""
    opened = service.ask(MDL_QUERY)
    assert mdoc_wallet.answer(opened).status_code == 200
    [shown] = service.read(opened).get_json()["credentials"]["mdl"]
    assert shown["claims"] == {SPACE: {"document_number": "990000000001", "issuing_country": "VN"}}
    assert (shown["type"], shown["issuer"]) == (MDL, "http://localhost:8000")


def test_the_request_is_that_of_the_high_assurance_profile(service: Service, wallet: Wallet) -> None:
    """HAIP 1.0, section 5: signed, by hash, encrypted to a key of its own, both ciphers."""
    first, second = (wallet.read(service.ask(LICENCE_QUERY)).asked for _ in range(2))
    assert first.client_id.startswith("x509_hash:")
    assert first.response_mode is ResponseMode.DIRECT_POST_JWT
    assert first.encryption_key and second.encryption_key
    assert first.encryption_key["x"] != second.encryption_key["x"]
    assert (first.encryption_key["crv"], first.encryption_key["alg"]) == ("P-256", "ECDH-ES")
    assert (first.verifier, first.purpose) == ("Phòng khám Thử", "Tiếp đón")
    claims = json.loads(_body(wallet.fetch(service.ask(LICENCE_QUERY)).text))
    assert claims["client_metadata"]["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    assert claims["aud"] == "https://self-issued.me/v2"


def _body(token: str) -> bytes:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_result_is_read_once_and_kept_nowhere(service: Service, wallet: Wallet) -> None:
    opened = service.ask(LICENCE_QUERY)
    wallet.answer(opened)
    assert service.read(opened).status_code == 200
    again = service.read(opened)
    assert (again.status_code, again.get_json()["code"]) == (409, "presentation_read")
    kept = db.session.query(PresentationRequest).one()
    assert (kept.sealed_result, kept.sealed_key) == (None, None)


def test_an_answer_in_another_browser_session_is_refused(service: Service, wallet: Wallet) -> None:
    """OpenID4VP, section 14.2: the response code comes by the browser in which the wallet answered."""
    opened, other = (service.ask(LICENCE_QUERY, redirect_uri=BACK) for _ in range(2))
    answer, others = wallet.answer(opened), wallet.answer(other)
    assert answer.get_json()["redirect_uri"].startswith(f"{BACK}?response_code=")
    for wrong in (None, "x", code_of(others)):
        refused = service.read(opened, wrong)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "response_code")
    assert service.read(opened, code_of(answer)).status_code == 200


def test_who_did_not_ask_learns_nothing(service: Service, wallet: Wallet) -> None:
    other = register_client(name="Khác", redirect_uris=[BACK], own_scopes=["driving_licence"])
    opened = service.ask(LICENCE_QUERY)
    wallet.answer(opened)
    stranger = Service(service.client, other)
    assert stranger.read(opened).get_json()["code"] == "presentation_unknown"
    assert stranger.look(opened)["code"] == "presentation_unknown"
    bare = service.client.post(f"/api/v1/presentations/{opened['id']}/result", json={})
    assert bare.status_code == 401


def test_a_service_asks_only_for_what_it_may_ask_for(service: Service) -> None:
    tax = json.loads(json.dumps(LICENCE_QUERY).replace("driving_licence", "tax"))
    answer = service.try_asking(tax)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"query": {}}, "dcql_malformed"),
        ({"query": {"credentials": [], "extra": 1}}, "dcql_unsupported"),
        ({"redirect_uri": "https://elsewhere.example/"}, "redirect_uri_unknown"),
        ({"response_mode": "fragment"}, "malformed"),
        ({"client_id_prefix": "did"}, "malformed"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(service: Service, changes: dict[str, Any], code: str) -> None:
    answer = service.try_asking(changes.pop("query", LICENCE_QUERY), **changes)
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)


def test_a_credential_of_another_kind_cannot_be_asked_for(service: Service) -> None:
    foreign = json.loads(json.dumps(LICENCE_QUERY).replace(VCT, "urn:eudi:pid:1"))
    assert service.try_asking(foreign).get_json()["code"] == "credential_type_unknown"
    unbound = json.loads(json.dumps(LICENCE_QUERY))
    unbound["credentials"][0]["require_cryptographic_holder_binding"] = False
    assert service.try_asking(unbound).get_json()["code"] == "dcql_unsupported"


def test_the_holder_reads_who_asked_for_what(service: Service, wallet: Wallet, citizen: Citizen) -> None:
    """Attributes by name, never what they say."""
    wallet.answer(service.ask(LICENCE_QUERY, purpose="Kiểm tra"))
    entry = find_acts_about(citizen.person_id)[0]
    assert (entry.act, entry.actor) == ("present_credential", service.registered.client_id)
    told = {"paper": "driving_licence", "attributes": ["may_drive", "name"], "purpose": "Kiểm tra"}
    assert entry.details == told


def test_more_than_was_asked_for_is_refused(service: Service, wallet: Wallet) -> None:
    """OpenID4VP, section 6.4: only what is asked for."""
    opened = service.ask(LICENCE_QUERY)
    asked = wallet.read(opened).asked
    greedy = json.loads(json.dumps(LICENCE_QUERY))
    greedy["credentials"][0]["claims"].append({"path": ["number"]})
    refused = wallet.send(asked, wallet.choose(replace(asked, query=greedy)))
    assert (refused.status_code, refused.get_json()["error"]) == (422, "invalid_request")
    found = service.look(opened)
    assert (found["state"], found["refusal"]["step"], found["refusal"]["code"]) == ("refused", "dcql", "dcql_excess")
    result = service.read(opened)
    assert (result.status_code, result.get_json()["code"], result.get_json()["step"]) == (422, "dcql_excess", "dcql")


def test_less_than_was_asked_for_is_refused(service: Service, wallet: Wallet) -> None:
    opened = service.ask(LICENCE_QUERY)
    asked = wallet.read(opened).asked
    modest = json.loads(json.dumps(LICENCE_QUERY))
    modest["credentials"][0]["claims"].pop()
    assert wallet.send(asked, wallet.choose(replace(asked, query=modest))).status_code == 422
    assert service.look(opened)["refusal"]["code"] == "dcql_claims"


def test_a_credential_that_no_longer_stands_is_refused(
    service: Service, wallet: Wallet, citizen: Citizen, mdoc_wallet: Wallet
) -> None:
    """Token Status List, section 8.3."""
    pin = find_person_by_id(citizen.person_id).pin
    deduct_licence_points(pin, 2, decision="QĐ-1")
    for query, holder in ((LICENCE_QUERY, wallet), (MDL_QUERY, mdoc_wallet)):
        opened = service.ask(query)
        assert holder.answer(opened).status_code == 422
        found = service.look(opened)["refusal"]
        assert (found["step"], found["code"]) == ("status", "paper_invalid")


def test_what_a_withdrawn_key_signed_is_refused_here_too(service: Service, wallet: Wallet, mdoc_wallet: Wallet) -> None:
    for use, query, holder in (
        (KeyUse.PAPERS, LICENCE_QUERY, wallet),
        (KeyUse.MDOC, MDL_QUERY, mdoc_wallet),
    ):
        withdraw_signing_key(use, current_keystore().find_signing_key(use).kid)
        opened = service.ask(query)
        assert holder.answer(opened).status_code == 422
        found = service.look(opened)["refusal"]
        assert (found["step"], found["code"]) == ("certificate", "certificate_withdrawn")


def test_the_holder_may_say_no(service: Service, wallet: Wallet) -> None:
    """OpenID4VP, section 8.5."""
    opened = service.ask(LICENCE_QUERY)
    asked = wallet.read(opened).asked
    assert wallet.post(asked, build_refusal(asked=asked)).status_code == 200
    assert service.look(opened)["state"] == "declined"
    assert service.read(opened).get_json()["code"] == "presentation_declined"


def test_a_question_is_answered_once_and_within_five_minutes(service: Service, wallet: Wallet) -> None:
    opened = service.ask(LICENCE_QUERY)
    asked = wallet.read(opened).asked
    form = build_answer(wallet.choose(asked), asked=asked)
    assert service.read(opened).get_json()["code"] == "presentation_open"
    assert wallet.post(asked, form).status_code == 200
    assert wallet.post(asked, form).status_code == 404
    assert wallet.fetch(opened).status_code == 404
    late = service.ask(LICENCE_QUERY)
    with time_machine.travel(wall_now() + timedelta(minutes=5, seconds=1)):
        assert wallet.fetch(late).status_code == 404
        assert service.look(late)["state"] == "over"
        assert service.read(opened).get_json()["code"] == "presentation_over"
        service.ask(LICENCE_QUERY)
    assert [each.sealed_result for each in db.session.query(PresentationRequest)] == [None] * 3


def test_rubbish_is_refused_and_leaves_the_question_open(service: Service, wallet: Wallet) -> None:
    opened = service.ask(LICENCE_QUERY)
    asked = wallet.read(opened).asked
    presentations = wallet.choose(asked)
    plain = build_answer(presentations, asked=replace(asked, encryption_key=None))
    other_key = wallet.read(service.ask(LICENCE_QUERY)).asked.encryption_key
    forms = [
        {},
        {"response": ""},
        {"response": "a.b.c.d.e"},
        {"response": "x" * 600_000},
        plain,
        build_answer(presentations, asked=replace(asked, encryption_key=other_key)),
        build_answer(presentations, asked=replace(asked, state="another")),
    ]
    for form in forms:
        refused = wallet.post(asked, form)
        assert 400 <= refused.status_code < 500, form
        assert refused.get_json()["error"] == "invalid_request"
    as_json = service.client.post(asked.response_uri.removeprefix("http://localhost:8000"), json=presentations)
    assert as_json.status_code == 400
    assert service.look(opened)["state"] == "open"
    assert wallet.send(asked, presentations).status_code == 200


def test_answers_in_the_open_where_that_was_asked_for(service: Service, wallet: Wallet) -> None:
    """OpenID4VP, section 8.2: direct_post."""
    opened = service.ask(LICENCE_QUERY, response_mode="direct_post")
    asked = wallet.read(opened).asked
    assert asked.encryption_key is None
    assert wallet.send(asked, wallet.choose(asked)).status_code == 200
    assert service.read(opened).status_code == 200


@pytest.mark.parametrize("name", ["wallet", "mdoc_wallet"])
def test_a_verifier_known_by_its_name_or_by_its_address_is_answered(
    service: Service, name: str, request: pytest.FixtureRequest
) -> None:
    """OpenID4VP, section 5.9.3: x509_san_dns, redirect_uri."""
    wallet: Wallet = request.getfixturevalue(name)
    query = LICENCE_QUERY if name == "wallet" else MDL_QUERY
    by_name = service.ask(query, client_id_prefix="x509_san_dns")
    assert by_name["client_id"] == "x509_san_dns:localhost"
    assert wallet.answer(by_name).status_code == 200
    by_address = service.ask(query, client_id_prefix="redirect_uri")
    assert by_address["request_uri"] is None
    asked = wallet.read_by_value(by_address)
    assert asked.client_id == f"redirect_uri:{asked.response_uri}"
    assert wallet.send(asked, wallet.choose(asked)).status_code == 200
    assert service.read(by_address).status_code == 200
    assert wallet.client.get(f"/oauth/presentations/{by_address['id']}").status_code == 404


def test_a_foreign_wallet_nonce_that_is_too_long_is_refused(service: Service, wallet: Wallet) -> None:
    assert wallet.fetch(service.ask(LICENCE_QUERY), method="POST", nonce="n" * 600).status_code == 400


def test_the_code_for_another_screen_is_a_drawing(service: Service, client: FlaskClient) -> None:
    opened = service.ask(LICENCE_QUERY)
    assert opened["qr"].startswith("data:image/svg+xml;base64,")
    assert opened["wallet_uri"].startswith("openid4vp://authorize?client_id=x509_hash%3A")
    assert 0 < opened["expires_in"] <= 300


def test_the_identity_card_is_asked_for_by_who_may(service: Service) -> None:
    """Its scope gives no claims of a sign-in; as a service's own it lets the service ask wallets."""
    card = json.loads(
        json.dumps(LICENCE_QUERY).replace("driving_licence", "identity").replace("may_drive", "age_over_18")
    )
    assert service.try_asking(card).get_json()["code"] == "insufficient_scope"
    may = register_client(name="Khách sạn Thử", redirect_uris=[BACK], own_scopes=["identity_card"])
    assert Service(service.client, may).ask(card)["id"]


def test_a_credential_of_a_trusted_authority_besides_ours_is_nobodys_of_ours(
    service: Service, wallet: Wallet, settings: Settings, citizen: Citizen
) -> None:
    """Others' roots are believed where the operator put them; nobody under them may pass for us, or name our places."""
    workshop = Workshop(wall_now(), lambda: ec.generate_private_key(ec.SECP256R1()), random.Random(7))
    key = generate_signing_key()

    def answer(**changes: Any) -> dict[str, Any]:
        claims = {"may_drive": True, "name": "Somebody", "iss": "https://elsewhere.example", "vct": VCT} | changes
        issued = build_sd_jwt_vc(
            {name: value for name, value in claims.items() if name != "vct"},
            vct=VCT,
            withheld=[("may_drive",), ("name",)],
            signer=VcSigner(SigningKey(workshop.signer.key), workshop.signer.certificate),
            rng=random.Random(8),
            holder_key=public_jwk(key),
        )
        opened = service.ask(LICENCE_QUERY)
        Wallet(service.client, [Held("dc+sd-jwt", str(issued), key)]).answer(opened)
        found: dict[str, Any] = service.read(opened).get_json()
        return found

    assert (answer()["step"], answer()["code"]) == ("certificate", "issuer_unknown")
    settings.credential_roots_dir.mkdir(parents=True)
    (settings.credential_roots_dir / "other.der").write_bytes(workshop.root)
    [shown] = answer()["credentials"]["licence"]
    assert "Deck signer" in shown["issuer"]
    assert answer(iss=ISSUER)["code"] == "token_issuer"
    assert [entry.act for entry in find_acts_about(citizen.person_id)].count("present_credential") == 0
