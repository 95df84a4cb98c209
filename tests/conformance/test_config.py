"""OpenID Connect Config OP (oidcc-config-certification-test-plan): one test a module, under its name."""

from __future__ import annotations

import re

from tests.conformance.provider import ISSUER, Provider, provider

__all__ = ["provider"]

SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749, section 3.3."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def test_oidcc_discovery_endpoint_verification(provider: Provider) -> None:
    """Discovery is JSON at the issuer's address and promises what there is: endpoints, keys, RS256, scopes, languages."""
    answer = provider.open_browser().get("/.well-known/openid-configuration")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found = answer.get_json()
    assert found["issuer"] == ISSUER
    assert "code" in found["response_types_supported"]
    assert set(found["subject_types_supported"]) <= {"pairwise", "public"} and found["subject_types_supported"]
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert found[name].startswith(f"{ISSUER}/"), name
    assert "openid" in found["scopes_supported"]
    assert all(SCOPE_TOKEN.fullmatch(scope) for scope in found["scopes_supported"])
    for name in ("ui_locales_supported", "claims_locales_supported"):
        assert all(LANGUAGE.fullmatch(tag) for tag in found[name])
    assert isinstance(found["code_challenge_methods_supported"], list)
    assert found["claims_parameter_supported"] is True
    assert {"sub", "name", "birthdate", "address", "phone_number", "email", "acr"} <= set(found["claims_supported"])
    keys = provider.open_browser().get(found["jwks_uri"].removeprefix(ISSUER)).get_json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) > 0
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert all(not {"d", "p", "q", "k"} & set(key) for key in keys)
