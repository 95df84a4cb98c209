"""eid cards emulate and read, as they are typed: with a reader played by the test, with a folder's virtual card, and
wrongly."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from eid.cards.chip.virtual import VirtualChip
from eid.cards.folder import CHIP_KEYS, read_chip_folder
from eid.cards.personalisation import dump_key
from eid.cli import main
from eid.cli.cards import emulate
from eid.crypto.lds import disk_file_name
from tests.crypto.forge import chip_keys, make_card, make_csca, make_signer
from tests.live import free_port

ROOT = Path(__file__).parent.parent.parent
CAN = "000101"
FIELDS = ("--document-number", "190000101", "--birth-date", "1990-03-12", "--expiry", "300312")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Holds a card with its chip's keys, and whom to trust. Commands run in it."""
    csca = make_csca()
    (tmp_path / "csca.cer").write_bytes(csca.build())
    (tmp_path / "card").mkdir()
    for name, content in make_card(make_signer(csca)).items():
        (tmp_path / "card" / disk_file_name(name)).write_bytes(content)
    uses = ("active_authentication", "chip_authentication")
    keys = {use: dump_key(getattr(chip_keys(), use)) for use in uses}
    (tmp_path / "card" / CHIP_KEYS).write_text(json.dumps(keys))
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def eid(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs `eid cards …` in the folder."""

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["eid", "cards", *words])
        try:
            main()
            status = 0
        except SystemExit as left:
            status = int(left.code or 0)
        return Done(status, *capsys.readouterr())

    return run


class Reader(threading.Thread):
    """vpcd: takes a card, asks it, goes away, comes back, asks again; then somebody presses Ctrl-C."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.listener.getsockname()[1])
        self.answers: list[bytes] = []

    def run(self) -> None:
        for messages in ((b"\x04",), (b"\x04", bytes.fromhex("00A4040C07A0000002471001"))):
            connection, _address = self.listener.accept()
            with connection:
                connection.settimeout(10)
                for message in messages:
                    connection.sendall(len(message).to_bytes(2) + message)
                    length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL))
                    self.answers.append(connection.recv(length, socket.MSG_WAITALL))
                if len(messages) == 2:
                    os.kill(os.getpid(), signal.SIGINT)
                    connection.recv(1)


def test_a_card_is_in_the_reader_until_ctrl_c(
    folder: Path, eid: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulate, "RETRY_SECONDS", 0.05)
    reader = Reader()
    reader.start()
    done = eid("emulate", "card", "--reader-port", reader.port)
    reader.join(10)
    reader.listener.close()
    where = f"127.0.0.1:{reader.port}"
    goes_in = f"Card 190000101 is in the reader on {where}; Ctrl-C takes it out."
    assert done.stdout.splitlines() == [
        goes_in,
        f"The reader on {where} is gone; Card 190000101 goes in again when it is back.",
        goes_in,
        "Card 190000101 is out of the reader.",
    ]
    assert (done.returncode, done.stderr) == (0, "")
    assert reader.answers[0] == reader.answers[1] == VirtualChip.atr
    assert reader.answers[2] == b"\x90\x00"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("card",), "No reader waits for a card on 127.0.0.1:"),
        (("nowhere",), "There is no such folder."),
        ((".",), "The folder holds no files of a chip"),
        (("blank",), "A chip needs a DG1"),
        (("card", "--can", "12345"), "A card access number has six digits."),
        (("card", "--reader-host", "a..b"), "No reader waits for a card on a..b:"),
    ],
    ids=["no reader", "no folder", "no card", "no zone", "no number", "no host"],
)
def test_a_card_that_cannot_be_played_is_refused(
    folder: Path, eid: Callable[..., Done], words: tuple[str, ...], said: str
) -> None:
    (folder / "blank").mkdir()
    (folder / "blank" / "EF_SOD.bin").write_bytes(b"")
    done = eid("emulate", *words, "--reader-port", str(free_port()))
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"eid: {re.escape(said)}.*\n", done.stderr)


def zone_of(folder: Path) -> str:
    [zone] = re.findall(rb"IDVNM[A-Z0-9<]{85}", (folder / "card" / "EF_DG1.bin").read_bytes())
    return str(zone.decode())


@pytest.mark.parametrize(
    ("words", "access"),
    [
        (("--can", CAN), "pace"),
        (FIELDS, "pace"),
        ((*FIELDS, "--access", "bac"), "bac"),
        (("--mrz", "zone", "--access", "pace"), "pace"),
    ],
    ids=["number", "fields", "bac", "zone"],
)
def test_a_folders_virtual_card_is_read_without_a_reader(
    folder: Path, eid: Callable[..., Done], words: tuple[str, ...], access: str
) -> None:
    zone = zone_of(folder)
    typed = f"{zone[:30]}\n{zone[30:60]}\n{zone[60:].lower()}\n"
    words = tuple(typed if word == "zone" else word for word in words)
    done = eid("read", "--from", "card", *words, "--out", "read", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    read = json.loads(done.stdout)
    assert (read["access"], read["reader"], read["out"], read["unread"]) == (access, "card", "read", {})
    assert read_chip_folder(folder / "read") == read_chip_folder(folder / "card")
    assert {path.name for path in (folder / "read").iterdir()} == {disk_file_name(name) for name in read["files"]}
    assert read["files"]["EF.DG1"]["bytes"] == len((folder / "card" / "EF_DG1.bin").read_bytes())


def test_without_trust_it_says_how_to_verify(eid: Callable[..., Done]) -> None:
    done = eid("read", "--from", "card", "--can", CAN, "--out", "read")
    assert done.returncode == 0
    assert "8 files, read over PACE, are in read." in done.stdout
    [command] = re.findall(r"eid (cards verify .*?) --trust", done.stdout)
    assert eid(*command.split()[1:], "--trust", "csca.cer").returncode == 0


def test_with_trust_the_chips_own_proofs_are_verified(folder: Path, eid: Callable[..., Done]) -> None:
    words = ("read", "--from", "card", "--can", CAN, "--out", "read", "--trust", "csca.cer", "--at", "2026-04-01")
    verdict = json.loads(eid(*words, "--json").stdout)["verification"]
    passed = {step["step"] for step in verdict["steps"] if step["result"] == "passed"}
    assert {"active_authentication", "chip_authentication", "access_control", "clone_detection"} <= passed
    assert verdict["document"]["chip_proved"] is True
    assert "clone_detection" in eid(*words).stdout


def test_a_copy_is_found_out_and_its_files_are_kept(folder: Path, eid: Callable[..., Done]) -> None:
    (folder / "card" / CHIP_KEYS).unlink()
    done = eid("read", "--from", "card", "--can", CAN, "--out", "read", "--trust", "csca.cer", "--policy", "strict")
    assert (done.returncode, done.stderr) == (1, "eid: The chip's answer has a wrong length.\n")
    assert "aa_signature_invalid" in done.stdout
    assert read_chip_folder(folder / "read") == read_chip_folder(folder / "card")


def test_a_file_that_the_chip_does_not_give_is_named(folder: Path, eid: Callable[..., Done]) -> None:
    (folder / "card" / "EF_DG13.bin").unlink()
    done = eid("read", "--from", "card", "--can", CAN, "--out", "read")
    assert done.returncode == 0
    assert done.stderr == "EF.DG13 is missing: the chip did not give it (6A82).\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--can", "000102"), "The chip was not opened: the password is not the one of this card."),
        (("--can", "no"), "A card access number has six digits."),
        (("--mrz", "IDVNM"), "The machine-readable zone has a wrong length."),
        (("--mrz", "misread"), "A check digit of the machine-readable zone does not fit; look at it again."),
        ((*FIELDS[:4], "--expiry", "310312"), "The chip was not opened: the password is not the one of this card."),
    ],
    ids=["wrong", "letters", "short", "misread", "fields"],
)
def test_what_does_not_open_the_card_leaves_nothing(
    folder: Path, eid: Callable[..., Done], words: tuple[str, ...], said: str
) -> None:
    words = tuple(zone_of(folder).replace("900312", "900313") if word == "misread" else word for word in words)
    done = eid("read", "--from", "card", *words, "--out", "read")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"eid: {said}\n")
    assert not (folder / "read").exists()
    assert sorted(path.name for path in folder.iterdir()) == ["card", "csca.cer"]


def test_a_folder_with_other_files_is_left_alone(folder: Path, eid: Callable[..., Done]) -> None:
    before = {path.name: path.read_bytes() for path in (folder / "card").iterdir()}
    done = eid("read", "--from", "card", "--can", CAN, "--out", "card")
    assert (done.returncode, done.stderr) == (1, "eid: card holds other files than a chip's; name a new folder.\n")
    assert {path.name: path.read_bytes() for path in (folder / "card").iterdir()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--can", CAN), "Missing option '--out'"),
        (("--out", "read"), "Say what opens the card"),
        (("--out", "read", "--can", CAN, *FIELDS), "Give one of --can, --mrz"),
        (("--out", "read", *FIELDS[:4]), "open a card together"),
        (("--out", "read", "--can", CAN, "--access", "bac"), "BAC opens a card by its machine-readable zone"),
        (("--out", "read", *FIELDS[:2], "--birth-date", "12.3.1990", *FIELDS[4:]), "12.3.1990 is neither a date"),
    ],
    ids=["nowhere", "by nothing", "by two", "by two of three", "bac", "date"],
)
def test_reading_can_be_misused(eid: Callable[..., Done], words: tuple[str, ...], said: str) -> None:
    done = eid("read", "--from", "card", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("words", [("--list",), ("--can", CAN, "--out", "read")], ids=["list", "read"])
def test_without_pyscard_it_says_what_to_install(
    eid: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.delitem(sys.modules, "eid.cli.cards.pcsc", raising=False)
    monkeypatch.setitem(sys.modules, "smartcard", None)
    done = eid("read", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "eid: Card readers are reached through pyscard: install it with make pcsc or pip install 'eid[pcsc]'.\n"
    )


def test_the_access_number_is_asked_for_and_not_shown(folder: Path) -> None:
    """At a terminal, so that no shell's history and no list of processes holds it."""
    ours, theirs = pty.openpty()
    words = [
        sys.executable,
        "-m",
        "eid",
        "cards",
        "read",
        "--from",
        str(folder / "card"),
        "--out",
        str(folder / "read"),
    ]
    terminal = os.ttyname(theirs)
    command = f"exec {shlex.join(words)} <{terminal} 2>{terminal}"  # who opens a terminal first, controls it
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, text=True
    ) as process:
        seen = b""
        while b"Card access number:" not in seen:
            seen += os.read(ours, 1000)
        os.write(ours, f"{CAN}\n".encode())
        out, _nothing = process.communicate(timeout=30)
        seen += os.read(ours, 10_000)
    os.close(theirs)
    os.close(ours)
    assert process.returncode == 0
    assert "8 files, read over PACE" in out
    assert CAN.encode() not in seen
