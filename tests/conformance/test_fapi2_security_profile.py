"""The OpenID Foundation's plan fapi2-security-profile-final-test-plan: plain_fapi, openid_connect, each module twice: with
private_key_jwt and dpop, and with mtls for both.

A test a module, named after it. What is about DPoP and client assertions alone is in files of its own.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from eid.oauth.pushed import PUSHED_LIFE
from tests.conformance.fapi2 import SCOPE, Bank, Variant, answer_of, both_ways, error_of
from tests.oauth.assertions import claims_of as assertion_claims_of
from tests.oauth.assertions import key_for, sign
from tests.oauth.conftest import BACK, ISSUER
from tests.people import PASSCODE

pytestmark = both_ways


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def test_fapi2_security_profile_final_discovery_end_point_verification(bank: Bank, variant: Variant) -> None:
    answer = bank.app.test_client().get("/.well-known/openid-configuration")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    metadata = answer.get_json()
    assert metadata["issuer"] == ISSUER
    assert metadata["pushed_authorization_request_endpoint"] == f"{ISSUER}/oauth/par"
    assert metadata["require_pushed_authorization_requests"] is False
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["response_types_supported"] == ["code"]
    assert {"PS256", "ES256"} <= set(metadata["token_endpoint_auth_signing_alg_values_supported"])
    assert {"PS256", "ES256"} <= set(metadata["id_token_signing_alg_values_supported"])
    assert "authorization_code" in metadata["grant_types_supported"]
    assert "openid" in metadata["scopes_supported"]
    ways = set(metadata["token_endpoint_auth_methods_supported"])
    if variant is Variant.DPOP:
        assert "private_key_jwt" in ways
        assert set(metadata["dpop_signing_alg_values_supported"]) <= {"PS256", "ES256", "EdDSA", "Ed25519"}
    else:
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= ways
        assert metadata["tls_client_certificate_bound_access_tokens"] is True


def test_fapi2_security_profile_final_happy_flow(bank: Bank) -> None:
    pushed = bank.push()
    assert pushed.status_code == 201
    assert pushed.headers["Cache-Control"] == "no-store"
    assert 5 <= pushed.get_json()["expires_in"] < 600
    answer = answer_of(bank.send(pushed.get_json()["request_uri"]))
    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("the-state", ISSUER)
    redeemed = bank.redeem(answer["code"])
    assert redeemed.headers["Cache-Control"] == "no-store"
    tokens = redeemed.get_json()
    assert tokens["token_type"] == bank.scheme
    assert claims_of(tokens["id_token"])["nonce"] == "the-nonce"
    read = bank.read(tokens["access_token"])
    assert read.status_code == 200
    assert read.get_json()["sub"] == claims_of(tokens["id_token"])["sub"]


def test_codes_tokens_and_request_uris_hold_128_bits_and_more(bank: Bank) -> None:
    """FAPI 2.0 Security Profile, section 5.4.1: 128 bits; the suite measures 96 in each value"""
    request_uri = bank.pushed()
    code = answer_of(bank.send(request_uri))["code"]
    tokens = bank.redeem(code).get_json()
    for value in (request_uri.rpartition(":")[2], code, tokens["access_token"], tokens["refresh_token"]):
        assert len(base64.urlsafe_b64decode(value + "=")) == 32


def test_fapi2_security_profile_final_user_rejects_authentication(bank: Bank) -> None:
    sent_on = bank.send(bank.pushed(prompt="consent"))
    page = bank.browser.get(sent_on.headers["Location"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    answer = answer_of(bank.browser.post(sent_on.headers["Location"], data={"act": "deny", "csrf_token": token[1]}))
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "the-state", ISSUER)


def test_fapi2_security_profile_final_ensure_authorization_request_without_state_success(bank: Bank) -> None:
    assert set(answer_of(bank.send(bank.pushed(state=None)))) == {"code", "iss"}


def test_fapi2_security_profile_final_ensure_authorization_request_without_nonce_success(bank: Bank) -> None:
    assert "nonce" not in claims_of(bank.tokens(nonce=None)["id_token"])


def test_fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success(bank: Bank) -> None:
    assert claims_of(bank.tokens(nonce="n" * 64)["id_token"])["nonce"] == "n" * 64


def test_fapi2_security_profile_final_ensure_authorization_request_with_long_nonce(bank: Bank) -> None:
    """384 characters may be refused, and never be cut"""
    assert claims_of(bank.tokens(nonce="n" * 384)["id_token"])["nonce"] == "n" * 384


def test_fapi2_security_profile_final_ensure_authorization_request_with_long_state(bank: Bank) -> None:
    assert answer_of(bank.send(bank.pushed(state="s" * 384)))["state"] == "s" * 384


def test_fapi2_security_profile_final_ensure_other_scope_order_succeeds(bank: Bank) -> None:
    turned = " ".join(reversed(SCOPE.split()))
    assert set(bank.tokens(scope=turned)["scope"].split()) == set(SCOPE.split())


def test_fapi2_security_profile_final_test_claims_parameter_identity_claims(bank: Bank) -> None:
    """Claims that the citizen agreed to are told where they were asked for, and one that nobody has gives tokens all the same"""
    wanted = {"userinfo": {"phone_number": {"essential": True}, "unknown": None}}
    tokens = bank.tokens(scope="openid", claims=json.dumps(wanted))
    assert "id_token" in tokens
    assert set(bank.read(tokens["access_token"]).get_json()) == {"sub", "phone_number"}


def test_fapi2_security_profile_final_access_token_type_header_case_sensitivity(bank: Bank) -> None:
    token = bank.tokens()["access_token"]
    for scheme in (bank.scheme, bank.scheme.lower(), bank.scheme.upper(), bank.scheme.swapcase()):
        assert bank.read(token, scheme=scheme).status_code == 200


def test_fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri(bank: Bank) -> None:
    """FAPI lets a provider take addresses of clients that proved themselves; here they are exact, which the module accepts"""
    assert error_of(bank.push(bank.request(redirect_uri=BACK + "/other"))) == (400, "invalid_request")


def test_fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails(
    bank: Bank,
) -> None:
    answer = answer_of(bank.browser.get("/oauth/authorize", query_string=bank.request()))
    assert (answer["error"], answer["state"], answer["iss"]) == ("invalid_request", "the-state", ISSUER)


def test_fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request(bank: Bank) -> None:
    assert error_of(bank.push(bank.request(redirect_uri=None))) == (400, "invalid_request")


def test_fapi2_security_profile_final_ensure_response_type_code_idtoken_fails(bank: Bank) -> None:
    assert error_of(bank.push(bank.request(response_type="code id_token"))) == (400, "unsupported_response_type")


def test_fapi2_security_profile_final_ensure_response_type_token_fails(bank: Bank) -> None:
    assert error_of(bank.push(bank.request(response_type="token"))) == (400, "unsupported_response_type")


def test_fapi2_security_profile_final_ensure_client_id_in_token_endpoint(
    bank: Bank, second: Bank, variant: Variant
) -> None:
    """The second client's client_id, and the first one's key or certificate; an assertion says the other client's name as well"""
    if variant is Variant.DPOP:
        assert error_of(bank.redeem(bank.code(), client_id=second.client_id)) == (400, "invalid_request")
        code, key = bank.code(), key_for("ES256", 2)
        assertion = sign(assertion_claims_of(second.client_id), key=key)
        named = {"client_id": second.client_id, "client_assertion": assertion}
    else:
        code, named = bank.code(), {"client_id": second.client_id}
    assert error_of(bank.redeem(code, **named)) == (401, "invalid_client")
    assert bank.redeem(code).status_code == 200


def test_fapi2_security_profile_final_ensure_holder_of_key_required(bank: Bank, variant: Variant) -> None:
    """Versions and ciphers of TLS, which the module looks at besides, are the proxy's"""
    refused = (400, "invalid_request") if variant is Variant.DPOP else (401, "invalid_client")
    assert error_of(bank.redeem(bank.code(), proof=None)) == refused


def test_fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client(bank: Bank, second: Bank) -> None:
    assert error_of(second.redeem(bank.code())) == (400, "invalid_grant")


def test_fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second(bank: Bank) -> None:
    code = bank.code()
    token = bank.redeem(code).get_json()["access_token"]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=1), tick=False):
        assert error_of(bank.redeem(code)) == (400, "invalid_grant")
    assert error_of(bank.read(token)) == (401, "invalid_token")


def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code(bank: Bank) -> None:
    code, younger = bank.code(), bank.code()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=58), tick=False):
        assert bank.redeem(younger).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61), tick=False):
        assert error_of(bank.redeem(code)) == (400, "invalid_grant")


def test_fapi2_security_profile_final_refresh_token(bank: Bank, second: Bank, variant: Variant) -> None:
    """The token stays the one that there is, bound to client and key; of another client's nothing works"""
    tokens = bank.tokens()
    refreshed = bank.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert "refresh_token" not in refreshed.get_json()
    assert refreshed.get_json()["token_type"] == bank.scheme
    assert claims_of(refreshed.get_json()["id_token"])["sub"] == claims_of(tokens["id_token"])["sub"]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=40), tick=False):
        assert bank.refresh(tokens["refresh_token"]).status_code == 200
    unproven = (400, "invalid_request") if variant is Variant.DPOP else (401, "invalid_client")
    assert error_of(bank.refresh(tokens["refresh_token"], proof=None)) == unproven
    assert error_of(second.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert error_of(second.read(tokens["access_token"])) == (401, "invalid_token")
    assert bank.read(refreshed.get_json()["access_token"]).status_code == 200


def test_fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(
    bank: Bank,
) -> None:
    request_uri = bank.pushed(prompt="consent")
    first, again = bank.send(request_uri), bank.send(request_uri)
    assert first.headers["Location"] != again.headers["Location"]
    page = bank.browser.get(again.headers["Location"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    given = {"act": "approve", "scope": SCOPE.split(), "passcode": PASSCODE, "csrf_token": token[1]}
    answer = answer_of(bank.browser.post(again.headers["Location"], data=given))
    assert bank.redeem(answer["code"]).status_code == 200
    late = bank.browser.post(first.headers["Location"], data=given)
    assert (late.status_code, "authorization_answered" in late.text) == (409, True)


def test_fapi2_security_profile_final_par_attempt_reuse_request_uri(bank: Bank) -> None:
    request_uri = bank.pushed()
    answer_of(bank.send(request_uri))
    refused = bank.send(request_uri)
    assert (refused.status_code, "invalid_request_uri" in refused.text) == (400, True)


def test_fapi2_security_profile_final_par_attempt_to_use_expired_request_uri(bank: Bank) -> None:
    request_uri = bank.pushed()
    with time_machine.travel(datetime.now(UTC) + PUSHED_LIFE, tick=False):
        refused = bank.send(request_uri)
    assert (refused.status_code, "invalid_request_uri" in refused.text) == (400, True)


def test_fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client(
    bank: Bank, second: Bank
) -> None:
    refused = second.send(bank.pushed())
    assert (refused.status_code, "invalid_request_uri" in refused.text) == (400, True)


def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param(bank: Bank) -> None:
    for request_uri in (bank.pushed(), "https://bank.example/request"):
        assert error_of(bank.push(bank.request(request_uri=request_uri))) == (400, "invalid_request")


def test_fapi2_security_profile_final_par_attempt_invalid_http_method(bank: Bank) -> None:
    for method in ("GET", "PUT", "DELETE"):
        refused = bank.app.test_client().open("/oauth/par", method=method, query_string=bank.request())
        assert refused.status_code == 405
        assert refused.headers["Allow"]


def test_fapi2_security_profile_final_par_ensure_pkce_required(bank: Bank) -> None:
    refused = bank.push(bank.request(code_challenge=None, code_challenge_method=None))
    assert error_of(refused) == (400, "invalid_request")


def test_fapi2_security_profile_final_ensure_pkce_code_verifier_required(bank: Bank) -> None:
    assert error_of(bank.redeem(bank.code(), code_verifier=None)) == (400, "invalid_grant")


def test_fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected(bank: Bank) -> None:
    assert error_of(bank.redeem(bank.code(), code_verifier="w" * 43)) == (400, "invalid_grant")


def test_fapi2_security_profile_final_par_plain_pkce_rejected(bank: Bank) -> None:
    refused = bank.push(bank.request(code_challenge="v" * 43, code_challenge_method="plain"))
    assert error_of(refused) == (400, "invalid_request")


def test_fapi2_security_profile_final_par_without_duplicate_parameters(bank: Bank) -> None:
    """client_id and request_uri suffice at the authorization endpoint, and nothing that comes beside them counts"""
    assert "code" in answer_of(bank.send(bank.pushed()))
    answer = answer_of(bank.send(bank.pushed(), state="another", redirect_uri="https://evil.example/"))
    assert answer["state"] == "the-state"


def test_a_parameter_that_is_pushed_twice_is_refused(bank: Bank) -> None:
    """RFC 9126, section 2.1"""
    body = [*bank.request().items(), ("scope", "openid")]
    encoded = "&".join(f"{name}={value}" for name, value in body)
    form = "application/x-www-form-urlencoded"
    refused = bank.app.test_client().post("/oauth/par", data=encoded, content_type=form)
    assert error_of(refused) == (400, "invalid_request")
