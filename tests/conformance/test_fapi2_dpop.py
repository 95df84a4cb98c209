"""Modules of the plan fapi2-security-profile-final-test-plan that are about DPoP and client assertions alone.

Client assertions at the token endpoint are in the conformance tests of client authentication.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from eid.clock import wall_now
from eid.oauth.dpop import NONCE_LIFE
from tests.conformance.fapi2 import Bank, answer_of, error_of
from tests.oauth.conftest import ISSUER
from tests.oauth.proving import REMOVED, HeldKey

USERINFO = "/oauth/userinfo"
RSA = HeldKey.generate("PS256")
OTHER = HeldKey.generate()


def test_fapi2_security_profile_final_check_dpop_proof_nbf_exp(bank: Bank) -> None:
    now = int(wall_now().timestamp())
    bounds = {"nbf": now, "exp": now + 300}
    answer = bank.redeem(bank.code(), proof=bank.prove("/oauth/token", **bounds))
    assert answer.status_code == 200
    token = answer.get_json()["access_token"]
    assert bank.read(token, proof=bank.prove(USERINFO, method="GET", token=token, **bounds)).status_code == 200


def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds(bank: Bank) -> None:
    check_iat(bank, seconds=-10)


def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds(bank: Bank) -> None:
    check_iat(bank, seconds=10)


def check_iat(bank: Bank, *, seconds: int) -> None:
    iat = int(wall_now().timestamp()) + seconds
    answer = bank.redeem(bank.code(), proof=bank.prove("/oauth/token", iat=iat))
    assert answer.status_code == 200
    token = answer.get_json()["access_token"]
    for nonce in (True, False):
        proof = bank.prove(USERINFO, method="GET", token=token, iat=iat, nonce=nonce)
        assert bank.read(token, proof=proof).status_code == 200


def test_fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails(bank: Bank) -> None:
    refused = bank.push(bank.request(dpop_jkt=OTHER.jkt), proof=bank.prove("/oauth/par"))
    assert error_of(refused) == (400, "invalid_request")


def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(bank: Bank) -> None:
    code = bank.code(dpop_jkt=OTHER.jkt)
    assert error_of(bank.redeem(code)) == (400, "invalid_grant")


def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(bank: Bank) -> None:
    """RFC 9449, section 10.1: a push with a proof says the same as dpop_jkt"""
    pushed = bank.push(proof=bank.prove("/oauth/par", key=OTHER)).get_json()
    code = answer_of(bank.send(pushed["request_uri"]))["code"]
    assert error_of(bank.redeem(code)) == (400, "invalid_grant")


def test_fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success(bank: Bank) -> None:
    pushed = bank.push(proof=bank.prove("/oauth/par")).get_json()
    assert bank.redeem(answer_of(bank.send(pushed["request_uri"]))["code"]).status_code == 200


def test_fapi2_security_profile_final_ensure_dpop_auth_code_binding_success(bank: Bank) -> None:
    assert bank.tokens(dpop_jkt=bank.key.jkt)["token_type"] == "DPoP"


MUST_PASS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "htu with query and fragment": {"htu": f"{ISSUER}{USERINFO}?a=b#c"},
    "htu with scheme and host in capitals": {"htu": f"HTTP://LOCALHOST:8000{USERINFO}"},
    "members that nobody knows": {"header": {"extra": {"a": 1}}, "extra": "b"},
}

MUST_FAIL: dict[str, dict[str, Any]] = {
    "typ missing": {"header": {"typ": REMOVED}},
    "alg missing": {"header": {"alg": REMOVED}},
    "jwk missing": {"header": {"jwk": REMOVED}},
    "jti missing": {"jti": REMOVED},
    "htm missing": {"htm": REMOVED},
    "htu missing": {"htu": REMOVED},
    "iat missing": {"iat": REMOVED},
    "ath missing": {"ath": REMOVED},
    "typ of another kind": {"header": {"typ": "at+jwt"}},
    "alg RS256": {"key": RSA, "header": {"alg": "RS256"}},
    "alg none": {"header": {"alg": "none"}},
    "jwk of another key": {"header": {"jwk": OTHER.jwk()}},
    "htm of another method": {"htm": "PUT"},
    "htu of another address": {"htu": f"{ISSUER}/oauth/token"},
    "iat in an hour": {"iat": 3600, "nonce": False},
    "iat an hour ago": {"iat": -3600, "nonce": False},
    "ath of another token": {"token": "another"},
    "another key than the token's": {"key": OTHER},
}


def test_fapi2_security_profile_final_dpop_negative_tests(bank: Bank) -> None:
    """All 32 blocks of the module; every refusal is a 401 with a DPoP challenge, and what must pass passes"""
    token = bank.tokens()["access_token"]

    def prove(**changes: Any) -> str:
        if isinstance(changes.get("iat"), int):
            changes["iat"] += int(wall_now().timestamp())
        return bank.prove(USERINFO, **({"method": "GET", "token": token} | changes))

    def refuse(proof: str | None, error: str = "invalid_dpop_proof", scheme: str = "DPoP") -> None:
        answer = bank.read(token, proof=proof, scheme=scheme)
        assert error_of(answer) == (401, error), answer.text
        assert answer.headers["WWW-Authenticate"].startswith(f'{scheme} realm="eid", error="{error}"')

    for changes in MUST_PASS.values():
        assert bank.read(token, proof=prove(**changes)).status_code == 200
    for changes in MUST_FAIL.values():
        foreign = changes.get("key") is OTHER
        refuse(prove(**changes), "invalid_token" if foreign else "invalid_dpop_proof")
    refuse(prove(header={"jwk": bank.key.jwk(private=True)}))
    refuse("no.proof")
    refuse(prove()[:-4] + "AAAA")
    refuse(None)
    refuse(prove(), "invalid_token", scheme="Bearer")
    refuse(None, "invalid_token", scheme="Bearer")
    same = prove(jti="the-same")
    assert bank.read(token, proof=same).status_code == 200
    refuse(same)
    refuse(prove(jti="the-same"))
    headers = [("Authorization", f"DPoP {token}"), ("DPoP", prove()), ("DPoP", prove())]
    assert error_of(bank.app.test_client().get(USERINFO, headers=headers)) == (401, "invalid_dpop_proof")
    assert bank.app.test_client().get(USERINFO, headers=[("authorization", f"DPOP {token}"), ("DPOP", prove())])
    assert bank.read(token).status_code == 200


def test_with_a_nonce_the_clients_clock_says_nothing(bank: Bank) -> None:
    """The module's blocks on iat, where a server gives nonces; RFC 9449, section 11.1"""
    token = bank.tokens()["access_token"]
    for hours in (-1, 1):
        iat = int(wall_now().timestamp()) + 3600 * hours
        assert bank.read(token, proof=bank.prove(USERINFO, method="GET", token=token, iat=iat)).status_code == 200


def test_where_tokens_are_given_a_nonce_is_asked_for_and_given(bank: Bank) -> None:
    """RFC 9449, section 8; a nonce is good for five minutes"""
    code = bank.code()
    refused = bank.redeem(code, proof=bank.prove("/oauth/token", nonce=False))
    assert error_of(refused) == (400, "use_dpop_nonce")
    proof = bank.key.prove("POST", f"{ISSUER}/oauth/token", nonce=refused.headers["DPoP-Nonce"])
    assert bank.redeem(code, proof=proof).status_code == 200
    stale = bank.prove("/oauth/par")
    with time_machine.travel(datetime.now(UTC) + NONCE_LIFE + timedelta(seconds=2), tick=False):
        assert error_of(bank.push(proof=stale)) == (400, "use_dpop_nonce")


def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted(
    bank: Bank,
) -> None:
    ahead = int(wall_now().timestamp()) + 8
    assert bank.push(nbf=ahead, iat=ahead).status_code == 201


def test_fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails(
    bank: Bank,
) -> None:
    ahead = int(wall_now().timestamp()) + 65
    assert error_of(bank.push(nbf=ahead, iat=ahead, exp=ahead + 60)) == (401, "invalid_client")


def test_fapi2_security_profile_final_par_test_array_as_audience_fails(bank: Bank) -> None:
    assert error_of(bank.push(aud=[ISSUER])) == (401, "invalid_client")


def test_fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails(bank: Bank) -> None:
    assert error_of(bank.push(aud=f"{ISSUER}/oauth/par")) == (401, "invalid_client")


def test_fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails(bank: Bank) -> None:
    assert error_of(bank.push(aud=f"{ISSUER}/oauth/token")) == (401, "invalid_client")
