"""The cohort as one file: what is in it, what is made of another file, and what a run leaves beside it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from eid.errors import Malformed, NotFound
from eid.scenarios.cohort_archive import export_cohort, open_cohort

PIN = "901190000001"


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A demo with one member of the cohort, and much that is nobody else's business."""
    folder = tmp_path / "var"
    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / "paper.pem").write_text("private")
    row = {"pin": PIN, "password": "p", "passcode": "c", "totp_secret": "S", "card": f"var/cards/{PIN}"}
    (folder / "cohort.json").write_text(json.dumps([row]))
    (folder / "load-client.json").write_text("{}")
    for pin in (PIN, "901190000002"):
        card = folder / "cards" / pin
        card.mkdir(parents=True)
        (card / "EF_SOD.bin").write_bytes(b"sod")
    return folder


def test_the_file_has_the_people_their_cards_and_the_client_and_nothing_else(state_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "cohort.zip"
    assert export_cohort(state_dir, file) == 3
    assert set(zipfile.ZipFile(file).namelist()) == {"cohort.json", "load-client.json", f"cards/{PIN}/EF_SOD.bin"}
    assert file.stat().st_mode & 0o777 == 0o600
    with open_cohort(file) as folder:
        assert (folder / "cards" / PIN / "EF_SOD.bin").read_bytes() == b"sod"
    assert not folder.exists()


def test_what_a_run_used_up_is_known_to_the_next(state_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "cohort.zip"
    export_cohort(state_dir, file)
    with open_cohort(file) as folder:
        (folder / "newcomers.played").write_text(f"{PIN}\n")
    with open_cohort(file) as folder:
        assert (folder / "newcomers.played").read_text() == f"{PIN}\n"


def test_without_a_cohort_there_is_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refused:
        export_cohort(tmp_path, tmp_path / "cohort.zip")
    assert refused.value.code == "cohort_missing"
    assert not (tmp_path / "cohort.zip").exists()


@pytest.mark.parametrize("name", ["../cohort.json", "keys/paper.pem", f"cards/{PIN}/../../x", "/etc/passwd", "cards/x"])
def test_a_file_that_would_write_elsewhere_is_refused(name: str, state_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "cohort.zip"
    export_cohort(state_dir, file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(Malformed) as refused, open_cohort(file):
        pass
    assert refused.value.code == "cohort_archive_malformed"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing of the kind"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "cohort.zip").write_bytes(content)
    with pytest.raises(Malformed) as refused, open_cohort(tmp_path / "cohort.zip"):
        pass
    assert refused.value.code == "cohort_archive_malformed"


def test_an_archive_without_people_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cohort.zip", "w") as archive:
        archive.writestr("load-client.json", "{}")
    with pytest.raises(Malformed) as refused, open_cohort(tmp_path / "cohort.zip"):
        pass
    assert refused.value.code == "cohort_archive_malformed"
    with pytest.raises(NotFound) as missing, open_cohort(tmp_path / "none.zip"):
        pass
    assert missing.value.code == "cohort_missing"
