"""CIBA: a counter asks, a citizen's phone or page answers, and nobody learns who has an account."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from eid.accounts.device_models import Approval
from eid.accounts.levels import Factor
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, SignInSession
from eid.audit import AuditEntry, find_disclosures
from eid.clock import wall_now
from eid.db import db
from eid.oauth.consents import find_consents, withdraw_consent
from eid.oauth.decoupled import opening, who_is_asked
from eid.oauth.decoupled.models import DecoupledQuestion, Verdict
from eid.oauth.grant_types import CIBA, ExtraGrants
from eid.oauth.models import Client
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.tokens import record_grants_revoked
from tests.conformance.logout import claims_of
from tests.engines import one_engine
from tests.oauth.conftest import Citizen
from tests.oauth.decoupled import Counter, Phone, browse, error_of, fill_in, give_phone, register_counter
from tests.oauth.notices import Receiver
from tests.people import PASSCODE, record_account_of, record_one

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
PIN, NOBODY = "979085000102", "979085000999"


@pytest.fixture
def counter(app: Flask) -> Counter:
    return Counter(app, register_counter())


@pytest.fixture
def phone(app: Flask, citizen: Citizen) -> Phone:
    return give_phone(app, citizen)


def question() -> DecoupledQuestion:
    db.session.rollback()
    found = db.session.scalars(select(DecoupledQuestion).order_by(DecoupledQuestion.id.desc())).first()
    assert found is not None
    return found


def leaves_of(value: Any) -> set[str]:
    """Every value in a piece of JSON, as text: two digits also stand inside of times and digests by chance."""
    if isinstance(value, dict | list):
        within = value.values() if isinstance(value, dict) else value
        return set().union(*(leaves_of(one) for one in within))
    return {str(value)}


def test_a_counter_asks_and_the_phone_answers(counter: Counter, phone: Phone, citizen: Citizen) -> None:
    """CIBA Core, sections 7.3 and 10.1: poll; acr, amr and auth_time are those of the phone and the passcode"""
    opened = counter.opened(PIN, binding_message="QUAY-07")
    assert set(opened) == {"auth_req_id", "expires_in", "interval", "matching_number"}
    assert (opened["expires_in"], opened["interval"]) == (120, 5)
    [asked] = phone.asked()
    assert (asked["asks"], asked["purpose"]) == ("Quầy Thử", "Tiếp nhận người bệnh")
    assert asked["consent"]["message"] == "QUAY-07"
    assert {thing["key"] for thing in asked["consent"]["things"] if thing["is_needed"]} >= {"pin"}
    assert opened["matching_number"] not in leaves_of(asked)
    assert error_of(counter.poll()) == (400, "authorization_pending")
    assert phone.answer(opened["matching_number"]).get_json() == {"decision": "approved"}
    tokens = counter.poll().get_json()
    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["amr"]) == ("LoA2", ["swk", "pin", "mfa"])
    assert abs(claims["auth_time"] - wall_now().timestamp()) < 60
    assert "urn:openid:params:jwt:claim:auth_req_id" not in claims, "CIBA Core, section 10.3.1: of mode push alone"
    told = counter.app.test_client().get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert (told.get_json()["pin"], told.get_json()["sub"]) == (PIN, claims["sub"])
    assert error_of(counter.poll()) == (400, "invalid_grant")
    ended = db.session.scalars(select(SignInSession).where(SignInSession.account_id == citizen.account.id)).all()
    assert ended[-1].ended_at is not None, "what the phone showed opens no page"


@one_engine
def test_what_the_phone_withholds_is_not_released(counter: Counter, phone: Phone, citizen: Citizen) -> None:
    opened = counter.opened(PIN)
    assert phone.answer(opened["matching_number"], withheld=["phone"]).status_code == 200
    tokens = counter.poll().get_json()
    assert tokens["scope"] == "openid identity"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert "phone_number" not in counter.app.test_client().get("/oauth/userinfo", headers=bearer).get_json()
    [consent] = find_consents(citizen.person_id)
    assert "phone_number" not in (consent.granted_items or ())


@one_engine
@pytest.mark.parametrize("withheld", [["pin"], ["address"], "phone", [1], {"a": 1}])
def test_what_is_needed_or_was_not_asked_cannot_be_withheld(counter: Counter, phone: Phone, withheld: Any) -> None:
    opened = counter.opened(PIN)
    refused = phone.answer(opened["matching_number"], withheld=withheld)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "consent_withheld")
    assert error_of(counter.poll()) == (400, "authorization_pending")


def test_the_page_of_the_citizen_answers_too_and_the_phone_is_left_in_peace(
    app: Flask, counter: Counter, phone: Phone, citizen: Citizen
) -> None:
    opened = counter.opened(PIN, binding_message="QUAY-07")
    browser = browse(app, citizen)
    listed = browser.get("/citizen/confirmations")
    assert "Quầy Thử" in listed.text
    assert "QUAY-07" in listed.text
    page = browser.get(f"/citizen/confirmations/{question().id}")
    for shown in ("Quầy Thử", "Tiếp nhận người bệnh", "QUAY-07"):
        assert shown in page.text
    done = fill_in(browser, page, "approve", untick=("phone",), number=opened["matching_number"], passcode=PASSCODE)
    assert done.status_code == 303, done.text
    assert phone.asked() == []
    tokens = counter.poll().get_json()
    assert tokens["scope"] == "openid identity"
    assert claims_of(tokens["id_token"])["amr"] == ["pwd", "otp", "mfa"]


@one_engine
def test_page_and_phone_say_why_each_thing_is_asked_for_and_the_name_in_their_language(
    app: Flask, counter: Counter, phone: Phone, citizen: Citizen
) -> None:
    client = db.session.get_one(Client, counter.registered.client.id)
    client.foreign_name, client.scope_purposes = "Sample Counter", {"phone": "Nhắn tin khi có kết quả"}
    db.session.commit()
    counter.opened(PIN)
    browser = browse(app, citizen)
    here = f"/citizen/confirmations/{question().id}"
    page = browser.get(here)
    assert "Quầy Thử" in page.text and 'data-why="phone"' in page.text and "chưa ai thẩm tra" not in page.text
    browser.set_cookie("eid_locale", "en")
    assert "Why: Nhắn tin khi có kết quả" in browser.get(here).text
    assert "Share with Sample Counter?" in browser.get(here).text
    [asked] = phone.asked()
    assert {thing["why"] for thing in asked["consent"]["things"]} == {"", "Nhắn tin khi có kết quả"}
    assert asked["asks"] == "Quầy Thử"
    client = db.session.get_one(Client, client.id, populate_existing=True)
    client.is_test = True
    db.session.commit()
    assert "This service is for tests" in browser.get(here).text


def test_a_no_is_told_and_both_outcomes_are_found_among_the_disclosures(
    app: Flask, counter: Counter, phone: Phone, citizen: Citizen
) -> None:
    opened = counter.opened(PIN)
    assert phone.answer(None, "refuse").get_json() == {"decision": "refused"}
    assert error_of(counter.poll()) == (400, "access_denied")
    assert error_of(counter.poll()) == (400, "access_denied")
    opened = counter.opened(PIN)
    phone.answer(opened["matching_number"])
    db.session.rollback()
    found = find_disclosures(citizen.person_id, since=NOON - timedelta(days=400))
    assert [(e.act, e.details["result"]) for e in found] == [
        ("answer_backchannel_question", "done"),
        ("answer_backchannel_question", "refused"),
    ]
    assert found[1].details["attributes"] == []
    assert "phone_number" in found[0].details["attributes"]
    page = browse(app, citizen).get("/citizen/disclosures?lang=en").text
    assert "Quầy Thử" in page
    acts = set(db.session.scalars(select(AuditEntry.act).where(AuditEntry.person_id == citizen.person_id)))
    assert {"open_backchannel_question", "answer_service_on_phone"} <= acts


@one_engine
def test_a_wrong_number_ends_the_question(app: Flask, counter: Counter, phone: Phone, citizen: Citizen) -> None:
    opened = counter.opened(PIN)
    wrong = f"{(int(opened['matching_number']) + 1) % 100:02}"
    assert phone.answer(wrong).get_json()["code"] == "number_wrong"
    assert error_of(counter.poll()) == (400, "access_denied")
    opened = counter.opened(PIN)
    wrong = f"{(int(opened['matching_number']) + 1) % 100:02}"
    browser = browse(app, citizen)
    page = browser.get(f"/citizen/confirmations/{question().id}")
    assert fill_in(browser, page, "approve", number=wrong, passcode=PASSCODE).status_code == 422
    assert error_of(counter.poll()) == (400, "access_denied")
    assert question().verdict == Verdict.WRONG_NUMBER


@one_engine
def test_a_wrong_passcode_is_counted_and_changes_nothing(counter: Counter, phone: Phone) -> None:
    opened = counter.opened(PIN)
    refused = phone.answer(opened["matching_number"], passcode="000000")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "passcode_wrong")
    assert phone.answer(opened["matching_number"]).status_code == 200


@one_engine
def test_an_approval_for_a_service_signs_nobody_in(counter: Counter, phone: Phone) -> None:
    """The question is one of another kind: its token is nowhere, and it is never used to begin a session"""
    opened = counter.opened(PIN)
    phone.answer(opened["matching_number"])
    [approval] = db.session.scalars(select(Approval)).all()
    assert (approval.decision, approval.used_at, approval.session_id) == ("approved", None, None)


def alike(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"auth_req_id": len(answer["auth_req_id"]), "matching_number": len(answer["matching_number"])}


@one_engine
def test_nobody_learns_who_has_an_account(app: Flask, counter: Counter, make_citizen: Callable[..., Citizen]) -> None:
    """Unknown, without a phone, locked, a child, or not answering: the same answers from the beginning to the end"""
    with time_machine.travel(NOON, tick=False) as now:
        make_citizen(102)
        give_phone(app, make_citizen(103, "Có"))
        locked = make_citizen(104, "Khóa")
        phone = give_phone(app, locked)
        db.session.execute(update(Account).where(Account.id == locked.account.id).values(state=AccountState.LOCKED))
        db.session.commit()
        child = record_one(person_id=105, pin="979216000105", birth_date=date(2016, 1, 1))
        record_account_of(child.id, phone="0100000105")
        db.session.commit()
        pins = (NOBODY, PIN, "979085000103", "979085000104", child.pin)
        asked = [counter.opened(pin) for pin in pins]
        assert len({json.dumps(alike(one)) for one in asked}) == 1
        for moment in (0, 1, 7, 121):
            now.move_to(NOON + timedelta(seconds=moment))
            told = [counter.poll(auth_req_id=one["auth_req_id"]) for one in asked]
            assert len({(answer.status_code, answer.text) for answer in told}) == 1
        assert error_of(told[0]) == (400, "expired_token")
        assert phone.send("/approvals", "list").status_code == 401
        assert db.session.scalars(select(Approval).where(Approval.account_id == locked.account.id)).all() == []


@one_engine
def test_a_person_is_not_asked_again_and_again(app: Flask, counter: Counter, citizen: Citizen) -> None:
    """Five times an hour by one service, ten by all; the service cannot tell"""
    with time_machine.travel(NOON, tick=False) as now:
        phone = give_phone(app, citizen)
        for _ in range(who_is_asked.MOST_OF_A_CLIENT + 2):
            counter.opened(PIN)
        assert len(phone.asked()) == who_is_asked.MOST_OF_A_CLIENT
        others = [Counter(app, register_counter(f"Quầy {number}")) for number in range(3)]
        for other in others:
            for _ in range(3):
                other.opened(PIN)
        assert len(phone.asked()) == who_is_asked.MOST_OF_ALL
        now.shift(who_is_asked.WINDOW + timedelta(seconds=1))
        counter.opened(PIN)
        assert len(phone.asked()) == 1


@one_engine
def test_a_service_asks_no_more_than_so_often_a_minute(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who_is_asked, "MOST_A_MINUTE", 3)
    for _ in range(3):
        counter.opened(NOBODY)
    assert error_of(counter.ask(NOBODY)) == (429, "temporarily_unavailable")


@one_engine
def test_a_service_that_was_reported_cannot_ask_for_a_month(app: Flask, counter: Counter, citizen: Citizen) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        phone = give_phone(app, citizen)
        counter.opened(PIN)
        browser = browse(app, citizen)
        db.session.execute(update(SignInSession).values(seen_at=NOON, expires_at=NOON + timedelta(hours=12)))
        db.session.commit()
        page = browser.get(f"/citizen/confirmations/{question().id}")
        assert fill_in(browser, page, "report").status_code == 303
        assert error_of(counter.poll()) == (400, "access_denied")
        counter.opened(PIN)
        assert phone.asked() == []
        assert error_of(counter.poll()) == (400, "authorization_pending")
        now.shift(timedelta(days=31))
        counter.opened(PIN)
        assert len(phone.asked()) == 1


@one_engine
def test_an_id_token_names_whom_it_is_about(counter: Counter, phone: Phone) -> None:
    opened = counter.opened(PIN)
    phone.answer(opened["matching_number"])
    id_token = counter.poll().get_json()["id_token"]
    opened = counter.opened(None, id_token_hint=id_token)
    assert phone.answer(opened["matching_number"]).status_code == 200
    assert claims_of(counter.poll().get_json()["id_token"])["sub"] == claims_of(id_token)["sub"]


@one_engine
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login_hint": None}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": None, "id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": None, "login_hint_token": "x"}, "invalid_request"),
        ({"login_hint": "minh"}, "unknown_user_id"),
        ({"scope": "identity"}, "invalid_scope"),
        ({"scope": "openid address"}, "invalid_scope"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "-1"}, "invalid_request"),
        ({"requested_expiry": "soon"}, "invalid_request"),
        ({"binding_message": "m" * 65}, "invalid_binding_message"),
        ({"binding_message": "hai\ndòng"}, "invalid_binding_message"),
        ({"binding_message": "https://evil.example"}, "invalid_binding_message"),
        ({"resource": "https://agency.example/"}, "invalid_target"),
        ({"request": "x.y.z"}, "invalid_request"),
    ],
)
def test_a_request_that_cannot_be_is_refused(counter: Counter, changes: dict[str, Any], error: str) -> None:
    """CIBA Core, section 13"""
    assert error_of(counter.ask(PIN, **changes)) == (400, error)
    assert db.session.scalars(select(DecoupledQuestion)).all() == []


@one_engine
def test_the_expiry_may_be_asked_for_and_is_bounded(counter: Counter) -> None:
    """CIBA Core, section 7.1: requested_expiry"""
    assert counter.opened(PIN, requested_expiry="30")["expires_in"] == 30
    assert counter.opened(PIN, requested_expiry="99999")["expires_in"] == 600


@one_engine
def test_only_a_client_that_is_registered_for_it_asks_and_polls(app: Flask, counter: Counter) -> None:
    counter.opened(NOBODY)
    plain = Counter(app, register_counter("Khác", ExtraGrants(), redirect_uris=["https://other.example/back"]))
    assert error_of(plain.ask(PIN)) == (400, "unauthorized_client")
    assert error_of(plain.poll(auth_req_id=counter.last["auth_req_id"])) == (400, "unauthorized_client")
    assert error_of(plain.send("/oauth/device", scope="openid")) == (400, "unauthorized_client")
    other = Counter(app, register_counter("Quầy khác"))
    assert error_of(other.poll(auth_req_id=counter.last["auth_req_id"])) == (400, "invalid_grant")
    assert error_of(counter.poll_device(device_code=counter.last["auth_req_id"])) == (400, "invalid_grant")
    assert error_of(counter.send("/oauth/token", grant_type=CIBA)) == (400, "invalid_request")


@one_engine
def test_polling_too_often_is_told_and_the_interval_grows(counter: Counter) -> None:
    """CIBA Core, section 11; RFC 8628, section 3.5"""
    with time_machine.travel(NOON, tick=False) as now:
        counter.opened(NOBODY)
        assert error_of(counter.poll())[1] == "authorization_pending"
        now.shift(timedelta(seconds=3))
        assert error_of(counter.poll())[1] == "slow_down"
        now.shift(timedelta(seconds=7))
        assert error_of(counter.poll())[1] == "slow_down"
        now.shift(timedelta(seconds=15))
        assert error_of(counter.poll())[1] == "authorization_pending"
        assert question().interval == 15


def test_of_many_polls_at_once_exactly_one_gets_tokens(app: Flask, counter: Counter, phone: Phone) -> None:
    """CIBA Core, section 10.1.1: single use; on both databases"""
    opened = counter.opened(PIN)
    phone.answer(opened["matching_number"])
    db.session.rollback()
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda _: counter.poll(), range(12)))
    codes = [answer.status_code for answer in told]
    assert codes.count(200) == 1
    assert {answer.get_json()["error"] for answer in told if answer.status_code != 200} == {"invalid_grant"}


def test_of_phone_and_page_at_once_one_decides(app: Flask, counter: Counter, phone: Phone, citizen: Citizen) -> None:
    opened = counter.opened(PIN)
    browser = browse(app, citizen)
    page = browser.get(f"/citizen/confirmations/{question().id}")
    db.session.rollback()
    acts: list[Callable[[], int]] = [
        lambda: phone.answer(opened["matching_number"]).status_code,
        lambda: fill_in(browser, page, "approve", number=opened["matching_number"], passcode=PASSCODE).status_code,
    ]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda act: act(), acts))
    assert sorted(code in (200, 303) for code in done) == [False, True], done
    assert counter.poll().status_code == 200


@one_engine
def test_what_ends_between_approval_and_poll_gives_nothing(counter: Counter, phone: Phone, citizen: Citizen) -> None:
    opened = counter.opened(PIN)
    phone.answer(opened["matching_number"])
    [consent] = find_consents(citizen.person_id)
    withdraw_consent(citizen.person_id, consent.id)
    assert error_of(counter.poll()) == (400, "invalid_grant")
    opened = counter.opened(PIN)
    phone.answer(opened["matching_number"])
    record_grants_revoked(citizen.person_id)
    db.session.commit()
    assert error_of(counter.poll()) == (400, "invalid_grant")


@one_engine
def test_a_question_beyond_the_phones_level_waits_on_the_page_alone(
    app: Flask, counter: Counter, phone: Phone, make_citizen: Callable[..., Citizen], citizen: Citizen
) -> None:
    """LoA3 takes a face, which a phone does not show us"""
    counter.opened(PIN, acr_values="LoA3")
    assert phone.asked() == []
    led = browse(app, citizen).get(f"/citizen/confirmations/{question().id}")
    assert (led.status_code, "level=LoA3" in led.headers["Location"]) == (303, True)


@one_engine
def test_another_citizen_sees_nothing_of_it(
    app: Flask, counter: Counter, phone: Phone, make_citizen: Callable[..., Citizen]
) -> None:
    counter.opened(PIN)
    other = browse(app, make_citizen(103, "Khác", (Factor.PASSWORD, Factor.TOTP)))
    assert "Quầy Thử" not in other.get("/citizen/confirmations").text
    assert other.get(f"/citizen/confirmations/{question().id}").status_code == 404


HOOK = "https://counter.example/ping"


@pytest.fixture
def pinged(app: Flask) -> Counter:
    return Counter(app, register_counter(grants=ExtraGrants((CIBA,), "ping", HOOK)))


@one_engine
def test_a_client_of_mode_ping_is_told_with_its_own_token(
    app: Flask, pinged: Counter, citizen: Citizen, phone: Phone
) -> None:
    """CIBA Core, section 10.2"""
    opened = pinged.opened(PIN, client_notification_token="its-own-token")
    receiver = Receiver([204])
    assert deliver_due(receiver) == 0
    phone.answer(opened["matching_number"])
    assert deliver_due(receiver) == 1
    [told] = receiver.received
    assert (told.url, told.content_type, told.authorization) == (HOOK, "application/json", "Bearer its-own-token")
    assert json.loads(told.body) == {"auth_req_id": opened["auth_req_id"]}
    assert deliver_due(receiver) == 0
    assert pinged.poll().status_code == 200
    kept = db.session.scalars(select(DecoupledQuestion)).one()
    assert opened["auth_req_id"].encode() not in (kept.sealed_ping or b"")


@one_engine
def test_a_client_that_refuses_to_be_told_is_not_told_again_and_one_that_is_down_is(
    app: Flask, pinged: Counter, citizen: Citizen
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        phone = give_phone(app, citizen)
        for statuses, tries in (([401, 200], 1), ([503, 204], 2)):
            opened = pinged.opened(PIN, client_notification_token="t")
            phone.answer(opened["matching_number"], "refuse")
            receiver = Receiver(list(statuses))
            deliver_due(receiver)
            now.shift(timedelta(seconds=11))
            deliver_due(receiver)
            assert len(receiver.received) == tries
            assert error_of(pinged.poll()) == (400, "access_denied")


@one_engine
def test_mode_ping_needs_a_token_that_can_be_sent(pinged: Counter) -> None:
    assert error_of(pinged.ask(PIN)) == (400, "invalid_request")
    for bad in ("two words", "t" * 1025, "ü"):
        assert error_of(pinged.ask(PIN, client_notification_token=bad)) == (400, "invalid_request")


@one_engine
def test_what_is_long_over_is_forgotten_but_not_what_silences(
    app: Flask, counter: Counter, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "FORGETTING", 256)
    with time_machine.travel(NOON, tick=False) as now:
        counter.opened(NOBODY)
        counter.opened(PIN)
        db.session.execute(
            update(DecoupledQuestion)
            .where(DecoupledQuestion.id == question().id)
            .values(verdict=Verdict.REPORTED, decided_at=NOON)
        )
        db.session.commit()
        now.shift(timedelta(days=2))
        counter.opened(NOBODY)
        verdicts = db.session.scalars(select(DecoupledQuestion.verdict).order_by(DecoupledQuestion.id)).all()
        assert verdicts == [Verdict.REPORTED, None]
        now.shift(timedelta(days=31))
        counter.opened(NOBODY)
        assert len(db.session.scalars(select(DecoupledQuestion)).all()) == 1
