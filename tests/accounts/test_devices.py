"""A phone is bound by a code and a key, one at a time, and known by what it signs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts.device_models import Device
from eid.accounts.device_proofs import PROOF_LIFE, parse_device_key, verify_device_proof
from eid.accounts.devices import begin_binding, bind_device, binding_level, end_device, find_device, verify_device
from eid.accounts.levels import AuthenticationLevel, Factor
from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account
from eid.accounts.service import lock_account
from eid.accounts.sessions import Session, find_session, find_sessions_of
from eid.accounts.sign_in import begin_session_for
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.config import current_settings
from eid.db import db
from eid.errors import Malformed, NotFound, Refusal, Refused, TooManyAttempts, Unauthenticated, VerificationFailed
from eid.outbox import find_messages
from tests.accounts.conftest import MakeAccount, MakePerson, in_threads, last_text
from tests.authenticators import SoftwarePhone
from tests.engines import one_engine
from tests.people import HOA, PASSWORD
from tests.turns import both_engines

TWO = (Factor.PASSWORD, Factor.TOTP)
THREE = (Factor.PASSWORD, Factor.FACE)


def session_of(account: Account, *factors: Factor) -> Session:
    return begin_session_for(account.id, factors or TWO, act="begin_sign_in").session


def new_phone() -> SoftwarePhone:
    return SoftwarePhone(current_settings().public_url)


def bind(session: Session, phone: SoftwarePhone | None = None, name: str = "Điện thoại") -> SoftwarePhone:
    phone = phone or new_phone()
    code = begin_binding(session, password=PASSWORD).code
    phone.device = bind_device(code, name=name, jwk=phone.public_key, proof=phone.prove("bind", code=code))
    return phone


def code_of(act: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    db.session.rollback()
    return refused.value.code


def test_a_phone_is_bound_by_a_session_of_level_2_and_the_holder_is_told(account: Account) -> None:
    phone = bind(session_of(account))
    device = find_device(account.id)
    assert device is not None
    assert (device.id, device.name) == (phone.device, "Điện thoại")
    assert "dien thoai moi" in last_text()
    known = verify_device(phone.device, act="list", proof=phone.prove("list"))
    assert (known.id, known.account_id, known.person_id) == (device.id, account.id, account.person_id)


def test_the_new_phone_ends_the_one_before_and_its_sessions_and_takes_a_face(account: Account) -> None:
    """Decree 69/2024, article 14: one account, one phone."""
    first = bind(session_of(account))
    theirs = begin_session_for(account.id, [Factor.DEVICE], act="begin_sign_in_by_phone", device_id=first.device)
    assert binding_level(account.id) is AuthenticationLevel.LOA3
    with pytest.raises(Refused) as refused:
        begin_binding(session_of(account), password=PASSWORD)
    assert refused.value.code == "device_level"
    second = bind(session_of(account, *THREE))
    assert code_of(lambda: verify_device(first.device, act="list", proof=first.prove("list"))) == "device_unproved"
    assert verify_device(second.device, act="list", proof=second.prove("list")).id == second.device
    assert code_of(lambda: find_session(theirs.token)) == "session_none"
    assert len(db.session.scalars(select(Device)).all()) == 2


def test_the_holder_is_told_by_mail_too(account: Account) -> None:
    account.email = "minh@example.invalid"
    db.session.commit()
    bind(session_of(account))
    assert {message.kind for message in find_messages(limit=2)} == {"text", "mail"}


def test_below_level_2_and_without_the_password_no_code_is_given(account: Account) -> None:
    assert code_of(lambda: begin_binding(session_of(account, Factor.PASSWORD), password=PASSWORD)) == "device_level"
    session = session_of(account)
    assert code_of(lambda: begin_binding(session, password="Wrong#Pass1")) == "password_wrong"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"claims": {"code": "another"}}, "device_proof_code"),
        ({"act": "list"}, "token_typ"),
        ({"audience": "https://elsewhere.example"}, "device_proof_audience"),
        ({"late": timedelta(seconds=61)}, "device_proof_time"),
        ({"late": timedelta(seconds=-61)}, "device_proof_time"),
        ({"key": True}, "token_signature"),
    ],
)
def test_a_proof_that_does_not_hold_binds_nothing_and_spends_the_code(
    account: Account, change: dict[str, Any], code: str
) -> None:
    phone, other = new_phone(), new_phone()
    drawn = begin_binding(session_of(account), password=PASSWORD).code
    proof = (other if change.get("key") else phone).prove(
        change.get("act", "bind"),
        at=wall_now() + change.get("late", timedelta(0)),
        audience=change.get("audience"),
        **change.get("claims", {"code": drawn}),
    )
    assert code_of(lambda: bind_device(drawn, name="x", jwk=phone.public_key, proof=proof)) == code
    right = phone.prove("bind", code=drawn)
    assert code_of(lambda: bind_device(drawn, name="x", jwk=phone.public_key, proof=right)) == "challenge_over"
    assert find_device(account.id) is None


def test_a_code_is_good_once_and_for_five_minutes(account: Account) -> None:
    phone, session = new_phone(), session_of(account)
    code = begin_binding(session, password=PASSWORD).code
    with time_machine.travel(wall_now() + timedelta(minutes=5, seconds=1), tick=False):
        proof = phone.prove("bind", code=code)
        assert code_of(lambda: bind_device(code, name="x", jwk=phone.public_key, proof=proof)) == "challenge_over"


@both_engines
def test_of_many_phones_that_use_one_code_at_once_one_is_bound(app: Flask, account: Account) -> None:
    code = begin_binding(session_of(account), password=PASSWORD).code
    phones = [new_phone() for _ in range(10)]

    def use(phone: SoftwarePhone) -> int:
        return bind_device(code, name="x", jwk=phone.public_key, proof=phone.prove("bind", code=code))

    results = in_threads(app, [lambda phone=phone: use(phone) for phone in phones])
    assert sorted(getattr(result, "code", "bound") for result in results) == ["bound"] + ["challenge_over"] * 9


@both_engines
def test_of_many_codes_used_at_once_one_phone_is_left(app: Flask, account: Account) -> None:
    session = session_of(account)
    codes = [begin_binding(session, password=PASSWORD).code for _ in range(5)]
    phone = new_phone()
    in_threads(
        app,
        [
            lambda code=code: bind_device(code, name="x", jwk=phone.public_key, proof=phone.prove("bind", code=code))
            for code in codes
        ],
    )
    rows = db.session.scalars(select(Device)).all()
    assert (len(rows), len([row for row in rows if row.ended_at is None])) == (5, 1)


def test_a_locked_account_gets_no_phone_and_its_phone_is_not_known(account: Account) -> None:
    phone, session = bind(session_of(account)), session_of(account, *THREE)
    code = begin_binding(session, password=PASSWORD).code
    lock_account(account.id, LockReason.HOLDER)
    assert code_of(lambda: verify_device(phone.device, act="list", proof=phone.prove("list"))) == "device_unproved"
    proof = phone.prove("bind", code=code)
    assert code_of(lambda: bind_device(code, name="x", jwk=phone.public_key, proof=proof)) == "account_not_active"


def test_its_holder_ends_it_and_nobody_else(
    account: Account, make_person: MakePerson, make_account: MakeAccount
) -> None:
    phone, session = bind(session_of(account)), session_of(account)
    hoa = make_person(**HOA)
    stranger = session_of(make_account(hoa.id, phone="0100000199"))
    with pytest.raises(NotFound) as refused:
        end_device(stranger, phone.device)
    assert refused.value.code == "device_unknown"
    end_device(session, phone.device)
    assert find_device(account.id) is None
    assert "go bo" in last_text()
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert [act for act in acts if "device" in act] == ["bind_device", "end_device"]
    assert find_sessions_of(account.id)[0].id == session.id


def test_what_a_phone_signs_for_one_act_is_no_proof_of_another(account: Account) -> None:
    phone = bind(session_of(account))
    with pytest.raises(Unauthenticated) as refused:
        verify_device(phone.device, act="answer", proof=phone.prove("list"))
    assert refused.value.code == "device_unproved"
    assert code_of(lambda: verify_device(phone.device + 1, act="list", proof=phone.prove("list"))) == "device_unproved"


@one_engine
def test_a_private_key_and_a_key_of_another_kind_are_refused(app: Flask) -> None:
    phone = new_phone()
    for jwk, code in (
        (phone.key.as_dict(private=True), "device_key_private"),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "device_key"),
        ({**phone.public_key, "crv": "P-384"}, "device_key"),
        ({**phone.public_key, "x": "AAAA"}, "device_key"),
        ({**phone.public_key, "x": None}, "device_key"),
        ({}, "device_key"),
    ):
        with pytest.raises(Malformed) as refused:
            parse_device_key(jwk)
        assert refused.value.code == code


@one_engine
@pytest.mark.parametrize("made_at", ["now", None, True, [], float("nan"), 10**30])
def test_a_proof_without_a_time_of_its_own_is_refused(app: Flask, made_at: object) -> None:
    phone = new_phone()
    with pytest.raises(VerificationFailed) as refused:
        verify_device_proof(
            phone.prove("list", iat=made_at),
            public_key=parse_device_key(phone.public_key),
            act="list",
            expected_audience=phone.audience,
            now=wall_now(),
        )
    assert (refused.value.step, refused.value.code) == ("time", "device_proof_time")
    assert timedelta(seconds=60) == PROOF_LIFE


def test_guessing_the_password_at_the_phone_page_is_counted(account: Account) -> None:
    session = session_of(account)
    for _ in range(5):
        code_of(lambda: begin_binding(session, password="Wrong#Pass1"))
    with pytest.raises(TooManyAttempts) as refused:
        begin_binding(session, password=PASSWORD)
    assert refused.value.code == "too_many_tries"
