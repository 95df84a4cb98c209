"""Passkeys: what WebAuthn, sections 7.1 and 7.2, asks to be checked is, and each thing that is wrong is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts import passkeys
from eid.accounts.device_models import Passkey
from eid.accounts.devices import find_passkeys
from eid.accounts.levels import Factor
from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account
from eid.accounts.passkeys import (
    add_passkey,
    begin_passkey,
    begin_sign_in_by_passkey,
    complete_sign_in_by_passkey,
    end_passkey,
    open_passkey_sign_in,
)
from eid.accounts.service import lock_account
from eid.accounts.sessions import Session
from eid.accounts.sign_in import begin_session_for
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.db import db
from eid.errors import NotFound
from tests.accounts.conftest import MakeAccount, MakePerson, in_threads, last_text
from tests.accounts.test_devices import code_of, session_of
from tests.authenticators import BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED, SoftwarePasskey
from tests.people import HOA, PASSWORD
from tests.turns import both_engines

ORIGIN, RP_ID = "http://localhost:8000", "localhost"


def new_passkey(**changes: object) -> SoftwarePasskey:
    return SoftwarePasskey(**{"origin": ORIGIN, "rp_id": RP_ID} | changes)  # type: ignore[arg-type]


def add(session: Session, passkey: SoftwarePasskey | None = None, name: str = "Máy tính") -> SoftwarePasskey:
    passkey = passkey or new_passkey()
    wish = begin_passkey(session, password=PASSWORD)
    add_passkey(session, name=name, credential=passkey.create(wish.options))
    return passkey


def test_a_passkey_is_added_named_and_signs_in(account: Account) -> None:
    passkey = add(session_of(account))
    [known] = find_passkeys(account.id)
    assert (known.name, known.credential_id, known.backed_up) == ("Máy tính", passkey.credential_id, False)
    assert "passkey moi" in last_text()
    new = begin_sign_in_by_passkey(passkey.get(open_passkey_sign_in().options), browser="Firefox – Linux")
    assert (new.session.account_id, new.session.level, new.session.amr) == (account.id, "LoA1", ("pop",))
    assert new.session.browser == "Firefox – Linux"
    db.session.refresh(known)
    assert known.sign_count == 1
    assert known.last_used_at is not None


def test_options_ask_for_verification_and_a_key_that_knows_its_account(account: Account) -> None:
    """Web Authentication, sections 5.4.4 and 5.5; the user handle says nothing of the person (14.6.1)."""
    options = json.loads(begin_passkey(session_of(account), password=PASSWORD).options)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["rp"]["id"] == RP_ID
    assert "979085000102" not in json.dumps(options)
    asked = json.loads(open_passkey_sign_in().options)
    assert (asked["userVerification"], asked["rpId"], asked.get("allowCredentials", [])) == ("required", RP_ID, [])


def test_an_account_has_several_and_each_is_ended_by_itself(account: Account) -> None:
    session = session_of(account)
    first, second = add(session, name="Một"), add(session, name="Hai")
    end_passkey(session, find_passkeys(account.id)[0].id)
    assert [passkey.name for passkey in find_passkeys(account.id)] == ["Hai"]
    assert "go bo" in last_text()
    assert code_of(lambda: begin_sign_in_by_passkey(first.get(open_passkey_sign_in().options))) == "sign_in_failed"
    assert begin_sign_in_by_passkey(second.get(open_passkey_sign_in().options)).session.account_id == account.id


def test_a_passkey_raises_a_session_that_has_shown_the_password(account: Account) -> None:
    passkey = add(session_of(account))
    new = begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")
    raised = complete_sign_in_by_passkey(new.token, passkey.get(open_passkey_sign_in().options))
    assert (raised.session.level, raised.session.amr) == ("LoA2", ("pwd", "pop", "mfa"))


def test_the_passkey_of_another_raises_nothing(
    account: Account, make_person: MakePerson, make_account: MakeAccount
) -> None:
    passkey = add(session_of(account))
    hoa = make_account(make_person(**HOA).id, phone="0100000199")
    new = begin_session_for(hoa.id, [Factor.PASSWORD], act="begin_sign_in")
    used = passkey.get(open_passkey_sign_in().options)
    assert code_of(lambda: complete_sign_in_by_passkey(new.token, used)) == "sign_in_failed"
    session, known = session_of(hoa), find_passkeys(account.id)[0].id
    with pytest.raises(NotFound) as refused:
        end_passkey(session, known)
    assert refused.value.code == "passkey_unknown"


def test_a_challenge_is_answered_once(account: Account) -> None:
    """Web Authentication, section 13.4.3."""
    passkey = add(session_of(account))
    used = passkey.get(open_passkey_sign_in().options)
    begin_sign_in_by_passkey(used)
    assert code_of(lambda: begin_sign_in_by_passkey(used)) == "challenge_over"


@both_engines
def test_of_many_who_replay_one_answer_at_once_one_is_signed_in(app: Flask, account: Account) -> None:
    used = add(session_of(account)).get(open_passkey_sign_in().options)
    results = in_threads(app, [lambda: begin_sign_in_by_passkey(used).session.level for _ in range(20)])
    assert sorted(getattr(result, "code", result) for result in results) == ["LoA1"] + ["challenge_over"] * 19


def test_a_challenge_is_too_old_after_five_minutes(account: Account) -> None:
    passkey, asked = add(session_of(account)), open_passkey_sign_in()
    with time_machine.travel(wall_now() + timedelta(minutes=5, seconds=1), tick=False):
        assert code_of(lambda: begin_sign_in_by_passkey(passkey.get(asked.options))) == "challenge_over"


def test_a_challenge_for_adding_is_none_for_signing_in(account: Account) -> None:
    session = session_of(account)
    passkey = add(session)
    wish = begin_passkey(session, password=PASSWORD)
    assert code_of(lambda: begin_sign_in_by_passkey(passkey.get(wish.options))) == "challenge_over"
    asked = open_passkey_sign_in()
    made = new_passkey().create(asked.options)
    assert code_of(lambda: add_passkey(session, name="x", credential=made)) == "challenge_over"


def test_a_challenge_of_another_account_adds_nothing(
    account: Account, make_person: MakePerson, make_account: MakeAccount
) -> None:
    wish = begin_passkey(session_of(account), password=PASSWORD)
    hoa = session_of(make_account(make_person(**HOA).id, phone="0100000199"))
    made = new_passkey().create(wish.options)
    assert code_of(lambda: add_passkey(hoa, name="x", credential=made)) == "challenge_over"


BENT = [
    {"origin": "https://localhost:8000"},
    {"origin": "http://localhost.evil.example"},
    {"rp_id": "evil.example"},
    {"flags": PRESENT},
    {"flags": VERIFIED},
]


@pytest.mark.parametrize("bend", BENT, ids=["scheme", "origin", "rpId", "unverified", "absent"])
def test_what_was_signed_elsewhere_or_by_nobody_signs_in_nobody(account: Account, bend: dict[str, object]) -> None:
    """Web Authentication, section 7.2: origin, rpIdHash, user present and user verified."""
    passkey = add(session_of(account))
    for name, value in bend.items():
        setattr(passkey, name, value)
    used = passkey.get(open_passkey_sign_in().options)
    assert code_of(lambda: begin_sign_in_by_passkey(used)) == "passkey_refused"


@pytest.mark.parametrize("bend", BENT, ids=["scheme", "origin", "rpId", "unverified", "absent"])
def test_what_was_made_elsewhere_or_by_nobody_is_not_added(account: Account, bend: dict[str, object]) -> None:
    """Web Authentication, section 7.1."""
    session = session_of(account)
    assert code_of(lambda: add(session, new_passkey(**bend))) == "passkey_refused"
    assert find_passkeys(account.id) == []


def test_a_signature_of_another_key_is_refused(account: Account) -> None:
    passkey = add(session_of(account))
    forged = new_passkey(credential_id=passkey.credential_id)
    used = forged.get(open_passkey_sign_in().options)
    assert code_of(lambda: begin_sign_in_by_passkey(used)) == "passkey_refused"


@pytest.mark.parametrize("count", [4, 5])
def test_a_counter_that_went_back_or_stood_still_is_refused_and_told(account: Account, count: int) -> None:
    """Web Authentication, section 7.2, step 22: signs of a copy."""
    passkey = add(session_of(account))
    passkey.count = 4
    begin_sign_in_by_passkey(passkey.get(open_passkey_sign_in().options))
    passkey.count = count - 1
    used = passkey.get(open_passkey_sign_in().options)
    assert code_of(lambda: begin_sign_in_by_passkey(used)) == "passkey_cloned"
    assert "sao chep" in last_text()
    assert db.session.scalars(select(Passkey.sign_count)).one() == 5
    acts = db.session.scalars(select(AuditEntry.act)).all()
    assert "refuse_cloned_passkey" in acts


def test_a_passkey_that_never_counts_is_accepted_again_and_again(account: Account) -> None:
    """Those that are kept in a cloud give zero always."""
    flags = PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP
    passkey = add(session_of(account), new_passkey(flags=flags))
    assert find_passkeys(account.id)[0].backed_up
    for _ in range(2):
        passkey.count = -1
        assert begin_sign_in_by_passkey(passkey.get(open_passkey_sign_in().options)).session.level == "LoA1"


def test_one_passkey_is_added_once(account: Account) -> None:
    session = session_of(account)
    passkey = add(session)
    assert code_of(lambda: add(session, passkey)) == "passkey_known"


def test_there_are_ten_at_most(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(account)
    monkeypatch.setattr(passkeys, "MOST_PASSKEYS", 2)
    add(session)
    wish = begin_passkey(session, password=PASSWORD)
    add(session)
    made = new_passkey().create(wish.options)
    assert code_of(lambda: add_passkey(session, name="x", credential=made)) == "passkeys_many"
    assert code_of(lambda: add(session)) == "passkeys_many"


def test_the_password_is_asked_for_again(account: Account) -> None:
    session = session_of(account)
    assert code_of(lambda: begin_passkey(session, password="Wrong#Pass1")) == "password_wrong"


def test_a_locked_account_is_signed_in_by_no_passkey(account: Account) -> None:
    passkey = add(session_of(account))
    lock_account(account.id, LockReason.HOLDER)
    used = passkey.get(open_passkey_sign_in().options)
    assert code_of(lambda: begin_sign_in_by_passkey(used)) == "sign_in_failed"


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{",
        "[]",
        "1",
        "null",
        '{"response":1}',
        '{"response":{"clientDataJSON":"e30"}}',
        "[" * 8000,
        '{"response":{}}',
    ],
)
def test_rubbish_is_malformed(account: Account, credential: str) -> None:
    session = session_of(account)
    assert code_of(lambda: begin_sign_in_by_passkey(credential)) == "passkey_malformed"
    assert code_of(lambda: add_passkey(session, name="x", credential=credential)) == "passkey_malformed"
    assert code_of(lambda: add_passkey(session, name=" ", credential=credential)) == "passkey_name"


RUBBISH: list[object] = ["", "AAAA", "%%%", None, 7, ["x"], {"a": 1}]


def bend(credential: str, part: str, value: object) -> str:
    """This credential with this value for one of its parts."""
    sent = json.loads(credential)
    place = sent if part in sent else sent["response"]
    if part in place:
        place[part] = value
    return json.dumps(sent)


@pytest.mark.parametrize("part", ["authenticatorData", "signature", "rawId", "id", "type"])
def test_a_part_that_is_rubbish_signs_nobody_in(account: Account, part: str) -> None:
    passkey = add(session_of(account))
    for value in RUBBISH:
        used = bend(passkey.get(open_passkey_sign_in().options), part, value)
        refused = code_of(lambda used=used: begin_sign_in_by_passkey(used))
        assert refused in ("passkey_refused", "sign_in_failed"), value


@pytest.mark.parametrize("part", ["attestationObject", "rawId", "id", "type"])
def test_a_part_that_is_rubbish_makes_no_passkey(account: Account, part: str) -> None:
    session = session_of(account)
    for value in RUBBISH:
        made = bend(new_passkey().create(begin_passkey(session, password=PASSWORD).options), part, value)
        refused = code_of(lambda made=made: add_passkey(session, name="x", credential=made))
        assert refused == "passkey_refused", value
