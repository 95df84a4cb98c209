"""/readyz says what does not hold, by breaking each; /healthz stays true; neither says a secret."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import InternalError, SQLAlchemyError

from eid.app import create_app
from eid.config import Argon2Cost, Mode, Settings
from eid.connecting import find_unavailability
from eid.db import db
from eid.errors import Unavailable
from eid.keystore import Keystore, SecretUse
from eid.readiness import Look, check_disk, check_keys, check_writable
from eid.signing_keys import SERVICE_USES, KeyUse
from tests.engines import one_engine
from tests.live import free_port
from tests.turns import both_engines

MOMENT = timedelta(milliseconds=100)


def test_a_service_that_has_all_it_needs_is_ready(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ready", "checks": {"database": "ok", "keys": "ok", "disk": "ok"}},
    )


@both_engines
def test_another_schema_is_not_ready(app: Flask, client: FlaskClient) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001_population'"))
    db.session.commit()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "schema_outdated", "2")
    assert answer.json["checks"] == {"database": "schema_outdated", "keys": "ok", "disk": "ok"}


@one_engine
def test_a_database_that_is_away_is_not_ready_and_the_process_is_alive(settings: Settings, tmp_path: Path) -> None:
    url = f"postgresql://eid:hush@127.0.0.1:{free_port()}/eid"
    settings.state_dir.mkdir(exist_ok=True)
    client = create_app(replace(settings, database_url=url)).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["checks"]["database"]) == (503, "database_unavailable")
    assert "hush" not in answer.text
    assert client.get("/healthz").status_code == 200
    client.set_cookie("eid_session", "w" * 43)
    form = {"grant_type": "client_credentials", "client_id": "shop", "client_secret": "x"}
    for asked in (client.get("/citizen/"), client.post("/oauth/token", data=form)):
        assert (asked.status_code, bool(asked.headers.get("Retry-After"))) == (503, True)
    for asked in (client.get("/oauth/jwks.json"), client.post("/api/v1/card-challenges")):
        assert asked.status_code == 200, "what needs no database goes on"


@one_engine
def test_a_form_that_meets_no_database_is_told_to_come_again(settings: Settings) -> None:
    """Showing the form again, as after another refusal, would ask the database once more."""
    settings.state_dir.mkdir(exist_ok=True)
    away = replace(settings, database_url=f"postgresql://eid@127.0.0.1:{free_port()}/eid")
    client = create_app(away).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/citizen/sign-in").text)
    assert token is not None
    client.set_cookie("eid_session", "w" * 43)
    answer = client.post("/citizen/sign-in", data={"csrf_token": token[1], "pin": "001099000001", "password": "x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "database_unavailable" in answer.text


def test_a_pooler_that_ends_in_the_middle_of_an_answer_is_no_accident() -> None:
    """What a commit met while the primary's disk filled: the server's answer and the pooler's error at once."""
    met = InternalError("COMMIT", None, psycopg.InternalError("received 2 results from command 'COMMIT'"))
    unavailable = find_unavailability(met)
    assert unavailable is not None
    assert unavailable.code == "database_unavailable"


@both_engines
def test_an_error_of_the_database_names_no_values(app: Flask) -> None:
    with pytest.raises(SQLAlchemyError) as error:
        db.session.execute(text("SELECT * FROM nowhere WHERE pin = :pin"), {"pin": "001099000001"})
    db.session.rollback()
    assert "001099000001" not in str(error.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_takes_no_writes_is_not_ready(app: Flask, client: FlaskClient) -> None:
    name = db.engine.url.database
    db.session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    db.session.commit()
    db.engine.dispose()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (503, "database_read_only")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lock_that_is_not_given_up_is_not_waited_for(app: Flask) -> None:
    def look() -> None:
        with app.app_context():
            check_writable()

    with db.engine.begin():
        fault = Look("database", look, limit=MOMENT).find_fault()
    assert fault is not None
    assert fault.code == "database_slow"


@one_engine
def test_production_without_one_of_its_keys_is_not_ready(app: Flask, settings: Settings, tmp_path: Path) -> None:
    keys = Keystore(settings.keys_dir, may_create=True)
    for use in SERVICE_USES:
        keys.find_signing_key(use)
    for secret in SecretUse:
        keys.find_secret(secret)
    kept = replace(
        settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher="none", argon2=Argon2Cost()
    )
    check_keys(Keystore(settings.keys_dir, may_create=False))
    gone = next(settings.keys_dir.glob(f"{KeyUse.PAPERS}*.pem"))
    gone.unlink()
    answer = create_app(kept).test_client().get("/readyz")
    assert (answer.status_code, answer.json["code"], answer.json["checks"]["keys"]) == (503, *["key_missing"] * 2)
    assert str(settings.keys_dir) not in answer.text
    (settings.keys_dir / f"{SecretUse.LOOKUPS}.secret").unlink()
    with pytest.raises(Unavailable) as refused:
        check_keys(Keystore(settings.keys_dir, may_create=False))
    assert refused.value.reason == "lookups, papers"


def test_a_full_disk_is_not_ready(tmp_path: Path) -> None:
    check_disk(tmp_path)
    with pytest.raises(Unavailable) as refused:
        check_disk(tmp_path, least=2**62)
    assert refused.value.code == "disk_full"
    fault = Look("disk", lambda: check_disk(tmp_path / "unmounted")).find_fault()
    assert fault is not None
    assert (fault.code, fault.reason) == ("disk_unavailable", "FileNotFoundError")


def test_a_look_that_hangs_is_begun_once_and_found_again_when_it_ends() -> None:
    begun, go_on = [], Event()

    def hang() -> None:
        begun.append(1)
        go_on.wait(10)

    look = Look("database", hang, limit=MOMENT)
    faults = [look.find_fault() for _ in range(3)]
    assert [fault.code for fault in faults if fault] == ["database_slow"] * 3
    go_on.set()
    assert Look.find_fault(look) is None
    assert look.find_fault() is None
    assert begun == [1], "what was found is kept for a moment"
