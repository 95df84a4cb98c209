"""eid cards: a card's life and the authority's signers, as an operator meets them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command as alembic
from click.testing import CliRunner, Result
from flask import Flask

from eid.cards.reader import read_demo_card
from eid.cli import eid
from eid.clock import advance_world
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, NotFound, Refusal
from eid.upgrading import alembic_config
from tests.people import MINH, record_one

PIN = MINH["pin"]


@pytest.fixture
def command(app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on this test's database, where Minh is in the register."""
    record_one(MINH)
    db.session.commit()
    db.session.remove()
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def run(command: CliRunner, *words: str) -> Result:
    return command.invoke(eid, ["cards", *words], catch_exceptions=True)


def read(command: CliRunner, *words: str) -> list[dict[str, object]]:
    done = run(command, *words, "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def states(cards: list[dict[str, object]]) -> list[object]:
    return [card["state"] for card in cards]


def test_a_card_is_made_handed_over_withheld_returned_and_lost(command: CliRunner) -> None:
    assert run(command, "make", PIN, "--out", "card").exit_code == 0
    assert read_demo_card(Path("card")).files["EF.SOD"]
    assert states(read(command, "show", PIN)) == ["made"]
    assert states(read(command, "hand-over", PIN)) == ["active"]
    assert run(command, "make", PIN, "--out", "second").exit_code == 0
    assert states(read(command, "cancel", PIN, "--reason", "never collected")) == ["cancelled", "active"]
    assert states(read(command, "withhold", PIN, "--reason", "custody")) == ["cancelled", "withheld"]
    assert states(read(command, "return", PIN)) == ["cancelled", "active"]
    assert states(read(command, "report-lost", PIN)) == ["cancelled", "lost"]
    assert run(command, "issue", PIN, "--out", "third").exit_code == 0
    assert states(read(command, "revoke", PIN, "--reason", "wrongly issued")) == ["revoked", "cancelled", "lost"]
    assert "wrongly issued" in run(command, "show", PIN).stdout


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        (("hand-over", PIN), NotFound, "card_not_waiting"),
        (("cancel", PIN, "--reason", "x"), NotFound, "card_not_waiting"),
        (("return", PIN), NotFound, "card_missing"),
        (("report-lost", "979085000999"), NotFound, "person_unknown"),
        (("revoke-signer", "12AB", "--reason", "superseded"), NotFound, "signer_unknown"),
    ],
)
def test_what_cannot_be_done_is_refused(
    command: CliRunner, words: tuple[str, ...], kind: type[Refusal], code: str
) -> None:
    refused = run(command, *words).exception
    assert isinstance(refused, kind)
    assert refused.code == code


def test_an_older_database_is_told_to_be_upgraded(command: CliRunner, app: Flask) -> None:
    with db.engine.begin() as connection:
        alembic.downgrade(alembic_config(connection), "0012_finding_by_index")
    for words in (("show", PIN), ("due",), ("signers",), ("issue", PIN, "--out", "card")):
        refused = run(command, *words).exception
        assert isinstance(refused, Refusal)
        assert refused.code == "schema_outdated"


def test_two_cards_do_not_wait_for_one_person(command: CliRunner) -> None:
    assert run(command, "make", PIN, "--out", "card").exit_code == 0
    refused = run(command, "make", PIN, "--out", "card").exception
    assert isinstance(refused, Conflict)
    assert refused.code == "card_waiting"


def test_cards_that_are_due_are_listed_with_the_age_that_asks_for_it(command: CliRunner, settings: Settings) -> None:
    """Law on Identification, article 21: Minh, born in 1985, must have another card at 60."""
    run(command, "issue", PIN, "--out", "card")
    assert read(command, "due", "--within", "60") == []
    assert "none" in run(command, "due").stdout
    [due] = read(command, "due", "--within", "7000")
    assert (due["pin"], due["expires_on"], due["age"], due["new_card_waits"]) == (PIN, "2045-11-02", 60, False)
    advance_world(timedelta(days=365 * 25))  # it expired long ago
    assert [due["age"] for due in read(command, "due", "--within", "0")] == [60]


def test_a_revoked_signer_is_listed_and_its_cards_are_due(command: CliRunner, settings: Settings) -> None:
    run(command, "issue", PIN, "--out", "card")
    [signer] = [one for one in read(command, "signers") if one["use"] == "document-signer"]
    assert (signer["cards"], signer["revoked_at"]) == (1, None)
    serial = str(signer["serial"])
    done = run(command, "revoke-signer", serial, "--reason", "key-compromise")
    assert done.exit_code == 0 and "1 cards are refused" in done.stdout
    assert "revoked" in run(command, "signers").stdout
    [due] = read(command, "due")
    assert (due["signer_revoked"], due["age"]) == (True, None)
    refused = run(command, "verify", "card", "--trust", str(settings.trust_dir), "--at", "today")
    assert isinstance(refused.exception, Refusal)
    assert refused.exception.code == "dsc_revoked"
    run(command, "issue", PIN, "--out", "card")
    assert run(command, "verify", "card", "--trust", str(settings.trust_dir), "--at", "today").exit_code == 0


def test_the_trust_folder_is_published_anew(command: CliRunner, settings: Settings) -> None:
    assert run(command, "publish", "--make-keys").exit_code == 0
    names = sorted(path.name for path in settings.trust_dir.iterdir())
    assert names == ["csca-0001.cer", "csca-0001.crl", "master-list.ml"]
