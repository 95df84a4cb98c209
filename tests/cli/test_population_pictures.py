"""eid population picture, as it is typed: from a seed, from the database, and what it refuses."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from eid.cli.population import population
from eid.config import Settings
from eid.db import db
from eid.errors import Refused
from eid.population.life.kinds import LifeEventKind
from eid.population.loading import load_population
from eid.population.models import LifeEvent, Person
from eid.population.pictures.service import tally_register
from eid.population.pictures.tally import tally_people
from eid.population.snapshot import SNAPSHOT
from eid.population.synthesis.register import synthesise_batches

PICTURES = {"ages.svg", "marital-statuses.svg", "households.svg", "ethnic-groups.svg", "surnames.svg", "map.svg"}
SVG = "{http://www.w3.org/2000/svg}"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(population, ["picture", *arguments])


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def words(path: Path) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.parse(path).iter(f"{SVG}text")]


def hints(path: Path) -> list[str]:
    return [title.text or "" for title in ElementTree.parse(path).iter(f"{SVG}title")]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pictures") / "of" / "people"
    result = run("--people", "3000", "--seed", "7", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"{out} holds 6 pictures of ")
    return out


def test_people_of_a_seed_are_drawn_in_six_pictures(drawn: Path) -> None:
    assert {path.name for path in drawn.iterdir()} == PICTURES
    for path in drawn.iterdir():
        assert ElementTree.parse(path).getroot().tag == f"{SVG}svg"


def test_the_map_has_a_tile_for_every_province_and_all_people_are_on_each_map(drawn: Path) -> None:
    tally = tally_people((batch.people for batch in synthesise_batches(3000, 7)), SNAPSHOT)
    counts = [int(hint.rsplit(": ", 1)[1].replace(",", "")) for hint in hints(drawn / "map.svg")]
    assert len(counts) == 63 + 34
    assert sum(counts[:63]) == sum(counts[63:]) == tally.people


def test_bars_bear_the_names_and_counts_of_the_people(drawn: Path) -> None:
    tally = tally_people((batch.people for batch in synthesise_batches(3000, 7)), SNAPSHOT)
    assert {"Kinh", f"{tally.ethnic_groups['Kinh']:,}"} <= set(words(drawn / "ethnic-groups.svg"))
    surname, count = tally.surnames.most_common(1)[0]
    assert (surname, f"{count:,}") == ("Nguyễn", words(drawn / "surnames.svg")[3])


def test_the_same_seed_gives_the_same_pictures(drawn: Path, tmp_path: Path) -> None:
    assert run("--people", "3000", "--seed", "7", "--out", str(tmp_path)).exit_code == 0
    for name in PICTURES:
        assert (tmp_path / name).read_bytes() == (drawn / name).read_bytes()


def test_the_register_is_counted_as_the_people_it_was_made_of(app: Flask) -> None:
    load_population(people=2000, seed=7)
    found, expected = (
        tally_register(SNAPSHOT),
        tally_people((batch.people for batch in synthesise_batches(2000, 7)), SNAPSHOT),
    )
    assert found.people > 1800
    assert found == expected


def test_recorded_births_and_deaths_are_counted_by_month(app: Flask) -> None:
    load_population(people=1000, seed=7)
    person = db.session.query(Person.id).first()
    assert person is not None
    for kind, day in ((LifeEventKind.BIRTH, date(2026, 2, 28)), (LifeEventKind.DEATH, date(2026, 3, 1))):
        db.session.add(LifeEvent(person_id=person.id, kind=kind, effective_on=day, recorded_at=_noon(day), details={}))
    db.session.commit()
    tally = tally_register(SNAPSHOT)
    assert (dict(tally.births), dict(tally.deaths)) == ({(2026, 2): 1}, {(2026, 3): 1})


def test_an_empty_register_is_refused(app: Flask) -> None:
    with pytest.raises(Refused) as refusal:
        tally_register(SNAPSHOT)
    assert refusal.value.code == "nobody_registered"


def test_the_database_is_drawn_where_no_people_are_asked_for(
    app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_population(people=1000, seed=7)
    db.session.remove()
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    result = run("--out", str(tmp_path / "pictures"))
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == PICTURES


@pytest.mark.parametrize("arguments", [["--people", "10"], ["--seed", "1"], ["--people", "0", "--seed", "1"]])
def test_half_a_question_is_refused(arguments: list[str], tmp_path: Path) -> None:
    assert run(*arguments, "--out", str(tmp_path)).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    result = run("--people", "10", "--seed", "1", "--out", str(tmp_path / "file" / "below"))
    assert isinstance(result.exception, Refused)
    assert result.exception.code == "file_not_writable"
