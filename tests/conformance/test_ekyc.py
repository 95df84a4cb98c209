"""OpenID Connect for Identity Assurance 1.0 (ekyc-test-plan-oidccore): one test a module, under its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.provider import Provider, provider
from tests.oauth.verified_claims_rules import check_verified_claims

__all__ = ["provider"]

CONFIGURATION = Path(__file__).parent.parent.parent / "docs/openid-suite/ekyc.json"
UNKNOWN = "b8f3a1c2"


def request_for(provider: Provider, wish: Any = None, *, member: str = "userinfo", claims: Any = None) -> str:
    """A claims parameter that asks for every claim that the provider says it verifies, or for these."""
    metadata = provider.get_metadata()
    asked = claims or dict.fromkeys(metadata["claims_in_verified_claims_supported"], wish)
    return json.dumps({member: {"verified_claims": {"verification": {"trust_framework": None}, "claims": asked}}})


def check_answer(provider: Provider, verified: Any, asked: dict[str, Any]) -> None:
    """The answer obeys the schema and says nothing that was not asked for or that the metadata do not promise."""
    metadata = provider.get_metadata()
    check_verified_claims(verified)
    assert verified["verification"]["trust_framework"] in metadata["trust_frameworks_supported"]
    assert set(verified["claims"]) <= set(asked) & set(metadata["claims_in_verified_claims_supported"])
    assert set(verified["verification"]) == {"trust_framework"}


@pytest.mark.parametrize("wish", [None])
def test_ekyc_server_happypath(provider: Provider, wish: Any) -> None:
    """Each supported claim, asked for by null, comes verified."""
    check_happy_path(provider, wish)


@pytest.mark.parametrize("wish", [{}])
def test_ekyc_server_happypath_emptyobject(provider: Provider, wish: Any) -> None:
    """An empty object asks for the same as null."""
    check_happy_path(provider, wish)


@pytest.mark.parametrize("wish", [{"essential": False}])
def test_ekyc_server_happypath_essentialfalse(provider: Provider, wish: Any) -> None:
    """A claim that is said not to be essential comes all the same."""
    check_happy_path(provider, wish)


def check_happy_path(provider: Provider, wish: Any) -> None:
    userinfo, id_token = provider.get_claims(claims=request_for(provider, wish))
    asked = provider.get_metadata()["claims_in_verified_claims_supported"]
    check_answer(provider, userinfo["verified_claims"], dict.fromkeys(asked))
    assert set(userinfo["verified_claims"]["claims"]) == set(asked)
    assert set(userinfo) == {"sub", "verified_claims"}
    assert "verified_claims" not in id_token


@pytest.mark.parametrize("wish", [None])
def test_ekyc_server_unknown_claim_omitted(provider: Provider, wish: Any) -> None:
    """A claim that does not exist is left out, and nothing fails."""
    check_omitted(provider, UNKNOWN, wish)


@pytest.mark.parametrize("wish", [{"essential": True}])
def test_ekyc_server_unknown_essential_claim_omitted(provider: Provider, wish: Any) -> None:
    """The same where it is asked for as essential."""
    check_omitted(provider, UNKNOWN, wish)


@pytest.mark.parametrize("name", ['not_existing_claim\'"$ }{ ", {}[]^-@%/', "Tên lạ\\u0000"])
def test_ekyc_server_unknown_claim_specialchars_omitted(provider: Provider, name: str) -> None:
    """The same where its name is made of what has a meaning elsewhere."""
    check_omitted(provider, name, None)


def check_omitted(provider: Provider, name: str, wish: Any) -> None:
    asked = {"given_name": None, name: wish}
    userinfo, _ = provider.get_claims(claims=request_for(provider, claims=asked))
    check_answer(provider, userinfo["verified_claims"], asked)
    assert userinfo["verified_claims"]["claims"] == {"given_name": "Minh"}
    alone, _ = provider.get_claims(claims=request_for(provider, claims={name: wish}))
    assert "verified_claims" not in alone


def test_ekyc_server_one_claim_with_random_value_omitted(provider: Provider) -> None:
    """One claim, with a value that it does not have: verified_claims is left out whole, in both places."""
    asked = {"given_name": {"value": "5f0c3f2e-8a34-4a3b-9d1c-0b7f5a2d9e11"}}
    userinfo, id_token = provider.get_claims(claims=request_for(provider, claims=asked))
    assert "verified_claims" not in userinfo and "verified_claims" not in id_token


def test_ekyc_server_request_only_in_idtoken(provider: Provider) -> None:
    """What is asked for in the ID token stands there alone."""
    userinfo, id_token = provider.get_claims(claims=request_for(provider, member="id_token"))
    check_answer(provider, id_token["verified_claims"], id_token["verified_claims"]["claims"])
    assert "verified_claims" not in userinfo


def test_ekyc_server_request_only_in_userinfo(provider: Provider) -> None:
    """What is asked for in userinfo stands there alone."""
    userinfo, id_token = provider.get_claims(claims=request_for(provider, member="userinfo"))
    check_answer(provider, userinfo["verified_claims"], userinfo["verified_claims"]["claims"])
    assert "verified_claims" not in id_token


def test_ekyc_server_testuserprovidedrequest(provider: Provider) -> None:
    """The request of docs/openid-suite/ekyc.json is met: evidence names the card that the account rests on."""
    asked = json.loads(CONFIGURATION.read_text(encoding="utf-8"))["ekyc"]["verified_claims_request"]
    userinfo, _ = provider.get_claims(claims=json.dumps({"userinfo": {"verified_claims": asked}}))
    verified = userinfo["verified_claims"]
    check_verified_claims(verified)
    assert set(verified["verification"]) == set(asked["verification"])
    [evidence] = verified["verification"]["evidence"]
    assert set(evidence) == set(asked["verification"]["evidence"][0])
    assert evidence["check_details"][0]["check_method"] == "vcrypt"
    assert set(verified["claims"]) == set(asked["claims"])


def test_ekyc_server_testbasedonuserinfo_defaults(provider: Provider) -> None:
    """A request built of an expected answer, value by value, is answered with just that."""
    expected = {
        "verification": {"trust_framework": "vn_decree_69_2024", "assurance_level": "level_2"},
        "claims": {"given_name": "Minh", "family_name": "Trần", "birthdate": "1985-11-02"},
    }
    asked = {part: {name: {"value": value} for name, value in expected[part].items()} for part in expected}
    userinfo, _ = provider.get_claims(claims=json.dumps({"userinfo": {"verified_claims": asked}}))
    assert userinfo["verified_claims"] == expected


def test_ekyc_server_test_userinfo_notfoundinop(provider: Provider) -> None:
    """A request built of what the provider does not promise gives no such thing, and no error."""
    asked = {
        "verification": {"trust_framework": None, "assurance_process": {"policy": None}},
        "claims": {"given_name": None, "nationalities": None, "place_of_birth": None},
    }
    userinfo, _ = provider.get_claims(claims=json.dumps({"userinfo": {"verified_claims": asked}}))
    check_answer(provider, userinfo["verified_claims"], asked["claims"])
    assert userinfo["verified_claims"]["claims"] == {"given_name": "Minh"}
    elsewhere = {"verification": {"trust_framework": {"value": "de_aml"}}, "claims": {"given_name": None}}
    userinfo, _ = provider.get_claims(claims=json.dumps({"userinfo": {"verified_claims": elsewhere}}))
    assert "verified_claims" not in userinfo
