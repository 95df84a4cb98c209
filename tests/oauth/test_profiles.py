"""FAPI 2.0 Security Profile, sections 5.3.2 and 5.4: what the strict profile demands is what happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from eid.errors import Malformed
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import register_client
from eid.oauth.codes import CODE_LIFE
from eid.oauth.models import AuthMethod, Profile
from eid.oauth.profiles import RULES, rules_of
from eid.oauth.pushed import PUSHED_LIFE
from tests.engines import one_engine
from tests.oauth.assertions import jwks_of, key_for
from tests.oauth.conftest import BACK


def test_every_profile_has_its_rules_and_the_strict_one_is_nowhere_weaker() -> None:
    assert set(RULES) == set(Profile)
    basic, strict = RULES[Profile.BASIC], RULES[Profile.FAPI2]
    assert set(strict.auth_methods) < set(basic.auth_methods)
    assert set(strict.signing_algorithms) < set(basic.signing_algorithms)
    for rule in ("must_push", "must_bind_tokens", "must_bound_request_objects"):
        assert getattr(strict, rule) and not getattr(basic, rule)


def test_the_strict_algorithms_and_methods_are_those_of_the_specification() -> None:
    """FAPI 2.0 Security Profile, sections 5.3.2.1 and 5.4.1"""
    assert set(rules_of("fapi2").signing_algorithms) == {"PS256", "ES256", "EdDSA", "Ed25519"}
    assert set(rules_of("fapi2").auth_methods) == {
        AuthMethod.PRIVATE_KEY_JWT,
        AuthMethod.TLS,
        AuthMethod.SELF_SIGNED_TLS,
    }


def test_codes_live_for_a_minute_and_pushed_requests_for_less_than_ten() -> None:
    """FAPI 2.0 Security Profile, section 5.3.2.2; RFC 9126, section 2.2"""
    assert timedelta(minutes=1) >= CODE_LIFE
    assert timedelta(seconds=5) <= PUSHED_LIFE < timedelta(minutes=10)


@pytest.mark.parametrize("method", [m for m in AuthMethod if m not in RULES[Profile.FAPI2].auth_methods])
@one_engine
def test_a_weaker_way_to_prove_oneself_is_not_registered(app: Flask, method: AuthMethod) -> None:
    """FAPI 2.0 Security Profile, section 5.3.2.1"""
    with pytest.raises(Malformed) as refused:
        register_client(
            name="Bank",
            redirect_uris=[BACK],
            profile=Profile.FAPI2,
            auth_method=method,
            keys=ClientKeys(jwks_of(key_for("ES256"))),
        )
    assert refused.value.code == "client_auth_weak"


@one_engine
def test_a_weaker_algorithm_is_not_registered(app: Flask) -> None:
    """FAPI 2.0 Security Profile, section 5.4.1"""
    for keys, code in (
        (ClientKeys(jwks_of(key_for("RS256")), token_endpoint_auth_signing_alg="RS256"), "client_auth_alg"),
        (ClientKeys(), "jwks_missing"),
    ):
        with pytest.raises(Malformed) as refused:
            register_client(name="Bank", redirect_uris=[BACK], profile=Profile.FAPI2, keys=keys)
        assert refused.value.code == code
