"""eid cards: issue, and verify without a database, as a script would use them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from eid.cards.certificates import build_crl
from eid.cli import main
from eid.crypto.lds import disk_file_name
from tests.crypto.forge import NOW, make_card, make_csca, make_signer


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    csca = make_csca()
    (tmp_path / "csca.cer").write_bytes(csca.build())
    (tmp_path / "card").mkdir()
    for name, content in make_card(make_signer(csca)).items():
        (tmp_path / "card" / disk_file_name(name)).write_bytes(content)
    return tmp_path


@pytest.fixture
def eid(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `eid cards …` in the folder, as its entry point would."""
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["eid", "cards", *arguments])
        try:
            main()
            status = 0
        except SystemExit as left:
            status = int(left.code or 0)
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run


def test_a_good_chip_is_verified_without_a_database(folder: Path, eid: Run) -> None:
    done = eid("verify", "card", "--trust", "csca.cer", "--at", "2026-04-01", "--policy", "strict", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] == "verified"
    assert verdict["document"]["full_name"] == "Nguyễn Thị Hoa"
    assert not (folder / "var").exists()


def test_a_refusal_is_one_line_and_status_1_and_the_steps_are_printed(folder: Path, eid: Run) -> None:
    changed = folder / "card" / "EF_DG1.bin"
    changed.write_bytes(changed.read_bytes().replace(b"NGUYEN", b"NGUYEM"))
    done = eid("verify", "card", "--trust", "csca.cer", "--json")
    assert done.returncode == 1
    assert done.stderr == "eid: A data group is not the file that was signed.\n"
    verdict = json.loads(done.stdout)
    assert (verdict["verdict"], verdict["document"]) == ("refused", None)
    assert [step["step"] for step in verdict["steps"] if step["result"] == "failed"] == ["data_groups"]
    plain = eid("verify", "card", "--trust", "csca.cer")
    assert "dg_hash_mismatch" in plain.stdout
    assert "(DG1)" in plain.stdout


@pytest.mark.parametrize("spelling", ["{}.bin", "EF.{}", "{}", "ef_{}.BIN", "EF-{}.dat"])
def test_files_are_found_in_every_spelling(folder: Path, eid: Run, spelling: str) -> None:
    for path in (folder / "card").iterdir():
        name = path.name.removeprefix("EF_").removesuffix(".bin")
        path.rename(path.with_name(spelling.format(name.lower() if spelling.islower() else name)))
    assert eid("verify", "card", "--trust", "csca.cer").returncode == 0


def test_a_crl_can_be_given_beside_the_anchors(folder: Path, eid: Run) -> None:
    (folder / "no.crl").write_bytes(b"\x30\x00")
    done = eid("verify", "card", "--trust", "csca.cer", "--crl", "no.crl")
    assert done.returncode == 1
    assert done.stderr.startswith("eid: ")


def test_a_revocation_list_can_be_demanded(folder: Path, eid: Run) -> None:
    arguments = ("verify", "card", "--trust", "csca.cer", "--at", "2026-04-01", "--require-crl")
    refused = eid(*arguments)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "There is no revocation list of this CSCA. The policy demands one." in refused.stdout
    certificate = x509.load_der_x509_certificate((folder / "csca.cer").read_bytes())
    crl = build_crl(certificate, make_csca().key, at=NOW).public_bytes(Encoding.DER)
    (folder / "list.crl").write_bytes(crl)
    assert eid(*arguments, "--crl", "list.crl").returncode == 0


@pytest.mark.parametrize(
    "rubbish", [b"", b"rubbish", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_a_file_that_is_none_is_named(folder: Path, eid: Run, rubbish: bytes) -> None:
    (folder / "trust").mkdir()
    (folder / "trust" / "csca.cer").write_bytes((folder / "csca.cer").read_bytes())
    (folder / "trust" / "rubbish.cer").write_bytes(rubbish)
    done = eid("verify", "card", "--trust", "trust")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "eid: A file of trust anchors cannot be read. (rubbish.cer)\n"


def test_nothing_is_verified_without_anchors(folder: Path, eid: Run) -> None:
    (folder / "empty").mkdir()
    done = eid("verify", "card", "--trust", "empty")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "card"),
        ("verify", "card", "--trust", "missing"),
        ("verify", "card", "--trust", "csca.cer", "--policy", "none"),
        ("verify", "card", "--trust", "csca.cer", "--at", "tomorrow"),
        ("issue",),
    ],
)
def test_a_misused_command_ends_with_status_2(eid: Run, arguments: tuple[str, ...]) -> None:
    assert eid(*arguments).returncode == 2


def test_a_folder_without_a_chip_is_refused(folder: Path, eid: Run) -> None:
    for path in (folder / "card").iterdir():
        path.unlink()
    done = eid("verify", "card", "--trust", "csca.cer")
    assert (done.returncode, done.stderr) == (
        1,
        "eid: The folder holds no files of a chip, such as EF_SOD.bin or DG1.bin.\n",
    )


def test_two_spellings_of_one_file_are_refused(folder: Path, eid: Run) -> None:
    (folder / "card" / "sod.bin").write_bytes(b"")
    assert eid("verify", "card", "--trust", "csca.cer").returncode == 1


def test_a_deck_of_mutants_is_made_and_does_as_it_says(folder: Path, eid: Run) -> None:
    made = eid("mutants", "card", "--out", "deck")
    assert made.returncode == 0, made.stderr
    deck = json.loads((folder / "deck" / "deck.json").read_text())
    assert len(deck) > 60
    for expected in [mutant for mutant in deck if mutant["active_authentication"] is None]:
        name, at = expected["name"], expected["at"]
        done = eid("verify", f"deck/{name}", "--trust", "deck/trust", "--policy", "strict", "--at", at, "--json")
        verdict = json.loads(done.stdout)
        failed = [(step["step"], step["code"]) for step in verdict["steps"] if step["result"] == "failed"]
        assert (name, failed) == (name, [(expected["step"], expected["code"])] if expected["step"] else [])
        assert verdict["verdict"] == expected["verdict"]
        assert json.loads((folder / "deck" / name / "expected.json").read_text()) == expected


def test_every_command_has_help_with_an_example(eid: Run) -> None:
    for command in ("issue", "verify", "mutants"):
        assert f"Example: eid cards {command}" in eid(command, "--help").stdout
