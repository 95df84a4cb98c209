"""eid agencies: what each act changes, prints, and exits with."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from eid.agencies.criminal_record_rules import RecordForm
from eid.agencies.criminal_records import record_criminal_record_request
from eid.agencies.service import record_driving_licence, record_health_insurance
from eid.cli import eid
from eid.cli.agencies import ACTS
from eid.clock import world_now
from eid.config import Settings
from eid.db import db
from eid.errors import Refusal
from eid.population.places import list_communes
from tests.people import HOA, MINH, record_one

PIN = MINH["pin"]


@pytest.fixture
def command(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on this test's database, where Minh is insured and licensed and Hoa is nothing of that."""
    record_one(HOA)
    record_one(MINH)
    record_health_insurance(MINH["person_id"])
    record_driving_licence(MINH["person_id"])
    db.session.commit()
    db.session.remove()
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    return CliRunner()


def run(command: CliRunner, *words: str) -> Result:
    return command.invoke(eid, ["agencies", *words], catch_exceptions=True)


def act(command: CliRunner, name: str, *words: str, pin: str = PIN) -> dict[str, Any]:
    done = run(command, "act", name, pin, *words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    document: dict[str, Any] = json.loads(done.stdout)
    assert (document["act"], document["pin"]) == (name, pin)
    return document


def refused(command: CliRunner, *words: str) -> str:
    done = run(command, "act", *words)
    assert isinstance(done.exception, Refusal), done.output
    return done.exception.code


def test_every_act_is_listed_has_an_example_and_takes_the_options_that_it_shows(command: CliRunner) -> None:
    listed = json.loads(run(command, "list", "--json").stdout)
    assert [each["act"] for each in listed] == [each.name for each in ACTS]
    assert "record-vaccination" in run(command, "list").stdout
    for each in ACTS:
        shown = run(command, "act", each.name, "--help")
        assert f"Example: eid agencies act {each.name} 979085000102" in " ".join(shown.stdout.split())
        given = {word for word in each.example.split() if word.startswith("--")}
        assert given <= {name for option in each.options for name in option.opts}
        assert {option.opts[0] for option in each.options if option.required} <= given
        assert isinstance(each.options, list | tuple) and all(isinstance(one, click.Option) for one in each.options)


def test_the_traffic_police_take_points_and_give_them_back(command: CliRunner) -> None:
    done = act(command, "deduct-points", "--points", "12", "--decision", "QĐ-1")
    assert (done["state"], done["content"]["points"], done["content"]["may_drive"]) == ("suspended", 0, False)
    assert refused(command, "deduct-points", PIN, "--points", "1", "--decision", "QĐ-1") == "decision_counted"
    assert refused(command, "restore-points", PIN, "--decision", "SH-1") == "test_too_early"
    assert act(command, "issue-licence", "--class", "A1", pin=HOA["pin"])["content"]["points"] == 12


def test_a_vehicle_is_registered_sold_by_its_owner_and_scrapped(command: CliRunner) -> None:
    [vehicle] = act(command, "register-vehicle", "--kind", "car")["content"]["vehicles"]
    assert (
        refused(command, "sell-vehicle", HOA["pin"], "--plate", vehicle["plate"], "--buyer", PIN) == "vehicle_unknown"
    )
    sold = act(command, "sell-vehicle", "--plate", vehicle["plate"], "--buyer", HOA["pin"])
    assert (sold["state"], sold["content"]["vehicles"]) == ("invalid", [])
    [bought] = act(command, "register-vehicle", pin=HOA["pin"])["content"]["vehicles"][:1]
    assert act(command, "scrap-vehicle", "--plate", bought["plate"], pin=HOA["pin"])["state"] == "valid"


def test_insurance_ends_and_begins_anew(command: CliRunner) -> None:
    assert refused(command, "renew-insurance", PIN) == "insurance_open"
    assert act(command, "end-insurance")["state"] == "invalid"
    assert refused(command, "end-insurance", PIN) == "insurance_ended"
    renewed = act(command, "renew-insurance", "--group", "GD")
    assert (renewed["state"], renewed["content"]["object_code"]) == ("valid", "GD")
    assert "valid_to" in renewed["content"]
    assert refused(command, "renew-insurance", PIN, "--group", "ZZ") == "object_code_unknown"
    assert act(command, "issue-insurance", "--group", "GD", pin=HOA["pin"])["state"] == "valid"


def test_the_others_act_too(command: CliRunner) -> None:
    assert act(command, "register-taxpayer")["content"]["tax_code"] == PIN
    assert refused(command, "add-dependant", PIN, "--dependant", HOA["pin"]) == "dependant_age"
    dose = ("--vaccine", "Cúm mùa", "--antigen", "cúm", "--dose", "1", "--facility", "79-001")
    assert act(command, "record-vaccination", *dose)["content"]["vaccinations"][-1]["vaccine"] == "Cúm mùa"
    visit = ("--facility", "79-001", "--reason", "Ho", "--icd10", "J06.9", "--diagnosis", "Viêm họng cấp")
    done = act(command, "record-visit", *visit, "--drug", "Paracetamol 500 mg: ngày 3 viên", "--drug", "Oresol")
    assert done["content"]["visits"][0]["drugs"] == [
        {"name": "Paracetamol 500 mg", "use": "ngày 3 viên"},
        {"name": "Oresol", "use": ""},
    ]
    there = ("--province", "48", "--commune", list_communes("48")[0].name, "--house", "Số 1")
    assert "Số 1" in act(command, "register-stay", *there)["content"]["current_address"]
    assert "temporary_address" not in act(command, "end-stay")["content"]


def test_criminal_records_are_told_to_bodies_of_procedure_refused_and_withdrawn(command: CliRunner) -> None:
    told = act(command, "disclose-criminal-record", "--body", "court", "--purpose", "Vụ án 1")
    assert (told["content"]["form"], told["content"]["conclusion"]) == ("2", "no_convictions")
    assert run(command, "act", "disclose-criminal-record", PIN, "--body", "employer", "--purpose", "x").exit_code == 2
    assert refused(command, "refuse-criminal-record", PIN, "--reason", "x") == "criminal_record_unknown"
    record_criminal_record_request(MINH["person_id"], RecordForm.ONE, "Xin việc", answered_at=world_now())
    db.session.commit()
    assert act(command, "withdraw-criminal-record", "--reason", "Ghi sai")["state"] == "invalid"


def test_words_for_people_and_misuse(command: CliRunner) -> None:
    said = run(command, "act", "deduct-points", PIN, "--points", "2", "--decision", "QĐ-2").stdout
    assert "points" in said and "10" in said and "Trần Văn Minh" in said
    assert run(command, "act", "deduct-points", PIN, "--points", "two", "--decision", "x").exit_code == 2
    assert run(command, "act", "deduct-points", PIN).exit_code == 2
    assert refused(command, "deduct-points", "979085000999", "--points", "2", "--decision", "x") == "person_unknown"
