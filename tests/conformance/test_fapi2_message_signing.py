"""The OpenID Foundation's plan fapi2-message-signing-final-test-plan, as far as it goes beyond the security profile.

Request objects at the pushed authorization request endpoint (signed_non_repudiation), answers by JARM, signed introspection.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.oauth.client_choices import ClientChoices
from eid.oauth.responses import SIGNED_TYP
from tests.conformance.fapi2 import Bank, answer_of, error_of, open_bank
from tests.conformance.request_objects import answer, push, request_object, verify
from tests.oauth.assertions import key_for, proof_of
from tests.oauth.conftest import BACK, ISSUER

HOUR = 3600
JARM = {"response_mode": "jwt"}


@pytest.fixture(scope="module")
def signing(fapi_app: Flask) -> Bank:
    """A bank that must sign its requests."""
    return open_bank(fapi_app, 103, ClientChoices(require_signed_request_object=True))


def refuse(bank: Bank, token: str) -> None:
    assert error_of(push(bank, token)) == (400, "invalid_request_object")


def in_seconds(seconds: int) -> int:
    return int(wall_now().timestamp()) + seconds


@pytest.mark.parametrize("alg", ["ES256", "PS256", "Ed25519"])
def test_fapi2_security_profile_final_happy_flow(signing: Bank, alg: str) -> None:
    found = answer(signing, request_object(signing, alg=alg))
    assert (found["state"], found["iss"]) == ("the-state", ISSUER)
    assert signing.redeem(found["code"]).status_code == 200


def test_fapi2_security_profile_final_discovery_end_point_verification(signing: Bank) -> None:
    metadata = signing.app.test_client().get("/.well-known/openid-configuration").get_json()
    assert metadata["request_parameter_supported"] is True
    assert {"PS256", "ES256"} <= set(metadata["request_object_signing_alg_values_supported"])
    assert "none" not in metadata["request_object_signing_alg_values_supported"]
    assert {"jwt", "query.jwt", "form_post.jwt"} <= set(metadata["response_modes_supported"])
    assert metadata["authorization_signing_alg_values_supported"] == ["ES256"]
    assert metadata["introspection_signing_alg_values_supported"] == ["ES256"]
    assert metadata["request_uri_parameter_supported"] is False


def test_fapi2_security_profile_final_ensure_request_object_with_multiple_aud_succeeds(signing: Bank) -> None:
    assert "code" in answer(signing, request_object(signing, aud=["https://other.example", ISSUER]))


def test_fapi2_security_profile_final_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(
    signing: Bank,
) -> None:
    assert "code" in answer(signing, request_object(signing, nbf=in_seconds(8)))


def test_fapi2_security_profile_final_ensure_request_object_without_exp_fails(signing: Bank) -> None:
    refuse(signing, request_object(signing, exp=None))


def test_fapi2_security_profile_final_ensure_request_object_without_nbf_fails(signing: Bank) -> None:
    refuse(signing, request_object(signing, nbf=None))


def test_fapi2_security_profile_final_ensure_expired_request_object_fails(signing: Bank) -> None:
    refuse(signing, request_object(signing, nbf=in_seconds(-600), exp=in_seconds(-300)))


def test_fapi2_security_profile_final_ensure_request_object_with_bad_aud_fails(signing: Bank) -> None:
    refuse(signing, request_object(signing, aud="https://other.example"))
    refuse(signing, request_object(signing, aud=None))
    refuse(signing, request_object(signing, aud=["https://other.example"]))


def test_fapi2_security_profile_final_ensure_request_object_with_exp_over_60_fails(signing: Bank) -> None:
    refuse(signing, request_object(signing, exp=in_seconds(70 * 60)))


def test_fapi2_security_profile_final_ensure_request_object_with_nbf_over_60_fails(signing: Bank) -> None:
    refuse(signing, request_object(signing, nbf=in_seconds(-70 * 60), exp=in_seconds(60)))


def test_fapi2_security_profile_final_ensure_signed_request_object_with_rs256_fails(signing: Bank) -> None:
    """fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails"""
    refuse(signing, request_object(signing, alg="RS256"))


def test_fapi2_security_profile_final_ensure_request_object_signature_algorithm_is_not_none(signing: Bank) -> None:
    head, body, _ = request_object(signing).split(".")
    refuse(signing, f"eyJhbGciOiJub25lIn0.{body}.")
    refuse(signing, f"{head}.{body}.")


def test_fapi2_security_profile_final_ensure_request_object_with_invalid_signature_fails(signing: Bank) -> None:
    token = request_object(signing)
    refuse(signing, token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB"))


def test_fapi2_security_profile_final_ensure_matching_key_in_authorization_request(signing: Bank) -> None:
    refuse(signing, request_object(signing, key=key_for("ES256", 2), header={"kid": None}))


def test_fapi2_security_profile_final_ensure_unsigned_request_at_par_endpoint_fails(signing: Bank) -> None:
    assert error_of(signing.push()) == (400, "invalid_request")


def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri(signing: Bank) -> None:
    """Within the request object"""
    refuse(signing, request_object(signing, request_uri="https://bank.example/request"))


def test_a_request_object_of_another_kind_or_client_is_refused(signing: Bank, bank: Bank) -> None:
    """RFC 9101, sections 4 and 10.8"""
    refuse(signing, request_object(signing, header={"typ": "client-authentication+jwt"}))
    refuse(signing, request_object(signing, iss=bank.client_id))
    refuse(signing, request_object(signing, client_id=bank.client_id))
    refuse(signing, request_object(signing, request="nested"))
    refuse(signing, request_object(signing, state="half \ud800"))


def test_a_request_object_may_hold_what_is_no_text(signing: Bank) -> None:
    """OpenID Connect Core, section 6.1: numbers and objects are JSON as they are"""
    wanted = {"id_token": {"acr": {"essential": True, "values": ["LoA1", "LoA2"]}}}
    assert "code" in answer(signing, request_object(signing, max_age=HOUR, claims=wanted, resource=[ISSUER]))
    token = request_object(signing, resource=[ISSUER, "https://other.example/"])
    assert error_of(push(signing, token)) == (400, "invalid_target")


def test_a_client_assertion_is_no_request_object(signing: Bank) -> None:
    """Nor is the other way round possible: a request object lacks `sub` (RFC 9101, section 10.8)"""
    assertion = proof_of(signing.client_id)["client_assertion"]
    assert error_of(push(signing, assertion)) == (400, "invalid_request_object")


# Answers by JARM


def read_signed(bank: Bank, token: str) -> dict[str, Any]:
    """JARM, section 2.4: what a client checks."""
    claims = verify(token, SIGNED_TYP)
    assert (claims["iss"], claims["aud"]) == (ISSUER, bank.client_id)
    assert 0 < claims["exp"] - wall_now().timestamp() <= 600
    return claims


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
def test_an_answer_by_jarm_is_one_signed_parameter(bank: Bank, mode: str) -> None:
    """JARM, sections 2.1, 2.3.1 and 2.3.4"""
    found = answer_of(bank.send(bank.pushed(response_mode=mode)))
    assert set(found) == {"response"}
    claims = read_signed(bank, found["response"])
    assert claims["state"] == "the-state"
    assert bank.redeem(claims["code"]).status_code == 200


def test_a_refusal_by_jarm_is_signed_too(bank: Bank) -> None:
    """JARM, section 2.1; the request is refused after it was pushed, because nobody is signed in"""
    request_uri = bank.pushed(response_mode="jwt", prompt="none")
    stranger = bank.app.test_client()
    named = {"client_id": bank.client_id, "request_uri": request_uri}
    found = answer_of(stranger.get("/oauth/authorize", query_string=named))
    claims = read_signed(bank, found["response"])
    assert (claims["error"], claims["state"]) == ("login_required", "the-state")
    assert "code" not in claims


@pytest.mark.parametrize("mode", ["form_post", "form_post.jwt"])
def test_an_answer_by_form_post_is_a_form_that_leads_to_the_client_alone(bank: Bank, mode: str) -> None:
    """OAuth 2.0 Form Post Response Mode, section 2; JARM, section 2.3.3; the policy names one more origin and nothing unsafe"""
    page = bank.send(bank.pushed(response_mode=mode))
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://clinic.example" in policy
    assert "unsafe" not in policy
    assert f'<form method="post" action="{BACK}" data-answer>' in page.text
    assert '<button type="submit" data-act="continue">' in page.text
    assert re.search(r'<script src="/static/form_post\.js[^"]*" defer></script>', page.text)
    given = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    found = read_signed(bank, given["response"]) if mode == "form_post.jwt" else given
    assert {name: found[name] for name in ("state", "iss")} == {"state": "the-state", "iss": ISSUER}
    assert bank.redeem(found["code"]).status_code == 200


def test_a_mode_that_there_is_not_is_refused(bank: Bank) -> None:
    """JARM, section 2.3.2: with code there is nothing to hide in a fragment, and we have no such mode"""
    for mode in ("fragment", "fragment.jwt", "web_message"):
        assert error_of(bank.push(bank.request(response_mode=mode))) == (400, "invalid_request")


def test_an_answer_by_jarm_is_no_id_token(bank: Bank) -> None:
    """RFC 8725, section 3.11: as an id_token_hint it is refused"""
    token = answer_of(bank.send(bank.pushed(**JARM)))["response"]
    assert error_of(bank.push(bank.request(id_token_hint=token))) == (400, "invalid_request")


# Signed introspection


def introspect(bank: Bank, token: str, accept: str) -> TestResponse:
    return bank.app.test_client().post(
        "/oauth/introspect", data={"token": token} | proof_of(bank.client_id), headers={"Accept": accept}
    )


def test_introspection_is_signed_on_request(bank: Bank) -> None:
    """RFC 9701, sections 4 and 5; RFC 9449, section 6.2"""
    token = bank.tokens()["access_token"]
    signed = introspect(bank, token, "application/token-introspection+jwt")
    assert signed.content_type == "application/token-introspection+jwt"
    claims = verify(signed.text, "token-introspection+jwt")
    assert (claims["iss"], claims["aud"]) == (ISSUER, bank.client_id)
    assert "sub" not in claims and "exp" not in claims
    found = claims["token_introspection"]
    assert (found["active"], found["token_type"], found["cnf"]) == (True, "DPoP", {"jkt": bank.key.jkt})
    assert (found["acr"], found["aud"]) == ("LoA2", [ISSUER])
    plain = introspect(bank, token, "application/json")
    assert plain.get_json() == found
    dead = introspect(bank, "unknown", "application/token-introspection+jwt")
    assert verify(dead.text, "token-introspection+jwt")["token_introspection"] == {"active": False}
