"""A run of faults: what is seen and what is said, the signed score, and two services that show the difference."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask, redirect, request
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, VerificationFailed
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.examples import PROGRAMS, Language
from eid.oauth.faults.addresses import discovery_address
from eid.oauth.faults.catalogue import FAULTS, Evidence, Fault, find_fault
from eid.oauth.faults.planning import watch_client
from eid.oauth.faults.runs import SCORE_LIFE, close_turn, open_run, verify_score
from eid.oauth.faults.scoring import Basis, Reaction, Verdict, judge, tally
from eid.oauth.models import ApplicationType, AuthMethod
from eid.web.service_examples import write_program
from tests.engines import one_engine
from tests.live import LiveServer, bound_listener, serving
from tests.oauth.assertions import proof_of, register_keyed
from tests.oauth.conftest import ISSUER, VERIFIER, Citizen, s256
from tests.oauth.faults import Tried, parts_of
from tests.people import MINH, SECRETS, record_account_of, record_one
from tests.walker import Walker

AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CONTROL = Reaction(AT, code_used_at=AT, token_used_at=AT)
OBSERVED = [fault for fault in FAULTS if fault.evidence is not Evidence.DECLARED]


def reached(fault: Fault, **seen: Any) -> tuple[Verdict, Basis]:
    judged = judge(fault, Reaction(AT, **seen), CONTROL)
    return judged.verdict, judged.basis


@pytest.mark.parametrize("fault", OBSERVED, ids=lambda fault: fault.name)
def test_what_is_seen_counts_whatever_is_said(fault: Fault) -> None:
    late, quick = AT + timedelta(minutes=1), AT + timedelta(seconds=1)
    good, bad = {
        Evidence.CODE_NOT_REDEEMED: ({}, {"code_used_at": late}),
        Evidence.TOKEN_NOT_USED: ({"code_used_at": late}, {"token_used_at": late}),
        Evidence.TOKEN_USED: ({"token_used_at": late}, {}),
        Evidence.WAITED: ({"code_used_at": late}, {"code_used_at": quick}),
    }[fault.evidence]
    assert reached(fault, **good, declared="incorrect") == (Verdict.PASSED, Basis.OBSERVED)
    assert reached(fault, **bad, declared="correct") == (Verdict.FAILED, Basis.OBSERVED)


def test_that_nothing_happened_says_nothing_of_a_service_that_never_does_it() -> None:
    control = Reaction(AT, code_used_at=AT)
    for declared, verdict, basis in (
        (None, Verdict.UNKNOWN, Basis.NOTHING),
        ("correct", Verdict.PASSED, Basis.DECLARED),
        ("incorrect", Verdict.FAILED, Basis.DECLARED),
    ):
        judged = judge(find_fault("nonce_wrong"), Reaction(AT, declared=declared), control)
        assert (judged.verdict, judged.basis) == (verdict, basis)
    assert judge(find_fault("nonce_wrong"), Reaction(), CONTROL).verdict is Verdict.NOT_PLAYED


def test_what_may_be_overlooked_is_told_and_not_counted() -> None:
    failed = judge(find_fault("access_token_hash_wrong"), Reaction(AT, token_used_at=AT), CONTROL)
    assert failed.verdict is Verdict.FAILED
    assert tally([failed]).observed_failed == 0


@pytest.fixture
def tried(client: FlaskClient, service: RegisteredClient, citizen: Citizen, consented: None) -> Tried:
    return Tried(client, service, citizen)


class Harness:
    """A service's test harness at the API."""

    def __init__(self, tried: Tried) -> None:
        self.tried = tried
        self.auth = (tried.service.client_id, tried.service.secret or "")
        self.run = ""

    def open(self, *faults: str) -> dict[str, Any]:
        answer = self.tried.client.post("/api/v1/fault-runs", json={"faults": list(faults)}, auth=self.auth)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.get_json()
        self.run = found["run"]
        return found

    def close(self, declared: str | None = None) -> dict[str, Any]:
        body = {} if declared is None else {"declared": declared}
        answer = self.tried.client.post(f"/api/v1/fault-runs/{self.run}/turns", json=body, auth=self.auth)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found


@one_engine
def test_a_harness_plays_a_run_and_gets_a_signed_score(tried: Tried) -> None:
    harness = Harness(tried)
    assert harness.open("answer_issuer_wrong", "nonce_wrong", "person_changed")["turn"]["number"] == 0
    tried.userinfo(tried.tokens()["access_token"])
    assert harness.close()["turn"]["fault"] == "answer_issuer_wrong"
    assert tried.ask()["iss"] != ISSUER, "and a correct service goes no further"
    harness.close()
    tried.userinfo(tried.tokens()["access_token"])
    harness.close("correct")
    tried.userinfo(tried.tokens()["access_token"])
    ended = harness.close("correct")
    assert ended["turn"] is None
    header, claims = parts_of(ended["score"])
    assert (header["typ"], claims["client_id"]) == ("eid-fault-score+jwt", tried.service.client_id)
    keys = {key["kid"] for key in tried.client.get("/api/v1/keys").get_json()["keys"]}
    assert header["kid"] in keys
    assert not {"aud", "sub"} & claims.keys()
    assert [(one["verdict"], one["basis"]) for one in claims["faults"]] == [
        ("passed", "observed"),
        ("failed", "observed"),
        ("passed", "declared"),
    ]
    assert claims["tally"] == {
        "observed_passed": 1,
        "observed_failed": 1,
        "declared_passed": 1,
        "declared_failed": 0,
        "open": 0,
    }
    assert verify_score(ended["score"], issuer=ISSUER) == claims


@one_engine
def test_a_score_that_was_changed_or_is_old_is_refused(tried: Tried) -> None:
    harness = Harness(tried)
    harness.open("state_wrong")
    tried.ask()
    harness.close()
    score = harness.close("skip")["score"]
    head, claims, signature = score.split(".")
    tokens = (f"{head}.{claims[:-2]}AA.{signature}", tried.tokens()["id_token"])
    for token, step in zip(tokens, ("signature", "typ"), strict=True):
        with pytest.raises(VerificationFailed) as failed:
            verify_score(token, issuer=ISSUER)
        assert failed.value.step == step
    with time_machine.travel(wall_now() + SCORE_LIFE + timedelta(minutes=1), tick=False):
        with pytest.raises(VerificationFailed) as expired:
            verify_score(score, issuer=ISSUER)
        assert expired.value.step == "exp"


@one_engine
def test_a_turn_is_closed_once_it_was_met_and_a_run_ends_with_its_hour(tried: Tried) -> None:
    client_id = tried.service.client_id
    with pytest.raises(Malformed) as empty:
        open_run(client_id, [])
    run = open_run(client_id, ["nonce_wrong"])
    with pytest.raises(Conflict) as unmet:
        close_turn(client_id, run.reference, None, issuer=ISSUER)
    with pytest.raises(Malformed) as unknown:
        close_turn(client_id, run.reference, "perfect", issuer=ISSUER)
    again = open_run(client_id, ["nonce_wrong"])
    with pytest.raises(NotFound) as replaced:
        close_turn(client_id, run.reference, None, issuer=ISSUER)
    with time_machine.travel(wall_now() + timedelta(hours=1, minutes=1), tick=False), pytest.raises(NotFound) as late:
        close_turn(client_id, again.reference, None, issuer=ISSUER)
    codes = [found.value.code for found in (empty, unmet, unknown, replaced, late)]
    assert codes == ["run_empty", "turn_not_met", "declared_unknown", "run_over", "run_over"]


@one_engine
def test_only_the_service_itself_opens_its_runs(tried: Tried) -> None:
    wrong = tried.client.post(
        "/api/v1/fault-runs", json={"faults": ["nonce_wrong"]}, auth=(tried.service.client_id, "wrong")
    )
    assert (wrong.status_code, wrong.get_json()["code"]) == (401, "invalid_client")
    unknown = tried.client.post("/api/v1/fault-runs", json={"faults": ["bogus"]}, auth=Harness(tried).auth)
    assert unknown.status_code == 400


@one_engine
def test_a_service_with_keys_opens_its_runs_by_an_assertion(client: FlaskClient) -> None:
    keyed = register_keyed()
    body = {"faults": ["answer_issuer_wrong"], **proof_of(keyed.client_id)}
    opened = client.post("/api/v1/fault-runs", json=body)
    assert (opened.status_code, opened.get_json()["turn"]["number"]) == (201, 0)
    replayed = client.post("/api/v1/fault-runs", json=body)
    assert (replayed.status_code, replayed.get_json()["code"]) == (401, "invalid_client")
    public = register_client(
        name="App",
        redirect_uris=["http://127.0.0.1/back"],
        auth_method=AuthMethod.NONE,
        application_type=ApplicationType.NATIVE,
    )
    body = {"faults": ["state_wrong"], "client_id": public.client_id}
    assert client.post("/api/v1/fault-runs", json=body).status_code == 401


# A correct service and a careless one

WIRE_FAULTS = [
    fault.name
    for fault in FAULTS
    if fault.evidence in (Evidence.CODE_NOT_REDEEMED, Evidence.TOKEN_NOT_USED)
    and fault.name != "access_token_hash_wrong"
]


@pytest.fixture
def patient(app: Flask) -> dict[str, Any]:
    """Trần Văn Minh, with an active account of level 2; how he signs in."""
    record_account_of(record_one().id)
    db.session.commit()
    return {"pin": MINH["pin"], **SECRETS}


@dataclass
class Played:
    url: str
    client: RegisteredClient


@pytest.fixture
def served(
    app: Flask, live_server: LiveServer
) -> Iterator[Callable[[Callable[[RegisteredClient, str], Flask]], Played]]:
    """Serves a service that a function makes of its registration and address."""
    open_servers = []

    def serve(make: Callable[[RegisteredClient, str], Flask]) -> Played:
        listener, url = bound_listener()
        registered = register_client(name="Tried", redirect_uris=[f"{url}/callback"], scopes=["openid", "profile"])
        db.session.commit()
        context = serving(make(registered, url), listener)
        context.__enter__()
        open_servers.append((context, listener))
        return Played(url, registered)

    yield serve
    for context, listener in open_servers:
        context.__exit__(None, None, None)
        listener.close()


def run_at(live_server: LiveServer, played: Played, patient: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """The claims of the score after this whole run, by the API and a browser."""
    auth = (played.client.client_id, played.client.secret or "")
    address = f"{live_server.url}/api/v1/fault-runs"
    run = requests.post(address, json={"faults": faults}, auth=auth, timeout=30).json()
    walker = Walker().open(f"{played.url}/").walk(patient)
    assert '"sub"' in walker.text, walker.text
    while run["turn"] is not None:
        if run["turn"]["number"] > 0:
            walker.open(f"{played.url}/").walk(patient)
        run = requests.post(f"{address}/{run['run']}/turns", json={}, auth=auth, timeout=30).json()
    return parts_of(run["score"])[1]


@one_engine
def test_a_correct_service_gets_full_marks_for_what_is_seen(
    app: Flask, live_server: LiveServer, served: Any, patient: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python program of the service's own page, word for word; a new key it fetches, and goes on."""
    faults = [*WIRE_FAULTS, "key_rotated"]

    def make(registered: RegisteredClient, url: str) -> Flask:
        trial = watch_client(registered.client_id)
        monkeypatch.setitem(os.environ, "PROVIDER_METADATA", discovery_address(live_server.url, trial))
        db.session.rollback()
        monkeypatch.setitem(os.environ, "CLIENT_SECRET", registered.secret or "")
        program = next(program for program in PROGRAMS if program.language is Language.PYTHON)
        with live_server.app.test_request_context():
            [(_, text)] = write_program(registered.client, program)
        found: dict[str, Any] = {"__name__": "example"}
        exec(compile(text, "service.py", "exec"), found)
        service: Flask = found["app"]
        return service

    claims = run_at(live_server, served(make), patient, faults)
    failed = [one for one in claims["faults"] if (one["verdict"], one["basis"]) != ("passed", "observed")]
    assert [one for one in failed if one["duty"] != "may"] == []
    assert claims["tally"]["observed_passed"] == len([name for name in faults if find_fault(name).duty != "may"])


@one_engine
def test_a_careless_service_fails_by_name(
    app: Flask, live_server: LiveServer, served: Any, patient: dict[str, Any]
) -> None:
    """It takes the code, whatever comes with it, and whatever stands in the ID token."""

    def make(registered: RegisteredClient, url: str) -> Flask:
        service = Flask("careless")

        @service.get("/")
        def start() -> Any:
            return redirect(
                f"{live_server.url}/oauth/authorize?client_id={registered.client_id}&response_type=code&nonce=n&state=s"
                f"&scope=openid%20profile&redirect_uri={url}/callback&code_challenge_method=S256&code_challenge={s256(VERIFIER)}"
            )

        @service.get("/callback")
        def back() -> Any:
            form = {
                "grant_type": "authorization_code",
                "code": request.args["code"],
                "redirect_uri": f"{url}/callback",
                "code_verifier": VERIFIER,
            }
            auth = (registered.client_id, registered.secret or "")
            tokens = requests.post(f"{live_server.url}/oauth/token", data=form, auth=auth, timeout=30).json()
            bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
            return requests.get(f"{live_server.url}/oauth/userinfo", headers=bearer, timeout=30).json()

        return service

    faults = ["answer_issuer_wrong", "state_wrong", "nonce_wrong", "algorithm_none", "id_token_expired"]
    claims = run_at(live_server, served(make), patient, faults)
    assert {one["name"]: (one["verdict"], one["basis"]) for one in claims["faults"]} == dict.fromkeys(
        faults, ("failed", "observed")
    )
