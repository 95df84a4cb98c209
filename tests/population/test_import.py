"""eid population import: what goes in comes out, what cannot be right comes back with its reasons; on both databases."""

import csv
import io
import os
import re
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

import eid.population
from eid.agencies.models import HealthInsurance
from eid.audit import AuditEntry
from eid.cli.population import population
from eid.config import Settings
from eid.db import db
from eid.errors import Conflict, Malformed, Refusal
from eid.population import service
from eid.population.files.columns import KINDS
from eid.population.homes import FIRST_NEW_HOUSEHOLD_ID
from eid.population.importing.header import REQUIRED
from eid.population.importing.reasons import REASONS
from eid.population.living.service import live_days
from eid.population.loading import load_population
from eid.population.models import Household, LifeEvent, NameWord, Person, ReplacedPin
from tests.population.own_register import FEW, environ_of, import_rows, person, read_rows, reasons_in, run, write_rows
from tests.population.test_loading import describe_indexes
from tests.population.test_service import FATHER, MOTHER


def refused(settings: Settings, *arguments: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        run(settings, "import", *arguments)
    db.session.rollback()
    return refusal.value


def everybody() -> list[int]:
    found = list(db.session.scalars(select(Person.id).order_by(Person.id)))
    db.session.rollback()
    return found


def add_mother(**changes: object) -> None:
    service.record_person(**MOTHER | changes)
    db.session.commit()


def empty_the_register() -> None:
    for table in (HealthInsurance, LifeEvent, ReplacedPin, Person, Household, NameWord):
        db.session.query(table).delete()
    db.session.commit()


def test_an_exported_register_comes_back_as_it_was(app: Flask, settings: Settings, tmp_path: Path) -> None:
    """After some life, the cast with it; CSV byte for byte, Parquet value for value, households and indexes too."""
    load_population(people=1200, seed=5)
    add_mother(phone="0100000001")
    assert sum(lived.events["move"] + lived.events["birth"] for lived in live_days(60))
    homes, indexes, people = read_homes(), describe_indexes(), len(everybody())
    first, again = tmp_path / "first", tmp_path / "again"
    for folder in (first, again):
        folder.mkdir()
    for name in ("people.csv", "people.parquet"):
        run(settings, "export", str(first / name))
    for name in ("people.csv", "people.parquet"):
        empty_the_register()
        assert run(settings, "import", str(first / name)) == f"{people} people imported.\n"
        run(settings, "export", str(again / name))
    assert sorted(path.name for path in first.iterdir()) == ["people.csv", "people.parquet"]
    assert (first / "people.csv").read_bytes() == (again / "people.csv").read_bytes()
    assert pq.read_table(first / "people.parquet").equals(pq.read_table(again / "people.parquet"))
    assert (read_homes(), describe_indexes()) == (homes, indexes)


def read_homes() -> list[tuple[object, ...]]:
    columns = (Household.id, Household.province, Household.old_province, Household.commune, Household.address)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(Household.id))]


def test_a_file_written_by_hand_is_filled_up(app: Flask, settings: Settings, tmp_path: Path) -> None:
    add_mother()
    abroad = {"pin": "997190001902", "sex": "F", "birth_date": "1990-01-01", "birth_country": "KOR"}
    foreign = {
        "pin": "998190001903",
        "sex": "F",
        "birth_date": "1990-01-01",
        "birth_country": "JPN",
        "nationality": "JPN",
    }
    dead = {"pin": "979085001904", "died_on": "2020-02-29"}
    written = write_rows(tmp_path / "few.csv", [FEW, FEW | abroad, FEW | foreign, FEW | dead])
    assert import_rows(settings, written) == {"rows": 4, "imported": 4, "refused": 0, "codes": {}, "rejects": None}
    citizen, returned, guest, late = (service.find_person_by_id(number) for number in range(1000, 1004))
    assert (citizen.folded_name, citizen.birth_province, citizen.birth_country) == ("TRAN MINH", "79", "VNM")
    assert (citizen.ethnicity, citizen.religion, citizen.nationality) == ("Kinh", "Không", "VNM")
    assert (citizen.relation_to_head, citizen.marital_status, citizen.middle_name) == ("head", "single", "")
    assert (returned.birth_province, returned.nationality, returned.ethnicity) == (None, "VNM", "Kinh")
    assert (guest.nationality, guest.ethnicity) == ("JPN", "Người nước ngoài")
    assert (late.died_on, late.household_id, late.relation_to_head) == (date(2020, 2, 29), None, None)
    homes = [p.household_id for p in (citizen, returned, guest)]
    assert homes == [FIRST_NEW_HOUSEHOLD_ID, FIRST_NEW_HOUSEHOLD_ID + 1, FIRST_NEW_HOUSEHOLD_ID + 2]
    home = db.session.get(Household, homes[0])
    assert home is not None and (home.province, home.old_province, home.commune) == ("79", "79", "")
    assert run(settings, "find", "tran minh").count("\n") > 4
    acts = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "import_register")).all()
    assert [act.details for act in acts] == [{"people": 4, "refused": 0}]


def test_every_code_and_every_reason_of_a_row_is_told(app: Flask, settings: Settings, tmp_path: Path) -> None:
    """All codes that there are, one row each; a row with several faults has them all, and its own cells, to be mended."""
    add_mother(phone="0100000001")
    service.record_person(**FATHER)
    db.session.add(ReplacedPin(pin="979085000777", person_id=1, replaced_on=date(2026, 2, 1), reason="correction"))
    db.session.commit()
    mother = {"pin": MOTHER["pin"], "sex": "F", "birth_date": "1990-03-12"}
    cases: list[tuple[dict[str, str], list[tuple[str, str]]]] = [
        (person(2000, surname=""), [("surname", "cell_missing")]),
        (person(2001, father_id="07"), [("father_id", "number_malformed")]),
        (person(2002, pin="12345"), [("pin", "pin_malformed")]),
        (person(2003, pin="900085000001"), [("pin", "pin_prefix_unknown")]),
        (person(2004, pin="079085000001"), [("pin", "pin_not_synthetic")]),
        (person(2005, birth_date="1986-11-02"), [("pin", "pin_disagrees")]),
        (person(2006, birth_date="1985-02-29"), [("birth_date", "date_malformed")]),
        (person(2007, sex="X"), [("sex", "sex_unknown")]),
        (person(2008, given_name="M1nh"), [("given_name", "name_letters")]),
        (person(2009, folded_name="TRAN MING"), [("folded_name", "folded_name_differs")]),
        (person(2010, residence_province="93"), [("residence_province", "province_unknown")]),
        (person(2011, birth_country="XYZ"), [("birth_country", "country_unknown")]),
        (person(2012, ethnicity="Elves"), [("ethnicity", "ethnicity_unknown")]),
        (person(2013, marital_status="complicated"), [("marital_status", "status_unknown")]),
        (person(2014, relation_to_head="cat"), [("relation_to_head", "relation_unknown")]),
        (person(2015, relation_to_head="child"), [("relation_to_head", "relation_homeless")]),
        (person(2016, old_id_number="023456789"), [("old_id_number", "old_number_malformed")]),
        (person(2017, phone="0912345678"), [("phone", "phone_malformed")]),
        (person(2018, religion="x" * 61), [("religion", "text_long")]),
        (person(2019, residence_address="Số 1,\nđường Mẫu"), [("residence_address", "text_control")]),
        (person(2020, residence_commune='=HYPERLINK("x")'), [("residence_commune", "text_formula")]),
        (person(2021), [("id", "id_twice")]),
        (person(2021) | {"pin": "979085000021"}, [("id", "id_twice")]),
        (person(1), [("id", "id_taken")]),
        (person(2022, pin="979085000022"), [("pin", "pin_twice")]),
        (person(2023, pin="979085000022"), [("pin", "pin_twice")]),
        (person(2024, **mother), [("pin", "pin_taken")]),
        (person(2025, pin="979085000777"), [("pin", "pin_taken")]),
        (person(2026, phone="0100000026"), [("phone", "phone_twice")]),
        (person(2027, phone="0100000026"), [("phone", "phone_twice")]),
        (person(2028, phone="0100000001"), [("phone", "phone_taken")]),
        (person(2029, spouse_id="2029"), [("spouse_id", "link_self")]),
        (person(2030, mother_id="4711"), [("mother_id", "link_unknown")]),
        (person(2031, father_id="2007"), [("father_id", "link_refused")]),
        (person(2032, household_id="1"), [("household_id", "household_address")]),
        (
            person(2033, birth_date="2", sex="", phone="1"),
            [("birth_date", "date_malformed"), ("sex", "cell_missing"), ("phone", "phone_malformed")],
        ),
        (person(2034, pin="998085000034"), [("birth_country", "cell_missing"), ("nationality", "cell_missing")]),
        (
            person(2035, birth_province="93", birth_date="2025-11-02"),
            [("pin", "pin_disagrees"), ("birth_province", "province_unknown")],
        ),
    ]
    path = write_rows(tmp_path / "people.csv", [person(1999, father_id="2"), *(row for row, _reasons in cases)])
    with path.open("a", encoding="utf-8") as file:
        file.write("2099,979085000099\n")
    told = import_rows(settings, path)
    reasons = list(reasons_in(tmp_path / "people.rejects.csv").values())
    assert reasons == [reasons for _row, reasons in cases] + [[("row", "row_shape")]]
    assert set(told["codes"]) == set(REASONS), "no code is without a case"
    assert (told["rows"], told["imported"], told["refused"]) == (len(cases) + 2, 1, len(cases) + 1)
    assert everybody() == [1, 2, 1999]


def test_who_refers_to_a_refused_row_is_refused_in_turn_and_nobody_else(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    rows = [
        person(1, household_id="1", relation_to_head="head"),
        person(2, household_id="2", relation_to_head="head", sex="?"),
        person(3, household_id="2", relation_to_head="other"),
        person(4, father_id="3"),
        person(5, spouse_id="4", father_id="1"),
        person(6, father_id="1"),
        person(7, household_id="7", relation_to_head="child", mother_id="5"),
        person(8, household_id="7", relation_to_head="head", residence_commune="Xã Mẫu"),
        person(9, household_id="7", relation_to_head="child", residence_commune="Xã Mẫu"),
    ]
    import_rows(settings, write_rows(tmp_path / "people.csv", rows))
    assert everybody() == [1, 6, 8, 9]
    assert list(reasons_in(tmp_path / "people.rejects.csv").values()) == [
        [("sex", "sex_unknown")],
        [("household_id", "link_refused")],
        [("father_id", "link_refused")],
        [("spouse_id", "link_refused")],
        [("household_id", "household_address")],
    ]


def test_a_mended_file_of_refused_rows_is_added(app: Flask, settings: Settings, tmp_path: Path) -> None:
    rows = [
        person(1500, household_id="7", relation_to_head="head"),
        person(1501, household_id="7", relation_to_head="child", father_id="1500", phone="+84912345678"),
    ]
    rejects = tmp_path / "people.rejects.csv"
    import_rows(settings, write_rows(tmp_path / "people.csv", rows))
    [row] = read_rows(rejects)
    assert {name: row[name] for name in rows[1]} == rows[1] | {"phone": "'+84912345678"}, "no spreadsheet computes it"
    assert refused(settings, str(rejects)).code == "population_exists"
    with pytest.raises(Malformed):
        import_rows(settings, rejects, "--add")
    db.session.rollback()
    again = tmp_path / "people.rejects.rejects.csv"
    assert list(reasons_in(again).values()) == [[("phone", "phone_malformed")]], (
        "why it was refused before is passed over"
    )
    write_rows(rejects, [row | {"phone": "0100000077"}])
    assert import_rows(settings, rejects, "--add")["imported"] == 1
    assert not again.exists(), "an earlier file of refused rows would tell what is no longer so"
    child = service.find_person_by_id(1501)
    assert (child.household_id, child.father_id, child.phone) == (7, 1500, "0100000077")


def test_all_or_nothing_imports_nobody_and_says_whom_to_mend(app: Flask, settings: Settings, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "people.csv", [person(1), person(2, sex="?")])
    refusal = refused(settings, str(path), "--all-or-nothing", "--rejects", str(tmp_path / "mend.csv"))
    assert (refusal.code, refusal.detail) == (
        "rows_refused",
        f"0 people imported, 1 rows refused: see {tmp_path}/mend.csv.",
    )
    assert reasons_in(tmp_path / "mend.csv") == {"3": [("sex", "sex_unknown")]}
    assert everybody() == []
    assert run(settings, "import", str(path)) == (
        f"1 people imported, 1 rows refused: see {tmp_path}/people.rejects.csv.\n"
    )
    assert everybody() == [1]


def test_a_register_that_holds_a_population_is_not_filled_again(app: Flask, settings: Settings, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "people.csv", [person(1000)])
    import_rows(settings, path)
    assert refused(settings, str(path)).code == "population_exists"
    assert refused(settings, str(path), "--add").code == "rows_refused"
    with pytest.raises(Conflict) as refusal:
        run(settings, "synthesise", "--people", "5", "--seed", "1")
    assert refusal.value.code == "population_exists"
    db.session.rollback()
    assert everybody() == [1000]


def test_a_file_written_to_while_it_is_read_is_refused(
    app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_rows(tmp_path / "people.csv", [person(number) for number in range(1, 40)])

    def write_more(*_given: object) -> int:
        with path.open("a") as file:
            file.write("40,1\n")
        return FIRST_NEW_HOUSEHOLD_ID

    monkeypatch.setattr("eid.population.importing.service.find_first_household", write_more)
    assert refused(settings, str(path)).code == "file_changed"
    assert everybody() == []


IMPORTER = """
import contextlib
import io
import sys
from pathlib import Path
from eid.app import create_app
from eid.config import Settings
from eid.population.files.csv_file import CsvRegister
from eid.population.importing.service import import_register
app = create_app(Settings(state_dir=Path(sys.argv[1]), database_url=sys.argv[2], log_level="error"))
read = 0
def progress(more):
    global read
    read += more
    if read > 2000:
        print("loading", flush=True)
        sys.stdin.read()
with app.app_context():
    import_register(CsvRegister(Path(sys.argv[3])), rejects=lambda: contextlib.nullcontext(io.StringIO()), progress=progress)
"""


def test_an_import_killed_in_the_middle_leaves_nothing_behind(app: Flask, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    run(settings, "synthesise", "--people", "2000", "--seed", "1", "--out", str(path))
    importer = subprocess.Popen(
        [sys.executable, "-c", IMPORTER, str(settings.state_dir), settings.database_url, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    try:
        assert importer.stdout is not None and importer.stdout.readline() == "loading\n"
        importer.send_signal(signal.SIGKILL)
        assert importer.wait(60) != 0
    finally:
        importer.kill()
        importer.communicate()
    assert everybody() == []
    assert db.session.scalar(select(func.count()).select_from(Household)) == 0
    assert "ix_persons_pin" in describe_indexes()
    db.session.rollback()
    assert run(settings, "import", str(path)) == "2000 people imported.\n"


def test_quotes_commas_line_ends_and_the_order_of_columns_are_nothing_to_fear(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    address = 'Số 5, ngõ "Mẫu", \\N; DROP TABLE persons; --'
    row = dict(reversed(person(1, residence_address=address, surname="O'Brien", religion="None of \\t these").items()))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row), lineterminator="\r\n")
    writer.writeheader()
    writer.writerow(row)
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode() + b"\r\n\r\n")
    assert import_rows(settings, path)["imported"] == 1
    found = service.find_person_by_id(1)
    assert (found.residence_address, found.surname, found.religion) == (address, "O'Brien", "None of \\t these")


def test_a_wrong_rejects_file_is_refused_before_anything_is_read(
    settings: Settings, app: Flask, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "people.csv", [person(1)])
    keep = write_rows(tmp_path / "keep.csv", [{"diary": "monday"}])
    assert refused(settings, str(path), "--rejects", str(keep)).code == "rejects_exist"
    assert read_rows(keep) == [{"diary": "monday"}]
    bad = write_rows(tmp_path / "bad.csv", [person(1, sex="?"), person(2)])
    assert refused(settings, str(bad), "--rejects", str(tmp_path / "nowhere" / "x.csv")).code == "file_not_writable"
    assert everybody() == [], "nobody is loaded whose neighbours' reasons are lost"
    for arguments in ([str(path), "--rejects", str(path)], [str(tmp_path / "people.txt")], ["-"]):
        assert CliRunner().invoke(population, ["import", *arguments], env=environ_of(settings)).exit_code == 2


def test_columns_and_codes_are_documented() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "population.md").read_text(encoding="utf-8")
    section = page.split("## A register of your own\n")[1].split("\n## ")[0]
    tables = [
        [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in part.splitlines()[2:]]
        for part in section.split("\n\n")
        if part.startswith("|")
    ]
    columns, codes, whole, _measured = tables
    assert [row[:2] for row in columns] == [[name, "yes" if name in REQUIRED else ""] for name in KINDS]
    assert dict(codes) == REASONS
    assert set(re.findall(r"file_\w+", str(whole))) == set(re.findall(r'"(file_\w+)"', sources()))


def sources() -> str:
    """The code that refuses a file as a whole."""
    folder = Path(eid.population.__path__[0])
    paths = [*(folder / "importing").glob("*.py"), *(folder / "files").glob("*.py")]
    return "".join(path.read_text(encoding="utf-8") for path in paths)
