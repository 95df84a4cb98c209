"""eid db: with no settings at all, the database is the one that `make demo` fills."""

from pathlib import Path

import pytest

from tests.cli.conftest import Typed


def test_without_settings_the_database_is_under_var_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed
) -> None:
    (tmp_path / "var").mkdir()
    monkeypatch.chdir(tmp_path)
    assert (upgraded := typed("db", "upgrade")).returncode == 0, upgraded.stderr
    assert typed("db", "check").stdout == "The database answers and has the schema of this version.\n"
    assert typed("population", "synthesise", "--people", "1000", "--seed", "1").returncode == 0
    assert "1000 people, score 100.000" in typed("population", "audit").stdout
    assert (tmp_path / "var" / "eid.sqlite3").is_file()
    assert [folder.name for folder in tmp_path.iterdir()] == ["var"]
