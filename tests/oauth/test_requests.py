"""RFC 6749, sections 3.1 and 4.1; OpenID Connect Core, section 3.1.2; RFC 7636; RFC 9207; RFC 9700."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import OAuthError
from eid.oauth.parameters import parse_parameters
from eid.oauth.requests import (
    AUTHORIZATION_CHECKS,
    CheckedRequest,
    UncheckedRequest,
    check_client_named,
    check_redirect_uri,
    check_request,
)
from eid.oauth.responses import AuthorizationResponse, ResponseMode

ISSUER = "https://eid.example"
BACK = "https://service.example/back"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""RFC 7636, appendix B."""
GOOD = {
    "client_id": "c",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "openid profile",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s",
}


@dataclass
class KnownService:
    client_id: str = "c"
    application_type: str = "web"
    redirect_uris: list[str] = field(default_factory=lambda: [BACK])
    scopes: list[str] = field(default_factory=lambda: ["openid", "profile"])
    default_level: str = "LoA2"
    highest_level: str | None = None
    profile: str = "basic"
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    resources: list[str] = field(default_factory=list)
    extra_grant_types: list[str] = field(default_factory=list)
    requires_pkce: bool = True


def check(pairs: list[tuple[str, str]] | None = None, **changes: str | None) -> CheckedRequest:
    values = {name: value for name, value in (GOOD | changes).items() if value is not None}
    parameters = parse_parameters(pairs if pairs is not None else list(values.items()))
    return check_request(UncheckedRequest(parameters, KnownService(), BACK, ISSUER))


def refused(pairs: list[tuple[str, str]] | None = None, **changes: str | None) -> AuthorizationResponse:
    """The answer that carries the refusal to the client."""
    with pytest.raises(OAuthError) as refusal:
        check(pairs, **changes)
    answer = refusal.value.answer
    assert isinstance(answer, AuthorizationResponse)
    assert answer.redirect_uri == BACK
    assert answer.parameters["error"] == refusal.value.code
    assert answer.parameters["iss"] == ISSUER
    return answer


def test_a_good_request_passes() -> None:
    request = check(nonce="n", max_age="60", prompt="login consent", ui_locales="vi en")
    assert request.scopes == ("openid", "profile")
    assert (request.state, request.nonce, request.max_age) == ("s", "n", 60)
    assert request.prompts == ("login", "consent")
    assert request.level == "LoA2"


def test_a_checked_request_survives_being_kept() -> None:
    request = check(
        nonce="n",
        response_mode="jwt",
        dpop_jkt=CHALLENGE,
        resource=ISSUER,
        claims='{"id_token":{"acr":{"essential":true,"values":["LoA2","LoA1"]}}}',
    )
    assert CheckedRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    "pairs", [[], [("client_id", "a"), ("client_id", "a")], [("client_id", "a\x00")], [("client_id", "")]]
)
def test_a_request_that_does_not_say_who_asks_is_refused_here(pairs: list[tuple[str, str]]) -> None:
    """RFC 6749, section 4.1.2.1: never redirected before the client is certain."""
    with pytest.raises(OAuthError) as refusal:
        check_client_named(parse_parameters(pairs))
    assert (refusal.value.code, refusal.value.answer) == ("invalid_request", None)


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("redirect_uri", "https://evil.example/")],
        [("redirect_uri", BACK + "/")],
        [("redirect_uri", BACK), ("redirect_uri", BACK)],
        [("redirect_uri", BACK), ("redirect_uri", "https://evil.example/")],
    ],
)
def test_a_redirect_uri_that_is_not_the_clients_is_refused_here(pairs: list[tuple[str, str]]) -> None:
    """oidcc-ensure-registered-redirect-uri; RFC 9700, section 4.1.3: no open redirector."""
    with pytest.raises(OAuthError) as refusal:
        check_redirect_uri(parse_parameters(pairs), KnownService())
    assert (refusal.value.code, refusal.value.answer) == ("invalid_request", None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid address"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "١"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "[" * 4000}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://service.example/r"}, "request_uri_not_supported"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"resource": "https://other.example/"}, "invalid_target"),
        ({"nonce": "a\x00b"}, "invalid_request"),
        ({"nonce": "n" * 5000}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"value":"LoA5"}}}'}, "unmet_authentication_requirements"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"values":["other"]}}}'}, "unmet_authentication_requirements"),
    ],
)
def test_each_check_refuses_with_its_error_at_the_client(changes: dict[str, str | None], error: str) -> None:
    """oidcc-response-type-missing, oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported"""
    answer = refused(**changes)
    assert answer.parameters["error"] == error
    assert answer.parameters["state"] == "s"


@pytest.mark.parametrize(
    ("client", "how", "error"),
    [
        (KnownService(profile="fapi2"), {}, "invalid_request"),
        (KnownService(require_pushed_authorization_requests=True), {}, "invalid_request"),
        (KnownService(require_signed_request_object=True), {"is_pushed": True}, "invalid_request"),
        (KnownService(), {"is_pushed": True, "proven_jkt": "x" * 43}, "invalid_request"),
    ],
    ids=["strict", "must push", "must sign", "another key than the proven one"],
)
def test_a_request_that_came_in_another_way_than_it_must_is_refused(
    client: KnownService, how: dict[str, Any], error: str
) -> None:
    """RFC 9126, section 6; RFC 9101, section 10.5; RFC 9449, section 10.1; FAPI 2.0 Security Profile, section 5.3.2.2"""
    parameters = parse_parameters((GOOD | {"dpop_jkt": CHALLENGE}).items())
    with pytest.raises(OAuthError) as refusal:
        check_request(UncheckedRequest(parameters, client, BACK, ISSUER, **how))
    assert refusal.value.code == error
    right = {"is_pushed": True, "is_signed": True, "proven_jkt": CHALLENGE}
    assert check_request(UncheckedRequest(parameters, client, BACK, ISSUER, **right)).dpop_jkt == CHALLENGE


def test_a_pushed_proof_names_the_key_where_nothing_else_does() -> None:
    """RFC 9449, section 10.1"""
    request = UncheckedRequest(parse_parameters(GOOD.items()), KnownService(), BACK, ISSUER, proven_jkt=CHALLENGE)
    assert check_request(request).dpop_jkt == CHALLENGE


@pytest.mark.parametrize("mode", list(ResponseMode))
def test_a_refusal_goes_the_way_that_was_asked_for(mode: ResponseMode) -> None:
    """JARM, section 2.3; OAuth 2.0 Form Post Response Mode, section 2"""
    answer = refused(response_mode=mode, scope="profile")
    assert (answer.mode, answer.client_id) == (mode, "c")
    assert refused(response_mode="unknown").mode is ResponseMode.QUERY


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "code_challenge", "unknown"])
def test_a_parameter_that_comes_twice_is_refused(name: str) -> None:
    """RFC 6749, section 3.1"""
    answer = refused([*GOOD.items(), (name, "a"), (name, "a")])
    assert answer.parameters["error"] == "invalid_request"
    assert ("state" in answer.parameters) == (name != "state")


def test_an_empty_parameter_counts_as_not_sent() -> None:
    """RFC 6749, section 3.1"""
    assert check(state="", prompt="").state is None
    assert refused(response_type="").parameters["error"] == "invalid_request"


def test_what_is_unknown_or_only_a_wish_never_errs() -> None:
    """oidcc-ensure-request-with-unknown-parameter-succeeds, oidcc-display-page, oidcc-display-popup, oidcc-login-hint,
    oidcc-ui-locales, oidcc-claims-locales, oidcc-ensure-request-with-acr-values-succeeds"""
    check(
        extra="foobar",
        display="popup",
        login_hint="somebody",
        ui_locales="se fr-CA",
        claims_locales="se",
        acr_values="urn:other LoA4",
        scope="profile unknown openid",
        claims='{"userinfo":{"name":{"essential":true}}}',
    )


@given(
    state=st.text(min_size=1, max_size=300).filter(lambda text: "\x00" not in text),
    nonce=st.text(min_size=64, max_size=400),
)
def test_state_and_nonce_are_never_changed(state: str, nonce: str) -> None:
    """fapi2-security-profile-final-ensure-authorization-request-with-long-nonce: kept whole, or refused"""
    request = check(state=state, nonce=nonce.replace("\x00", ""))
    assert (request.state, request.nonce) == (state, nonce.replace("\x00", "") or None)


@given(
    st.lists(
        st.tuples(st.sampled_from([*GOOD, "prompt", "claims", "max_age", "request"]), st.text(max_size=50)), max_size=12
    )
)
def test_whatever_comes_is_checked_or_refused_at_the_client(pairs: list[tuple[str, str]]) -> None:
    try:
        check([*GOOD.items(), *pairs])
    except OAuthError as refusal:
        assert isinstance(refusal.answer, AuthorizationResponse)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, "LoA2"),
        ({"acr_values": "LoA1"}, "LoA1"),
        ({"acr_values": "LoA2 LoA1"}, "LoA2"),
        ({"acr_values": "LoA4 LoA1"}, "LoA4"),
        ({"acr_values": "LoA3"}, "LoA3"),
        ({"acr_values": "gold LoA1"}, "LoA1"),
        ({"acr_values": "silver"}, "LoA2"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"values":["gold","LoA3"]}}}', "acr_values": "LoA2"}, "LoA3"),
        ({"claims": '{"id_token":{"acr":null}}'}, "LoA2"),
    ],
)
def test_the_level_is_the_first_preferred_that_can_be_reached(changes: dict[str, str], level: str) -> None:
    assert check(**changes).level == level


def test_the_table_of_checks_names_each_check_once() -> None:
    assert len(set(AUTHORIZATION_CHECKS)) == len(AUTHORIZATION_CHECKS)
    assert all(check.__name__.startswith("check_") and check.__doc__ for check in AUTHORIZATION_CHECKS)
