"""A new sealing key on both databases: while people sign in, broken off at any batch, killed, and the old key's end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import LargeBinary, select

from eid.accounts import sealing_rotation
from eid.accounts.authenticators import build_secret_hash, unseal_totp_secret
from eid.accounts.models import Account, Authenticator, AuthenticatorKind
from eid.accounts.sealing_rotation import known_sealed_columns, remove_older_sealing_keys, rotate_sealing_key
from eid.accounts.service import record_prepared_account
from eid.accounts.sign_in import begin_sign_in, complete_sign_in
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.sealing import build_head, read_head
from eid.crypto.totp import build_code, build_totp_secret
from eid.db import Base, db
from eid.errors import Conflict, Refusal, VerificationFailed
from eid.keystore import SecretUse, current_keystore, open_keystore
from tests.accounts.conftest import in_threads
from tests.engines import one_engine
from tests.people import PASSWORD, record_one
from tests.turns import both_engines

HOLDERS = 45


def secret_of(person_id: int) -> str:
    return build_totp_secret(person_id.to_bytes(20, "big"))


@pytest.fixture
def holders(app: Flask, request: pytest.FixtureRequest) -> list[int]:
    """People with an account and a TOTP secret of their own."""
    return record_holders(getattr(request, "param", HOLDERS))


def record_holders(count: int) -> list[int]:
    password, passcode = build_secret_hash(PASSWORD), build_secret_hash("497135")
    ids = range(1000, 1000 + count)
    for number in ids:
        record_one(person_id=number, pin=pin_of(number))
        record_prepared_account(
            number, phone="0100000102", password_hash=password, passcode_hash=passcode, totp_secret=secret_of(number)
        )
    db.session.commit()
    return list(ids)


def pin_of(number: int) -> str:
    return f"9790850{number:05}"


def read_secrets() -> dict[int, str]:
    """Person → TOTP secret, as they open now."""
    rows = db.session.execute(
        select(Account.person_id, Authenticator.sealed_secret)
        .join(Authenticator, Authenticator.account_id == Account.id)
        .where(Authenticator.kind == AuthenticatorKind.TOTP)
        .execution_options(populate_existing=True)
    ).all()
    db.session.rollback()
    return {person: unseal_totp_secret(sealed, person_id=person) for person, sealed in rows}


def heads() -> set[bytes]:
    found = {read_head(sealed) for sealed in db.session.scalars(select(Authenticator.sealed_secret)) if sealed}
    db.session.rollback()
    return found


class BrokenOff(Exception):
    """What stands for the end of the process in the middle."""


def break_off_after(batches: int) -> Any:
    told: list[int] = []

    def report(done: int) -> None:
        told.append(done)
        if len(told) == batches:
            raise BrokenOff

    return report


def later() -> Any:
    return time_machine.travel(time.time() + 600, tick=True)


def test_everything_sealed_is_sealed_anew_and_opens(holders: list[int]) -> None:
    before = current_keystore().find_sealing_keys()
    rotation = rotate_sealing_key()
    assert (rotation.is_new, rotation.resealed) == (True, HOLDERS)
    *older, newest = current_keystore().find_sealing_keys()
    assert older == before
    assert heads() == {build_head(newest)}
    assert read_secrets() == {number: secret_of(number) for number in holders}


def test_another_process_seals_under_the_new_key_without_a_restart(holders: list[int], settings: Settings) -> None:
    running = open_keystore(settings)
    old = running.find_secret(SecretUse.SEALING)
    rotate_sealing_key()
    assert running.find_secret(SecretUse.SEALING) != old
    assert running.find_sealing_key(build_head(old)) == old


@pytest.mark.parametrize("batches", [1, 2, 4])
def test_broken_off_after_any_batch_nothing_is_lost_and_the_next_one_goes_on(
    holders: list[int], batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_rotation, "BATCH", 10)
    with pytest.raises(BrokenOff):
        rotate_sealing_key(break_off_after(batches))
    db.session.rollback()
    assert len(heads()) == 2
    assert read_secrets() == {number: secret_of(number) for number in holders}
    with later(), pytest.raises(Conflict) as refused:
        remove_older_sealing_keys()
    assert refused.value.code == "seal_key_needed"
    rotation = rotate_sealing_key()
    assert (rotation.is_new, rotation.resealed) == (False, HOLDERS - 10 * batches)
    assert len(current_keystore().find_sealing_keys()) == 2
    assert len(heads()) == 1


@both_engines
def test_people_sign_in_while_everything_is_sealed_anew(
    app: Flask, holders: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_rotation, "BATCH", 5)

    def sign_in(number: int) -> str:
        code = build_code(secret_of(number), now=wall_now())
        return complete_sign_in(begin_sign_in(pin_of(number), PASSWORD).token, code).session.level

    acts = [rotate_sealing_key, *(lambda n=number: sign_in(n) for number in holders[:12])]
    results = in_threads(app, acts)
    assert [str(result) for result in results[1:]] == ["LoA2"] * 12
    assert results[0].resealed == HOLDERS
    assert read_secrets() == {number: secret_of(number) for number in holders}


@both_engines
def test_two_rotations_at_once_lose_nothing(app: Flask, holders: list[int]) -> None:
    results = in_threads(app, [rotate_sealing_key, rotate_sealing_key])
    assert not [result for result in results if isinstance(result, Refusal)]
    rotate_sealing_key()
    assert read_secrets() == {number: secret_of(number) for number in holders}


def test_an_old_key_is_removed_on_request_once_nothing_needs_it(holders: list[int]) -> None:
    rotate_sealing_key()
    with pytest.raises(Conflict) as refused:
        remove_older_sealing_keys()
    assert refused.value.code == "seal_key_settling"
    with later():
        assert len(remove_older_sealing_keys()) == 1
        assert remove_older_sealing_keys() == []
    assert len(current_keystore().find_sealing_keys()) == 1
    assert read_secrets() == {number: secret_of(number) for number in holders}
    rotate_sealing_key()
    assert len(current_keystore().find_sealing_keys()) == 2


def test_what_does_not_open_is_left_named_and_keeps_its_key(holders: list[int]) -> None:
    broken = db.session.scalars(select(Authenticator).where(Authenticator.sealed_secret.is_not(None))).first()
    assert broken is not None and broken.sealed_secret is not None
    broken.sealed_secret = broken.sealed_secret[:-1] + bytes([broken.sealed_secret[-1] ^ 1])
    kept = broken.sealed_secret
    db.session.commit()
    with pytest.raises(VerificationFailed) as refused:
        rotate_sealing_key()
    assert refused.value.code == "seal_unopened"
    db.session.rollback()
    assert kept in list(db.session.scalars(select(Authenticator.sealed_secret)))
    assert len(heads()) == 2
    with later(), pytest.raises(Conflict):
        remove_older_sealing_keys()


@one_engine
def test_every_sealed_column_is_rotated(app: Flask) -> None:
    sealed = {
        f"{mapper.class_.__tablename__}.{column.key}"
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if "sealed" in column.key and isinstance(column.type, LargeBinary)
    }
    assert sealed == {
        f"{model.__tablename__}.{column.key}"
        for model, column in ((one.model, one.column) for one in known_sealed_columns())
    }


@pytest.mark.parametrize("holders", [400], indirect=True)
def test_killed_in_the_middle_nothing_is_lost_and_it_goes_on(holders: list[int], settings: Settings) -> None:
    """The command itself, in a process of its own, by SIGKILL."""
    environ = os.environ | {"EID_STATE_DIR": str(settings.state_dir), "EID_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "eid", "keys", "rotate", "sealing"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while len(heads()) == 1 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert read_secrets() == {number: secret_of(number) for number in holders}
    again = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 0, again.stderr
    assert "eid keys remove sealing" in again.stdout
    assert len(heads()) == 1
    assert read_secrets() == {number: secret_of(number) for number in holders}
