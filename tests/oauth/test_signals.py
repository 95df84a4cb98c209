"""Security events: what happens to accounts reaches the services that a citizen lets read something, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from eid.accounts import opening
from eid.accounts.closing import close_account
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import CloseReason, LockReason
from eid.accounts.locking import lock_account, unlock_account
from eid.accounts.models import Account, SignInSession
from eid.accounts.opening import record_level_2
from eid.accounts.sealing_rotation import rotate_sealing_key
from eid.accounts.security import change_passcode, change_password
from eid.accounts.sessions import close_session, close_sessions
from eid.api import signals
from eid.clock import wall_now
from eid.db import db
from eid.events import PersonDied, PhoneChanged, PossessionChanged, post_event
from eid.keystore import SecretUse
from eid.oauth.consents import find_consents, record_consent, withdraw_consent
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.notices.models import Notice, Outcome
from eid.oauth.signals.event_types import (
    ACCOUNT_DISABLED,
    ACCOUNT_ENABLED,
    ACCOUNT_PURGED,
    ASSURANCE_LEVEL_CHANGE,
    CREDENTIAL_CHANGE,
    SESSION_REVOKED,
    SUPPORTED,
)
from eid.oauth.signals.models import SignalStream
from eid.oauth.subjects import build_session_identifier, build_subject
from eid.population.service import find_person_by_id
from eid.retention.tidying import tidy
from tests.conformance.ssf import HOOK, POLL, PUSH, Ssf, register_receiver, ssf  # noqa: F401
from tests.engines import one_engine
from tests.oauth.conftest import ISSUER, Citizen
from tests.oauth.notices import Receiver, record_given_code
from tests.people import PASSWORD

pytestmark = one_engine

SCOPES = ["openid", "identity"]


@pytest.fixture
def service(ssf: Ssf, citizen: Citizen) -> Ssf:  # noqa: F811
    """A receiver that the citizen lets read something, and in whose session they are."""
    return let_read(ssf, citizen)


@pytest.fixture
def stream(service: Ssf) -> dict[str, Any]:
    return service.open()


def let_read(receiver: Ssf, citizen: Citizen) -> Ssf:
    client = receiver.registered.client
    record_consent(citizen.person_id, client, asked=SCOPES, granted=SCOPES, now=wall_now())
    record_given_code(citizen, receiver.registered)
    db.session.commit()
    return receiver


def told(service: Ssf, stream: dict[str, Any]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every event that waits: its type, what it says, and whom it is about."""
    db.session.rollback()
    found = []
    for token in service.poll(stream)["sets"].values():
        claims = service.check(token).claims
        ((event, payload),) = claims["events"].items()
        found.append((event, payload, claims["sub_id"]))
    return found


def subject_of(service: Ssf, citizen: Citizen) -> dict[str, str]:
    secret = service.http.application.extensions["eid.keystore"].find_secret(SecretUse.SUBJECTS)
    sub = build_subject(secret, sector=service.registered.client.sector, person_id=citizen.person_id)
    return {"format": "iss_sub", "iss": ISSUER, "sub": sub}


def lock(citizen: Citizen) -> None:
    lock_account(citizen.account.id, LockReason.HOLDER)


def unlock(citizen: Citizen) -> None:
    lock(citizen)
    unlock_account(citizen.account.id)


def close(citizen: Citizen) -> None:
    close_account(citizen.account.id, CloseReason.HOLDER)


def die(citizen: Citizen) -> None:
    post_event(PersonDied(citizen.person_id, date(2026, 1, 1)))
    db.session.commit()


def take_another_passcode(citizen: Citizen) -> None:
    change_passcode(citizen.new_session.session, password=PASSWORD, new="815294")


def take_another_password(citizen: Citizen) -> None:
    change_password(citizen.new_session.session, current=PASSWORD, new="NuiRung#2741q")


@pytest.mark.parametrize(
    ("act", "event", "said"),
    [
        (lock, ACCOUNT_DISABLED, {}),
        (die, ACCOUNT_DISABLED, {}),
        (unlock, ACCOUNT_ENABLED, {}),
        (close, ACCOUNT_PURGED, {}),
        (take_another_password, CREDENTIAL_CHANGE, {"credential_type": "password", "change_type": "update"}),
        (take_another_passcode, CREDENTIAL_CHANGE, {"credential_type": "pin", "change_type": "update"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_act_is_told_about_the_citizen_as_the_service_knows_them(
    service: Ssf,
    stream: dict[str, Any],
    citizen: Citizen,
    act: Callable[[Citizen], None],
    event: str,
    said: dict[str, str],
) -> None:
    """CAEP 1.0 and RISC 1.0; `sub_id` is iss_sub with the pairwise subject (Shared Signals Framework 1.0)."""
    act(citizen)
    found = [(payload, subject) for type_, payload, subject in told(service, stream) if type_ == event]
    ((payload, subject),) = found
    assert {name: payload[name] for name in payload if name != "event_timestamp"} == said
    assert abs(payload.get("event_timestamp", wall_now().timestamp()) - wall_now().timestamp()) < 60
    assert subject == subject_of(service, citizen)


@pytest.mark.parametrize(
    ("kind", "change", "named"),
    [("device", "create", "app"), ("passkey", "delete", "fido2-roaming"), ("device", "revoke", "app")],
)
def test_things_that_one_signs_in_with_are_told(
    service: Ssf, stream: dict[str, Any], citizen: Citizen, kind: str, change: str, named: str
) -> None:
    post_event(PossessionChanged(citizen.account.id, citizen.person_id, kind, change))
    post_event(PhoneChanged(citizen.account.id, citizen.person_id))
    db.session.commit()
    said = [(payload["credential_type"], payload["change_type"]) for _event, payload, _who in told(service, stream)]
    assert said == [(named, change), ("phone-sms", "update")]


def test_a_level_that_rises_is_told(
    service: Ssf, stream: dict[str, Any], citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CAEP 1.0, assurance-level-change: namespace and current_level are required."""
    monkeypatch.setattr(opening, "check_may_open", lambda person: None)
    db.session.execute(update(Account).values(level=AccountLevel.ONE))
    db.session.commit()
    record_level_2(find_person_by_id(citizen.person_id), phone="0100000102", email=None, actor="x")
    db.session.commit()
    ((event, payload, _subject),) = told(service, stream)
    assert event == ASSURANCE_LEVEL_CHANGE
    payload.pop("event_timestamp")
    assert payload == {
        "namespace": "eid-account-level",
        "current_level": "2",
        "previous_level": "1",
        "change_direction": "increase",
    }


def test_one_session_is_named_and_all_are_the_person(service: Ssf, stream: dict[str, Any], citizen: Citizen) -> None:
    """CAEP 1.0, session-revoked: what the subject names is over, and nothing else."""
    secret = service.http.application.extensions["eid.keystore"].find_secret(SecretUse.SUBJECTS)
    sid = build_session_identifier(
        secret, client_id=service.registered.client_id, session_id=citizen.new_session.session.id
    )
    person = subject_of(service, citizen)
    close_session(citizen.new_session.token)
    ((event, _payload, subject),) = told(service, stream)
    assert event == SESSION_REVOKED
    assert subject == {"format": "complex", "user": person, "session": {"format": "opaque", "id": sid}}
    db.session.execute(update(Notice).values(done_at=wall_now()))
    reopen(citizen)
    close_sessions(citizen.account.id)
    ((event, _payload, subject),) = told(service, stream)
    assert (event, subject) == (SESSION_REVOKED, person)


def reopen(citizen: Citizen) -> None:
    db.session.execute(update(SignInSession).values(ended_at=None))
    db.session.commit()


def test_two_services_never_hear_of_one_person_under_one_name(service: Ssf, citizen: Citizen) -> None:
    other = let_read(register_receiver(service.http, "Ngân hàng Mẫu"), citizen)
    streams = [(one, one.open()) for one in (service, other)]
    lock(citizen)
    first, second = ([(event, subject) for event, _said, subject in told(one, stream)] for one, stream in streams)
    assert {event for event, _ in first} == {event for event, _ in second} == {ACCOUNT_DISABLED, SESSION_REVOKED}
    names = [{str(subject) for _, subject in heard} for heard in (first, second)]
    jtis = [set(one.poll(stream)["sets"]) for one, stream in streams]
    assert not jtis[0] & jtis[1]
    assert names[0] and names[1]


def test_without_consent_a_service_hears_nothing(
    ssf: Ssf,  # noqa: F811
    citizen: Citizen,
    make_citizen: Callable[..., Citizen],
) -> None:
    """Neither of somebody whom it never knew, nor of one who has withdrawn the consent."""
    stream = ssf.open()
    lock(citizen)
    hoa = make_citizen(number=101, given_name="Hoa")
    let_read(ssf, hoa)
    withdraw_consent(hoa.person_id, find_consents(hoa.person_id)[0].id)
    lock(hoa)
    assert told(ssf, stream) == []


def test_only_what_was_asked_for_is_told(service: Ssf, citizen: Citizen) -> None:
    stream = service.open(events_requested=[ACCOUNT_ENABLED])
    unlock(citizen)
    assert [event for event, _said, _who in told(service, stream)] == [ACCOUNT_ENABLED]


def test_whom_a_service_has_removed_it_hears_nothing_of_until_it_adds_them(
    service: Ssf, stream: dict[str, Any], citizen: Citizen
) -> None:
    """Shared Signals Framework 1.0, section 8.1.3."""
    body = {"stream_id": stream["stream_id"], "subject": subject_of(service, citizen)}
    assert service.call("remove_subject_endpoint", body=body).status_code == 204
    assert service.call("remove_subject_endpoint", body=body).status_code == 204
    lock(citizen)
    assert told(service, stream) == []
    assert service.call("add_subject_endpoint", body=body).status_code == 200
    unlock_account(citizen.account.id)
    assert [event for event, _said, _who in told(service, stream)] == [ACCOUNT_ENABLED]


def test_an_act_that_is_rolled_back_is_not_told(service: Ssf, stream: dict[str, Any], citizen: Citizen) -> None:
    post_event(PersonDied(citizen.person_id, date(2026, 1, 1)))
    db.session.rollback()
    assert told(service, stream) == []


@pytest.mark.parametrize("method", [PUSH, POLL])
def test_a_paused_stream_holds_and_a_disabled_one_forgets(service: Ssf, citizen: Citizen, method: str) -> None:
    """Section 8.1.2."""
    stream = service.open(
        delivery={"method": method, "endpoint_url": HOOK}, events_requested=[ACCOUNT_DISABLED, ACCOUNT_ENABLED]
    )

    def become(status: str) -> None:
        service.call("status_endpoint", body={"stream_id": stream["stream_id"], "status": status})

    def heard() -> list[str]:
        db.session.rollback()
        receiver = Receiver(statuses=[202])
        deliver_due(receiver)
        tokens = [received.body.decode() for received in receiver.received]
        if method == POLL:
            sets = service.poll(stream)["sets"]
            service.poll(stream, ack=list(sets), maxEvents=0)
            tokens = list(sets.values())
        return [next(iter(service.check(token).claims["events"])) for token in tokens]

    become("paused")
    lock(citizen)
    assert heard() == []
    become("enabled")
    assert heard() == [ACCOUNT_DISABLED]
    become("disabled")
    unlock_account(citizen.account.id)
    become("enabled")
    assert heard() == []


def test_a_stream_that_is_paused_while_an_event_waits_for_its_next_try_sends_nothing(
    service: Ssf, citizen: Citizen
) -> None:
    stream = service.open(delivery={"method": PUSH, "endpoint_url": HOOK}, events_requested=[ACCOUNT_DISABLED])
    lock(citizen)
    with time_machine.travel(wall_now(), tick=False) as traveller:
        deliver_due(Receiver(statuses=[503]))
        db.session.execute(update(SignalStream).values(status="paused"))
        db.session.commit()
        traveller.shift(timedelta(minutes=1))
        assert deliver_due(Receiver()) == 0
        db.session.rollback()
        service.call("status_endpoint", body={"stream_id": stream["stream_id"], "status": "enabled"})
        assert deliver_due(Receiver(statuses=[202])) == 1
    assert db.session.scalars(select(Notice.outcome)).all() == [Outcome.DELIVERED]


def test_events_are_fetched_in_order_and_no_more_than_was_asked_for(service: Ssf, citizen: Citizen) -> None:
    """RFC 8936, section 2.2: maxEvents; section 2.3: moreAvailable."""
    stream = service.open(events_requested=[ACCOUNT_DISABLED, ACCOUNT_ENABLED])
    unlock(citizen)
    unlock(citizen)
    db.session.rollback()
    first = service.poll(stream, maxEvents=3)
    events = [next(iter(service.check(token).claims["events"])) for token in first["sets"].values()]
    assert (events, first["moreAvailable"]) == ([ACCOUNT_DISABLED, ACCOUNT_ENABLED, ACCOUNT_DISABLED], True)
    last = service.poll(stream, ack=list(first["sets"]))
    assert (len(last["sets"]), last["moreAvailable"]) == (1, False)
    assert service.poll(stream, ack=list(last["sets"])) == {"sets": {}, "moreAvailable": False}


def test_nobody_acknowledges_anothers_events(service: Ssf, stream: dict[str, Any], citizen: Citizen) -> None:
    other = register_receiver(service.http, "Ngân hàng Mẫu")
    foreign = other.open()
    lock(citizen)
    db.session.rollback()
    jtis = list(service.poll(stream)["sets"])
    other.poll(foreign, ack=jtis, setErrs={jtis[0]: {"err": "x"}})
    assert set(service.poll(stream)["sets"]) == set(jtis)


@pytest.mark.parametrize(
    "body",
    [
        {"maxEvents": -1},
        {"maxEvents": "1"},
        {"maxEvents": True},
        {"returnImmediately": "yes"},
        {"ack": "jti"},
        {"ack": [1]},
        {"ack": ["x"] * 1001},
        {"setErrs": []},
        {"setErrs": {"x": "y"}},
        [],
    ],
    ids=lambda body: str(body)[:30],
)
def test_a_poll_that_cannot_be_read_is_refused(service: Ssf, stream: dict[str, Any], body: Any) -> None:
    answer = service.call(stream["delivery"]["endpoint_url"], body=body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "stream_malformed")


def test_a_wait_for_events_is_bounded_and_one_at_a_time(
    service: Ssf, stream: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8936, section 2.5; whoever comes while one waits is answered at once, so that threads stay free."""
    looks: list[int] = []
    fetch = signals.polling.fetch_signals
    monkeypatch.setattr(
        signals.polling, "fetch_signals", lambda *args, **kwargs: (looks.append(1), fetch(*args, **kwargs))[1]
    )
    monkeypatch.setattr(signals, "LOOK_EVERY", timedelta(milliseconds=1))
    monkeypatch.setattr(signals, "LONG_POLL", timedelta(milliseconds=4))
    assert service.poll(stream, returnImmediately=False)["sets"] == {}
    assert len(looks) == 5
    with signals.LONG_POLLS:
        assert service.poll(stream, returnImmediately=False)["sets"] == {}
    assert len(looks) == 6
    assert signals.LONG_POLLS.acquire(blocking=False)
    signals.LONG_POLLS.release()


def test_events_that_nobody_fetches_are_forgotten_after_a_week(
    service: Ssf, stream: dict[str, Any], citizen: Citizen
) -> None:
    lock(citizen)
    with time_machine.travel(wall_now() + timedelta(days=7, seconds=1), tick=False):
        assert tidy().rows["notices"] == 2


def test_verifications_that_come_too_soon_are_refused(service: Ssf, stream: dict[str, Any]) -> None:
    """Section 8.1.4.2: 429 under min_verification_interval."""
    with time_machine.travel(wall_now(), tick=False) as traveller:
        assert service.verify(stream).status_code == 204
        early = service.verify(stream)
        assert (early.status_code, early.get_json()["code"]) == (429, "verification_early")
        traveller.shift(timedelta(seconds=stream["min_verification_interval"]))
        assert service.verify(stream).status_code == 204


def test_what_a_receiver_wants_to_be_shown_is_sealed_and_told_to_nobody(service: Ssf, client: FlaskClient) -> None:
    stream = service.open(delivery={"method": PUSH, "endpoint_url": HOOK, "authorization_header": "Bearer top-secret"})
    assert "top-secret" not in str(stream) + service.call("configuration_endpoint", "GET").text
    sealed = db.session.scalars(select(SignalStream.sealed_authorization)).one()
    assert sealed is not None
    assert b"top-secret" not in sealed


def test_what_is_sealed_is_sealed_anew_with_the_rest_and_still_shown(service: Ssf) -> None:
    """`eid keys rotate sealing`."""
    stream = service.open(delivery={"method": PUSH, "endpoint_url": HOOK, "authorization_header": "Bearer top-secret"})
    before = db.session.scalars(select(SignalStream.sealed_authorization)).one()
    assert rotate_sealing_key().resealed == 2, "the header, and what the citizen's authenticator knows"
    assert db.session.scalars(select(SignalStream.sealed_authorization)).one() != before
    db.session.rollback()
    service.verify(stream)
    receiver = Receiver(statuses=[202])
    deliver_due(receiver)
    assert receiver.received[0].authorization == "Bearer top-secret"


@pytest.mark.parametrize(
    ("delivery", "code"),
    [
        ({"endpoint_url": "http://clinic.example/events"}, "redirect_uri_not_allowed"),
        ({"endpoint_url": "https://user@clinic.example/"}, "redirect_uri_not_allowed"),
        ({"endpoint_url": "https://2130706433/"}, "url_not_allowed"),
        ({"endpoint_url": HOOK, "authorization_header": "a\r\nX-Evil: 1"}, "stream_malformed"),
        ({"endpoint_url": 7}, "stream_malformed"),
    ],
    ids=str,
)
def test_addresses_that_cannot_be_are_refused(service: Ssf, delivery: dict[str, Any], code: str) -> None:
    answer = service.call("configuration_endpoint", body={"delivery": {"method": PUSH} | delivery})
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)


def test_a_closed_stream_leaves_nothing_to_tell(service: Ssf, stream: dict[str, Any], citizen: Citizen) -> None:
    lock(citizen)
    db.session.rollback()
    service.call("configuration_endpoint", "DELETE", stream_id=stream["stream_id"])
    assert db.session.scalars(select(Notice)).all() == []
    again = service.open()
    assert again["stream_id"] != stream["stream_id"]


def test_everything_supported_is_something_that_is_asked_for_by_its_whole_name(stream: dict[str, Any]) -> None:
    assert stream["events_supported"] == list(SUPPORTED) == stream["events_delivered"]


def test_a_suspended_service_is_told_nothing(service: Ssf, stream: dict[str, Any], citizen: Citizen) -> None:
    service.registered.client.suspended_at = wall_now()
    db.session.commit()
    lock(citizen)
    service.registered.client.suspended_at = None
    db.session.commit()
    assert told(service, stream) == []
    unlock_account(citizen.account.id)
    assert [event for event, _payload, _subject in told(service, stream)] == [ACCOUNT_ENABLED]
