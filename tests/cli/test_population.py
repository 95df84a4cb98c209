"""eid population synthesise, audit and spoil, as they are typed."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from eid.cli.population import population
from eid.config import Settings
from eid.db import db
from eid.errors import Refused
from eid.population.loading import load_population
from eid.population.service import count_people, find_people
from tests.cli.conftest import Typed
from tests.population.synthesis.made import PersonRow, make_people


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("EID_")}
    env |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"} | environ
    command = [sys.executable, "-m", "eid", "population", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, encoding="utf-8")


def expected_rows(people: int, seed: int) -> list[dict[str, str]]:
    rows = make_people(people, seed)
    return [{name: "" if v is None else str(v) for name, v in row._asdict().items()} for row in rows]


def test_a_file_holds_one_line_a_person(tmp_path: Path) -> None:
    out = tmp_path / "people.csv"
    result = run("synthesise", "--people", "1200", "--seed", "9", "--out", str(out))
    assert (result.returncode, result.stderr) == (0, "")
    with out.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == expected_rows(1200, 9)
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"], "nothing half done is left"


def test_standard_output_gets_the_file_and_nothing_else() -> None:
    result = run("synthesise", "--people", "30", "--seed", "9", "--out", "-")
    assert (result.returncode, result.stderr) == (0, "")
    assert list(csv.DictReader(result.stdout.splitlines())) == expected_rows(30, 9)
    assert result.stdout.splitlines()[0] == ",".join(PersonRow._fields)


def test_a_reader_that_closes_the_pipe_early_ends_the_writing_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m eid population synthesise --people 50000 --seed 1 --out - | head -n 2"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=False)
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == ""


def test_the_database_is_filled_once(app: Flask, settings: Settings, typed: Typed) -> None:
    environ = {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}
    result = typed("population", "synthesise", "--people", "40", "--seed", "9", **environ)
    assert (result.returncode, result.stderr) == (0, "")
    assert count_people() == 40
    db.session.rollback()
    again = typed("population", "synthesise", "--people", "40", "--seed", "9", **environ)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.splitlines() == [
        "eid: The register already holds a population; a new one needs an empty database."
    ]


def test_a_database_without_a_schema_is_refused_in_one_line(tmp_path: Path, typed: Typed) -> None:
    environ = {"EID_DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3", "EID_STATE_DIR": str(tmp_path)}
    result = typed("population", "synthesise", "--people", "40", "--seed", "9", **environ)
    assert result.returncode == 1
    assert result.stderr.splitlines() == ["eid: The database needs `eid db upgrade` first."]


@pytest.mark.parametrize("name", ["nowhere/people.csv", "folder.csv"])
def test_a_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Refused) as refusal:
        CliRunner().invoke(
            population,
            ["synthesise", "--people", "4", "--seed", "9", "--out", str(tmp_path / name)],
            catch_exceptions=False,
        )
    assert refusal.value.code == "file_not_writable"
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


@pytest.mark.parametrize("people", [3, 3000])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_refused_in_one_line(people: int, unbuffered: str) -> None:
    command = f"{sys.executable} -m eid population synthesise --people {people} --seed 1 --out - > /dev/full"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    env["PYTHONUNBUFFERED"] = unbuffered
    result = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines() == ["eid: - cannot be written: No space left on device."]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["synthesise", "--people", "0", "--seed", "1"], "'--people'"),
        (["synthesise", "--people", "100000001", "--seed", "1"], "'--people'"),
        (["synthesise", "--people", "many", "--seed", "1"], "'--people'"),
        (["synthesise", "--people", "5", "--seed", "-1"], "'--seed'"),
        (["synthesise", "--people", "5"], "'--seed'"),
        (["synthesise", "--people", "5", "--seed", "1", "--out", "people.txt"], ".csv"),
        (["spoil", "--rate", "0", "--seed", "1"], "'--rate'"),
        (["spoil", "--rate", "0.5", "--seed", "1"], "'--rate'"),
    ],
)
def test_misuse_says_what_is_wrong_in_one_line(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(population, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [said in line for line in result.stderr.splitlines() if line.startswith("Error:")] == [True]


@pytest.mark.parametrize("command", ["synthesise", "export", "import", "audit", "spoil"])
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(population, [command, "--help"])
    assert result.exit_code == 0
    assert f"Example: eid population {command}" in result.stdout


def test_an_audit_says_what_is_planted(app: Flask, settings: Settings, typed: Typed) -> None:
    environ = {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}
    load_population(people=6000, seed=2)
    spoilt = typed("population", "spoil", "--rate", "0.02", "--seed", "3", "--json", **environ)
    assert (spoilt.returncode, spoilt.stderr) == (0, "")
    planted = Counter(defect["rule"] for defect in json.loads(spoilt.stdout))
    audited = typed("population", "audit", "--json", **environ)
    assert (audited.returncode, audited.stderr) == (0, "")
    document = json.loads(audited.stdout)
    assert {rule["id"]: rule["count"] for rule in document["rules"] if rule["count"]} == planted
    assert document["score"] < 100 and set(document["dimensions"]) == {"correct", "sufficient", "clean", "live"}
    assert sum(province["people"] for province in document["provinces"].values()) == document["people"]


def test_a_production_register_is_never_spoilt(tmp_path: Path, typed: Typed) -> None:
    environ = {"EID_MODE": "production", "EID_PUBLIC_URL": "https://eid.example", "EID_STATE_DIR": str(tmp_path)}
    environ["EID_FACE_MATCHER"] = "none"
    result = typed("population", "spoil", "--rate", "0.01", "--seed", "3", **environ)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == ["eid: A register can be spoilt in the demo only."]


def test_a_report_is_read_at_a_glance(app: Flask, settings: Settings, typed: Typed) -> None:
    environ = {"EID_DATABASE_URL": settings.database_url, "EID_STATE_DIR": str(settings.state_dir)}
    load_population(people=300, seed=2)
    assert typed("population", "audit", **environ).stdout.splitlines() == [
        "300 people, score 100.000 of 100: correct 100.000  sufficient 100.000  clean 100.000  live 100.000",
        "All 85 rules hold for everybody.",
    ]
    person = find_people([1005])[0]
    person.given_name = ""
    db.session.commit()
    spoilt = typed("population", "audit", **environ).stdout
    assert "name-missing" in spoilt and find_people([1005])[0].pin in spoilt and "civil" in spoilt
    assert "pin-sex" not in spoilt
