"""The wire really carries each of the thirty faults; each is met once, by its client alone, and by nobody in production."""

from __future__ import annotations

import base64
import hashlib
import hmac
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from eid.accounts.sessions import close_sessions
from eid.app import create_app
from eid.clock import wall_now
from eid.config import NO_FACES, Argon2Cost, Mode, Settings
from eid.crypto.status_list import parse_status, verify_status_list
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.keystore import KeyUse, current_keystore
from eid.oauth.client_metadata import ResponseAlgorithms
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.faults.catalogue import FAULTS, Evidence, Kind, find_fault
from eid.oauth.faults.log import MOST, find_logged
from eid.oauth.faults.models import LoggedRequest, PlannedFault
from eid.oauth.faults.mutators import ELSEWHERE, UNKNOWN_ERROR
from eid.oauth.faults.planning import find_planned, find_trial, plan_fault, stop_trial, take_back_fault, watch_client
from eid.oauth.faults.wire import public_pem
from eid.oauth.notices.delivery import deliver_due
from tests.conformance.logout import claims_of
from tests.engines import one_engine
from tests.oauth.assertions import sign
from tests.oauth.conftest import BACK, ISSUER, VERIFIER, Citizen
from tests.oauth.faults import Tried, parts_of
from tests.oauth.notices import Receiver, take_part
from tests.people import record_added_insurance

SCOPES = ["openid", "identity", "phone"]


@pytest.fixture
def tried(client: FlaskClient, service: RegisteredClient, citizen: Citizen, consented: None) -> Tried:
    return Tried(client, service, citizen)


def test_there_are_exactly_thirty_of_six_kinds() -> None:
    assert len({fault.name for fault in FAULTS}) == 30
    assert {fault.kind for fault in FAULTS} == set(Kind)
    assert all(fault.what and fault.reaction and "section" in fault.clause for fault in FAULTS)


def test_every_fault_has_a_test_that_names_it() -> None:
    """What each test plans is written in it, so that the list below is the list of those on the wire."""
    named = {fault for name, value in globals().items() if name.startswith("test_") for fault in _named(value)}
    assert named >= {fault.name for fault in FAULTS}


def _named(test: Any) -> set[str]:
    marked = [mark.args[1] for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return set(_texts((*marked, *test.__code__.co_consts)))


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, tuple | list):
        for part in found:
            yield from _texts(part)


# The authorization response


@one_engine
def test_an_answer_names_another_issuer_or_none_or_another_state(tried: Tried) -> None:
    good = tried.ask()
    for fault in ("answer_issuer_wrong", "answer_issuer_missing", "state_wrong"):
        tried.plan(fault)
    wrong, missing, state = tried.ask(), tried.ask(), tried.ask()
    assert (good["iss"], wrong["iss"], "iss" in missing) == (ISSUER, ELSEWHERE, False)
    assert state["iss"] == ISSUER and state["state"] != "the-state" and len(state["state"]) == len("the-state")
    assert tried.redeem(wrong["code"]).status_code == 200, "the code itself is good: only the service can refuse"
    assert tried.ask() | {"code": good["code"]} == good, "nothing is left behind"


@one_engine
def test_a_signed_answer_bears_the_fault_under_a_good_signature(tried: Tried) -> None:
    """JARM, section 2.4: the signature says nothing against a wrong `iss`."""
    tried.plan("answer_issuer_wrong")
    token = tried.ask(response_mode="query.jwt")["response"]
    keys = KeySet.import_key_set({"keys": current_keystore().find_published_jwks(KeyUse.ID_TOKEN)})
    jws.deserialize_compact(token, keys, algorithms=["ES256"])
    header, claims = parts_of(token)
    assert (header["typ"], claims["iss"], "code" in claims) == ("oauth-authz-resp+jwt", ELSEWHERE, True)


@one_engine
@pytest.mark.parametrize("fault", ["code_swapped", "code_expired"])
def test_a_code_arrives_that_cannot_be_redeemed(tried: Tried, fault: str) -> None:
    tried.plan(fault)
    answer = tried.ask()
    refused = tried.redeem(answer["code"])
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_grant")
    assert tried.tokens()["access_token"]


@one_engine
@pytest.mark.parametrize(("fault", "error"), [("error_unknown", UNKNOWN_ERROR), ("consent_denied", "access_denied")])
def test_an_answer_is_an_error_with_state_and_issuer(tried: Tried, fault: str, error: str) -> None:
    tried.plan(fault)
    answer = tried.ask()
    assert (answer["error"], answer["state"], answer["iss"], "code" in answer) == (error, "the-state", ISSUER, False)


# The ID token


def _claims(tried: Tried, fault: str, **changes: str | None) -> dict[str, Any]:
    """The claims of a spoilt ID token whose signature is good."""
    tried.plan(fault)
    token = tried.tokens(**changes)["id_token"]
    keys = KeySet.import_key_set({"keys": current_keystore().find_published_jwks(KeyUse.ID_TOKEN)})
    jws.deserialize_compact(token, keys, algorithms=["ES256"])
    return parts_of(token)[1]


@one_engine
def test_an_id_token_is_of_another_issuer_or_for_another_audience(tried: Tried) -> None:
    own = tried.service.client_id
    assert _claims(tried, "issuer_wrong")["iss"] == ELSEWHERE
    assert _claims(tried, "audience_wrong")["aud"] not in (own, [own])
    shared = _claims(tried, "authorized_party_wrong")
    assert own in shared["aud"] and len(shared["aud"]) == 2 and shared["azp"] != own


@one_engine
def test_an_id_token_is_bound_to_another_request_or_access_token(tried: Tried) -> None:
    assert _claims(tried, "nonce_wrong")["nonce"] != "the-nonce"
    tried.plan("access_token_hash_wrong")
    tokens = tried.tokens()
    good = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert parts_of(tokens["id_token"])[1]["at_hash"] not in (None, good)
    assert _claims(tried, "nonce_wrong", nonce=None)["nonce"], "a nonce that nobody sent"


@one_engine
def test_an_id_token_is_too_weak_too_old_expired_or_of_tomorrow(tried: Tried) -> None:
    now = wall_now().timestamp()
    day = 24 * 3600
    assert _claims(tried, "level_too_low")["acr"] == "LoA1"
    assert _claims(tried, "sign_in_too_old")["auth_time"] < now - 29 * day
    assert _claims(tried, "id_token_expired")["exp"] < now - day / 2
    assert _claims(tried, "id_token_of_tomorrow")["iat"] > now + day / 2


@one_engine
def test_an_id_token_is_signed_by_nobody_or_with_the_public_key(tried: Tried) -> None:
    tried.plan("algorithm_none")
    token = tried.tokens()["id_token"]
    assert parts_of(token)[0]["alg"] == "none" and token.endswith(".")
    tried.plan("algorithm_confused")
    token = tried.tokens()["id_token"]
    signed, _, signature = token.rpartition(".")
    secret = public_pem(current_keystore().find_signing_key(KeyUse.ID_TOKEN))
    assert parts_of(token)[0]["alg"] == "HS256"
    assert _base64url(signature) == hmac.digest(secret, signed.encode(), hashlib.sha256)


@one_engine
@pytest.mark.parametrize(("fault", "is_published"), [("key_unknown", False), ("key_of_stranger", True)])
def test_an_id_token_is_signed_by_a_key_that_is_not_ours(tried: Tried, fault: str, is_published: bool) -> None:
    tried.plan(fault)
    token = tried.tokens()["id_token"]
    published = current_keystore().find_published_jwks(KeyUse.ID_TOKEN)
    assert (parts_of(token)[0]["kid"] in {key["kid"] for key in published}) is is_published
    with pytest.raises((JoseError, ValueError)):
        jws.deserialize_compact(token, KeySet.import_key_set({"keys": published}), algorithms=["ES256"])


@one_engine
def test_a_new_key_signs_and_is_published_to_this_trial_alone(tried: Tried) -> None:
    watch_client(tried.service.client_id)
    before = {key["kid"] for key in tried.keys().get_json()["keys"]}
    tried.plan("key_rotated")
    token = tried.tokens()["id_token"]
    assert parts_of(token)[0]["kid"] not in before
    jws.deserialize_compact(token, KeySet.import_key_set(tried.keys().get_json()), algorithms=["ES256"])
    everybody = {key["kid"] for key in tried.client.get("/oauth/jwks.json").get_json()["keys"]}
    assert everybody == before


# The endpoints


@one_engine
def test_a_busy_token_endpoint_says_when_to_come_back_and_the_code_stays_good(tried: Tried) -> None:
    tried.plan("token_endpoint_busy")
    code = tried.ask()["code"]
    busy = tried.redeem(code)
    assert (busy.status_code, busy.headers["Retry-After"], "access_token" in busy.get_json()) == (503, "5", False)
    assert tried.redeem(code).status_code == 200


@one_engine
def test_keys_cannot_be_had_once_and_the_description_is_of_another(tried: Tried) -> None:
    tried.plan("keys_unreachable")
    tried.plan("discovery_of_another")
    assert tried.client.get("/oauth/jwks.json").status_code == 200, "everybody else's keys are there"
    assert tried.client.get("/.well-known/openid-configuration").get_json()["issuer"] == ISSUER
    assert (tried.keys().status_code, tried.keys().status_code) == (503, 200)
    assert tried.discovery()["issuer"] == ELSEWHERE
    again = tried.discovery()
    assert (again["issuer"], again["jwks_uri"]) == (ISSUER, f"{ISSUER}/oauth/jwks.json?trial={tried.trial()}")


@one_engine
def test_userinfo_is_of_another_person_or_says_nothing(tried: Tried) -> None:
    token = tried.tokens()
    own = parts_of(token["id_token"])[1]["sub"]
    tried.plan("person_changed")
    assert tried.userinfo(token["access_token"]).get_json()["sub"] not in ("", own)
    tried.plan("attribute_withheld")
    assert tried.userinfo(token["access_token"]).get_json() == {"sub": own}
    assert len(tried.userinfo(token["access_token"]).get_json()) > 1


@one_engine
def test_userinfo_comes_unsigned_to_who_reads_it_signed(client: FlaskClient, citizen: Citizen) -> None:
    algorithms = ResponseAlgorithms(userinfo_signed_response_alg="ES256")
    service = register_client(name="Signed", redirect_uris=[BACK], algorithms=algorithms)
    record_consent(citizen.person_id, service.client, asked=SCOPES, granted=SCOPES, now=wall_now())
    db.session.commit()
    tried = Tried(client, service, citizen)
    token = tried.tokens()["access_token"]
    tried.plan("userinfo_unsigned")
    plain = tried.userinfo(token)
    assert (plain.mimetype, "sub" in plain.get_json()) == ("application/json", True)
    signed = tried.userinfo(token)
    assert (signed.mimetype, parts_of(signed.text)[0]["alg"]) == ("application/jwt", "ES256")
    tried.plan("person_changed")
    assert parts_of(tried.userinfo(token).text)[1]["sub"] != parts_of(signed.text)[1]["sub"]


@one_engine
def test_a_refresh_token_is_refused_and_its_grant_is_over(tried: Tried) -> None:
    scopes = [*SCOPES, "offline_access"]
    service = register_client(name="Refreshing", redirect_uris=[BACK])
    record_consent(tried.citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()
    tried = replace(tried, service=service)
    first = tried.tokens(scope=" ".join(scopes))
    tried.plan("refresh_token_revoked")
    refused = tried.refresh(first["refresh_token"])
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_grant")
    assert tried.refresh(first["refresh_token"]).status_code == 400
    assert tried.userinfo(first["access_token"]).status_code == 401


@one_engine
def test_a_status_list_says_that_the_paper_is_not_valid(tried: Tried) -> None:
    scopes = ["openid", "health_insurance"]
    service = register_client(name="Clinic", redirect_uris=[BACK], scopes=scopes)
    record_added_insurance(tried.citizen.person_id)
    record_consent(tried.citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()
    tried = replace(tried, service=service)
    bearer = {"Authorization": f"Bearer {tried.tokens(scope=' '.join(scopes))['access_token']}"}

    def status() -> int:
        token = tried.client.post("/api/v1/papers/health_insurance/tokens", headers=bearer).get_json()["token"]
        place = parse_status(parts_of(token)[1]["status"])
        listed = tried.client.get(place.uri.removeprefix(ISSUER)).text
        keys = tried.client.get("/api/v1/keys").get_json()["keys"]
        found = verify_status_list(listed, keys=keys, expected_uri=place.uri, now=wall_now())
        return found.statuses.find_status(place.index)

    assert status() == 0
    tried.plan("status_revoked")
    assert (status(), status()) == (1, 0)


@one_engine
def test_a_notice_comes_twice_with_the_same_number(app: Flask, citizen: Citizen) -> None:
    service, receiver = take_part(citizen), Receiver()
    with pytest.raises(Conflict) as refused:
        plan_fault(service.client_id, "notice_replayed")
    assert refused.value.code == "notice_none"
    close_sessions(citizen.account.id)
    db.session.commit()
    deliver_due(receiver)
    plan_fault(service.client_id, "notice_replayed")
    assert deliver_due(receiver) == 1
    first, second = (claims_of(received.logout_token) for received in receiver.received)
    assert (first["jti"], first["sid"]) == (second["jti"], second["sid"])


# Once, for this client, and visible


@one_engine
def test_a_fault_that_does_not_fit_its_client_is_not_planned(tried: Tried) -> None:
    for name, code in (("userinfo_unsigned", "fault_clash"), ("no_such_fault", "fault_unknown")):
        with pytest.raises((Conflict, NotFound)) as refused:
            tried.plan(name)
        assert refused.value.code == code
    with pytest.raises(Malformed) as malformed:
        tried.plan("nonce_wrong", times=21)
    assert malformed.value.code == "fault_times"


@one_engine
def test_a_fault_can_be_taken_back_and_is_over_after_an_hour(tried: Tried) -> None:
    tried.plan("answer_issuer_wrong", times=2)
    take_back_fault(tried.service.client_id, find_planned(tried.service.client_id)[0].reference)
    assert (tried.ask()["iss"], tried.ask()["iss"]) == (ELSEWHERE, ISSUER)
    tried.plan("state_wrong")
    with time_machine.travel(wall_now().timestamp() + 3601, tick=False):
        assert find_trial(tried.service.client_id) is None
    stop_trial(tried.service.client_id)
    assert tried.ask()["state"] == "the-state"
    assert db.session.scalar(select(func.count()).select_from(LoggedRequest)) == 0


def test_of_many_answers_at_once_as_many_go_wrong_as_were_planned_and_none_of_others(
    app: Flask, make_citizen: Callable[..., Citizen], service: RegisteredClient
) -> None:
    other = register_client(name="Other", redirect_uris=[BACK])
    citizen = make_citizen()
    for registered in (service, other):
        record_consent(citizen.person_id, registered.client, asked=SCOPES, granted=SCOPES, now=wall_now())
    db.session.commit()
    watch_client(other.client_id)
    plan_fault(service.client_id, "answer_issuer_wrong", times=3)

    def ask(registered: RegisteredClient) -> str:
        return Tried(app.test_client(), registered, citizen).ask()["iss"]

    both = [(number % 2 and other) or service for number in range(20)]
    with ThreadPoolExecutor(10) as pool:
        issuers = list(pool.map(ask, both))
    assert [iss for iss, asked in zip(issuers, both, strict=True) if asked is other] == [ISSUER] * 10
    assert sorted(iss == ELSEWHERE for iss, asked in zip(issuers, both, strict=True) if asked is service) == (
        [False] * 7 + [True] * 3
    )
    db.session.rollback()
    met = db.session.scalars(select(PlannedFault).where(PlannedFault.met_at.is_not(None))).all()
    assert len(met) == 3
    assert len({planned.code_digest for planned in met}) == 3


@one_engine
def test_whoever_only_names_the_client_uses_no_fault_up(tried: Tried) -> None:
    tried.plan("token_endpoint_busy")
    code, own = tried.ask()["code"], tried.service.client_id
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    stranger = tried.client.post("/oauth/token", data=form, auth=(own, "wrong"))
    assert stranger.status_code == 401
    assert tried.client.post("/oauth/token", data=form | {"client_id": own}).status_code == 401
    assert tried.redeem(code).status_code == 503


@one_engine
def test_the_log_shows_each_request_with_its_checks_and_its_fault_and_no_secret(tried: Tried) -> None:
    tried.plan("nonce_wrong")
    answer = tried.ask(login_hint="979085000102")
    tokens = tried.redeem(answer["code"]).get_json()
    tried.userinfo(tokens["access_token"])
    tried.redeem("wrong", code_verifier="x" * 43)
    refused, userinfo, token, asked = find_logged(tried.service.client_id)
    assert [entry.step for entry in (asked, token, userinfo, refused)] == [
        "authorization",
        "token",
        "userinfo",
        "token",
    ]
    assert [entry.fault for entry in (asked, token, userinfo, refused)] == [None, "nonce_wrong", None, None]
    assert len(asked.checks) == 18 and {check["outcome"] for check in asked.checks} == {"passed"}
    assert [check["name"] for check in refused.checks if check["outcome"] == "failed"] == ["known"]
    kept = repr([(entry.sent, entry.answered) for entry in (asked, token, userinfo, refused)])
    secrets = (
        answer["code"],
        tokens["access_token"],
        tokens["id_token"],
        "979085000102",
        "v" * 43,
        tried.citizen.account,
    )
    assert [value for value in secrets if str(value) in kept] == []
    assert "Minh" not in kept and tried.service.secret not in kept


@one_engine
def test_a_client_that_nobody_watches_leaves_nothing(tried: Tried) -> None:
    tried.userinfo(tried.tokens()["access_token"])
    assert db.session.scalar(select(func.count()).select_from(LoggedRequest)) == 0


def test_rubbish_passes_the_seam_as_if_there_were_none(tried: Tried) -> None:
    """On PostgreSQL no text holds a NUL: it reaches no query of the seam, wherever it stands."""
    tried.plan("nonce_wrong")
    nul = base64.b64encode(b"\x00\x00:x").decode()
    sub = sign({"sub": "\x00", "iss": "\x00"})
    answers = [
        tried.client.get("/oauth/authorize?client_id=%00"),
        tried.client.post("/oauth/token", headers={"Authorization": f"Basic {nul}"}, data={"grant_type": "x"}),
        tried.client.post("/oauth/token", data={"client_assertion": sub}),
        tried.client.post("/oauth/token", data={"client_assertion": "a.b"}),
        tried.client.post("/oauth/token", data=b"x" * 3_000_000, content_type="application/x-www-form-urlencoded"),
        tried.client.get("/oauth/userinfo", headers={"Authorization": "Bearer \xff\xfe"}),
        tried.client.get("/oauth/jwks.json?trial=nobody"),
        tried.client.get("/api/v1/status-lists/1?fault=nobody"),
        tried.client.get("/oauth/authorize/%00"),
    ]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


@one_engine
def test_the_log_is_bounded(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 200
    monkeypatch.setattr("eid.oauth.faults.log.MOST", 3)
    watch_client(tried.service.client_id)
    for _ in range(5):
        tried.ask()
    assert len(find_logged(tried.service.client_id)) == 3


@one_engine
def test_production_has_no_seam_and_no_way_to_one(app: Flask, settings: Settings) -> None:
    """Not switched off: not there."""
    made = replace(
        settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher=NO_FACES, argon2=Argon2Cost()
    )
    production = create_app(made)
    names = {function.__name__ for functions in production.after_request_funcs.values() for function in functions}
    assert "let_faults_in" not in names
    assert "let_faults_in" in {f.__name__ for functions in app.after_request_funcs.values() for f in functions}
    rules = {rule.rule for rule in production.url_map.iter_rules()}
    assert [
        rule for rule in rules if "fault" in rule or "/trial" in rule or ("/log" in rule and "/services/" in rule)
    ] == []


def test_what_is_observed_says_where_from() -> None:
    assert find_fault("answer_issuer_wrong").evidence is Evidence.CODE_NOT_REDEEMED
    assert find_fault("nonce_wrong").evidence is Evidence.TOKEN_NOT_USED


def _base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
