"""Readers that are not ours read our virtual card byte for byte: JMRTD, by itself and through PC/SC; pyscard; opensc-tool.

`make clients` gets JMRTD from Maven Central; `make pcsc` compiles pyscard; pcscd, vsmartcard-vpcd and opensc are Debian's.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.cards.folder import CHIP_KEYS, read_chip_folder
from eid.cards.personalisation import Photo, dump_key
from eid.cards.portrait import draw_portrait
from eid.cards.reader import read_chip_contents
from eid.cli.cards.vpcd import answer_reader, connect_reader
from eid.cli.lazily import load
from eid.crypto.lds import disk_file_name
from eid.crypto.security_infos import PACE_PREFIX
from eid.crypto.tlv import SET, build_integer, build_oid, build_sequence, build_tlv
from eid.errors import Refusal
from tests.crypto.forge import HOLDER, chip_keys, make_card, make_csca, make_signer
from tests.pcscd import Reader, say_what_is_missing, serving_pcscd

pytestmark = pytest.mark.pcsc

ROOT = Path(__file__).parent.parent.parent
JMRTD = ROOT / "tests/clients/jmrtd/target"
PCSC_LIBRARIES = [*Path("/usr/lib").glob("*/libpcsclite.so.1"), Path("/usr/lib/libpcsclite.so.1")]
FILE_IDENTIFIERS = {
    "EF.CardAccess": "011c", "EF.SOD": "011d", "EF.COM": "011e",
    **{f"EF.DG{number}": f"01{number:02x}" for number in range(1, 17)},
}  # fmt: skip
SECONDS = 120
SHORT_IDENTIFIERS, EXTENDED = {"sfi": "true"}, {"length": "65536", "block": "4096"}
ZONE = {"number": "190000101", "birth": "900312", "can": "000101"}


@dataclass(frozen=True)
class Card:
    folder: Path
    contents: ChipContents
    anchor: Path

    @property
    def opens(self) -> dict[str, str]:
        """What JMRTD is told: the fields of the zone, the access number, and whom to trust."""
        return ZONE | {"expiry": self.contents.mrz_password.expiry, "csca": str(self.anchor)}

    def digests(self, *, card_access: bool) -> set[str]:
        """How JMRTD says that it read every file to the last octet."""
        return {
            f"{FILE_IDENTIFIERS[name]} {hashlib.sha256(content).hexdigest()}"
            for name, content in self.contents.files.items()
            if card_access or name != "EF.CardAccess"
        }


def make_folder(folder: Path, kind: str = "P-256", photo: Photo | None = None) -> Card:
    """A good card in a folder, its active-authentication key of this kind."""
    keys, csca = chip_keys(kind), make_csca()
    folder.mkdir()
    for name, content in make_card(make_signer(csca), keys=keys, photo=photo).items():
        (folder / disk_file_name(name)).write_bytes(content)
    private = {use: dump_key(getattr(keys, use)) for use in ("active_authentication", "chip_authentication")}
    (folder / CHIP_KEYS).write_text(json.dumps(private))
    anchor = folder.with_suffix(".cer")
    anchor.write_bytes(csca.build())
    return Card(folder, read_chip_contents(folder), anchor)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return make_folder(tmp_path_factory.mktemp("cards") / "card")


@pytest.fixture(scope="module")
def java() -> str:
    found = shutil.which("java")
    if found is None or not (JMRTD / "lib").is_dir():
        say_what_is_missing("no Java" if found is None else "JMRTD is not installed: make clients")
    return found


@contextmanager
def running_jmrtd(java: str, task: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    library = next((path for path in PCSC_LIBRARIES if path.exists()), PCSC_LIBRARIES[-1])
    command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", f"-Dsun.security.smartcardio.library={library}"]
    command += ["-cp", f"{JMRTD}/classes:{JMRTD}/lib/*", "ReadCard"]
    process = subprocess.Popen(
        [*command, *(f"{name}={value}" for name, value in task.items())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, ended_in_time(process):
        yield process


@contextmanager
def ended_in_time(process: subprocess.Popen[str]) -> Iterator[None]:
    """Whoever waits for a line of it does not wait for ever."""
    watch = threading.Timer(SECONDS, process.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        process.kill()


def finish(process: subprocess.Popen[str]) -> dict[str, list[str]]:
    """What JMRTD said, by the first word of the line."""
    out, err = process.communicate(timeout=SECONDS)
    said = defaultdict(list)
    for line in out.splitlines():
        name, _, value = line.partition(" ")
        said[name].append(value)
    assert said["done"] or said["refused"], err
    return said


def read_by_jmrtd(java: str, contents: ChipContents, task: dict[str, str]) -> dict[str, list[str]]:
    """JMRTD reads the virtual card without PC/SC: it plays vpcd itself."""
    with running_jmrtd(java, task) as process:
        assert process.stdout and process.stderr
        line = process.stdout.readline()
        assert line.startswith("port "), process.stderr.read()
        chip = VirtualChip(contents, rng=Random(7))
        with connect_reader("127.0.0.1", int(line.split()[1])) as reader:
            thread = threading.Thread(target=lambda: list(answer_reader(chip, reader)), daemon=True)
            thread.start()
            said = finish(process)
            thread.join(10)
    return said


@pytest.mark.parametrize(
    ("access", "options"),
    [("bac", {}), ("bac", EXTENDED), ("pace-mrz", SHORT_IDENTIFIERS), ("pace-can", {}), ("pace-can", EXTENDED)],
    ids=str,
)
def test_jmrtd_reads_a_card_and_believes_it(java: str, card: Card, access: str, options: dict[str, str]) -> None:
    """ICAO 9303-11: BAC (4.3), PACE (4.4), chip authentication (6.2), active authentication (6.1), passive (5.1)."""
    said = read_by_jmrtd(java, card.contents, card.opens | {"access": access} | options)
    assert set(said["file"]) == card.digests(card_access=access != "bac")
    assert said["access"] == [
        "bac DESede" if access == "bac" else f"{access} id-PACE-ECDH-GM-AES-CBC-CMAC-128 BrainpoolP256r1"
    ]
    assert said["passive-authentication"] == ["1,2,13,14,15"]
    assert said["chip-authentication"] == ["id-CA-ECDH-AES-CBC-CMAC-128"]
    assert said["active-authentication"] == ["SHA256withPLAIN-ECDSA"]


@pytest.mark.parametrize(
    ("protocol", "parameter", "named"),
    [
        ("2.2", 12, "id-PACE-ECDH-GM-AES-CBC-CMAC-128 NIST P-256 (secp256r1)"),
        ("2.1", 11, "id-PACE-ECDH-GM-3DES-CBC-CBC BrainpoolP224r1"),
        ("2.4", 17, "id-PACE-ECDH-GM-AES-CBC-CMAC-256 BrainpoolP512r1"),
        ("1.3", 1, "id-PACE-DH-GM-AES-CBC-CMAC-192 2048-bit MODP Group with 224-bit Prime Order Subgroup"),
        ("6.2", 13, "id-PACE-ECDH-CAM-AES-CBC-CMAC-128 BrainpoolP256r1"),
    ],
)
def test_jmrtd_opens_a_card_by_every_kind_of_pace(
    java: str, card: Card, protocol: str, parameter: int, named: str
) -> None:
    """9303-11, 9.5.1: the domain parameters are those that EF.CardAccess numbers. JMRTD tells 8 to 18 and 0 to 2 apart."""
    oid = build_oid(f"{PACE_PREFIX}{protocol}")
    offer = build_tlv(SET, build_sequence(oid, build_integer(2), build_integer(parameter)))
    contents = replace(card.contents, files={**card.contents.files, "EF.CardAccess": offer})
    said = read_by_jmrtd(java, contents, card.opens | {"access": "pace-can"})
    assert said["access"] == [f"pace-can {named}"]
    assert set(said["file"]) == replace(card, contents=contents).digests(card_access=True)


def test_jmrtd_reads_what_lies_beyond_the_offsets_of_read_binary(java: str, tmp_path: Path) -> None:
    """9303-10, 3.6.3.2: from octet 32768 on, by the odd instruction B1 with offset and answer as data objects"""
    portrait = draw_portrait(HOLDER.pin)
    card = make_folder(tmp_path / "card", photo=replace(portrait, jpeg=portrait.jpeg + bytes(40_000)))
    said = read_by_jmrtd(java, card.contents, card.opens | {"access": "bac"})
    assert set(said["file"]) == card.digests(card_access=False)
    assert said["passive-authentication"] == ["1,2,13,14,15"]


def test_jmrtd_believes_a_chip_that_answers_by_rsa(java: str, tmp_path: Path) -> None:
    """9303-11, 6.1.2.2: ISO/IEC 9796-2 with message recovery"""
    card = make_folder(tmp_path / "card", "rsa2048")
    said = read_by_jmrtd(java, card.contents, card.opens | {"access": "pace-mrz"})
    assert set(said["file"]) == card.digests(card_access=True)
    assert said["active-authentication"] == ["ISO9796-2 with SHA-256"]


def test_jmrtd_finds_out_that_a_copy_has_no_keys(java: str, card: Card) -> None:
    copy = ChipContents(card.contents.files)
    said = read_by_jmrtd(java, copy, card.opens | {"access": "bac"})
    assert said["refused"] and not said["chip-authentication"]
    said = read_by_jmrtd(java, copy, card.opens | {"access": "bac", "ca": "false"})
    assert said["passive-authentication"] == ["1,2,13,14,15"]
    assert said["active-authentication"] == ["no answer"]


@pytest.mark.parametrize(("access", "status"), [("bac", "6700"), ("pace-mrz", "6300"), ("pace-can", "6300")])
def test_a_wrong_password_opens_nothing(java: str, card: Card, access: str, status: str) -> None:
    """9303-11, 4.3.3 and 4.4.3: the chip answers 63 00. For BAC JMRTD tries again without Le, and shows what that gives."""
    wrong = {"number": "190000102", "can": "000102", "access": access}
    said = read_by_jmrtd(java, card.contents, card.opens | wrong)
    assert said["refused"][0].startswith(status)
    assert len(said["file"]) == (access != "bac"), "EF.CardAccess is all that may be read"


def run_eid(*words: str) -> list[str]:
    return [sys.executable, "-m", "eid", *words]


class Emulated:
    """`eid cards emulate`, running, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def wait_for(self, words: str) -> None:
        assert self.process.stdout and self.process.stderr
        for line in self.process.stdout:
            if words in line:
                return
        raise AssertionError(self.process.stderr.read())

    def interrupt(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        out, _err = self.process.communicate(timeout=10)
        return self.process.returncode, out


@contextmanager
def emulated(card: Card, port: int) -> Iterator[Emulated]:
    """The card is in the reader on this port."""
    command = run_eid("cards", "emulate", str(card.folder), "--reader-port", str(port))
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process, ended_in_time(process):
        emulated = Emulated(process)
        emulated.wait_for("is in the reader")
        yield emulated


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with serving_pcscd(tmp_path) as reader:
        yield reader


@pytest.mark.parametrize("access", ["bac", "pace-can"])
def test_jmrtd_reads_the_emulated_card_through_pcscd(java: str, card: Card, reader: Reader, access: str) -> None:
    with emulated(card, reader.port) as playing:
        with running_jmrtd(java, card.opens | {"reader": reader.name, "access": access}) as process:
            said = finish(process)
        assert set(said["file"]) == card.digests(card_access=access != "bac")
        assert said["passive-authentication"] and said["chip-authentication"] and said["active-authentication"]
        assert playing.interrupt() == (0, "Card 190000101 is out of the reader.\n")


def test_eid_reads_the_emulated_card_through_pcscd(card: Card, reader: Reader, tmp_path: Path) -> None:
    if find_spec("smartcard") is None:
        say_what_is_missing("pyscard is not installed: make pcsc")
    with emulated(card, reader.port):
        command = run_eid(
            "cards", "read", "--reader", reader.name, "--can", ZONE["can"], "--out", str(tmp_path / "read")
        )
        done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        listed = subprocess.run(
            run_eid("cards", "read", "--list"), cwd=ROOT, capture_output=True, text=True, timeout=60
        )
    assert json.loads(done.stdout)["reader"] == reader.name
    assert read_chip_folder(tmp_path / "read") == dict(card.contents.files)
    assert listed.stdout.splitlines() == [reader.name, reader.name.removesuffix("0") + "1"]


@pytest.mark.filterwarnings("ignore:builtin type:DeprecationWarning")  # SWIG's own types, from Python 3.12 on
def test_what_is_wrong_with_a_reader_or_its_card_is_said(card: Card, reader: Reader) -> None:
    if find_spec("smartcard") is None:
        say_what_is_missing("pyscard is not installed: make pcsc")
    pcsc = load("eid.cli.cards.pcsc:card_in_reader")

    def use(name: str | None, *, seconds: float = 0, between: Callable[[], object] = lambda: None) -> bytes:
        with pcsc(name, seconds=seconds) as (_reader, transmit):
            between()
            answer: bytes = transmit(bytes.fromhex("00A4040C07A0000002471001"))
            return answer

    def code_of(act: Callable[[], object]) -> str:
        with pytest.raises(Refusal) as refused:
            act()
        return refused.value.code

    assert code_of(lambda: use("no such reader")) == "reader_missing"
    assert code_of(lambda: use(None)) == "card_missing"
    with emulated(card, reader.port) as playing:
        assert use(None, seconds=10) == use(reader.name) == b"\x90\x00"
        assert code_of(lambda: use(None, between=lambda: use(None))) == "card_in_use"
        assert code_of(lambda: use(None, between=playing.interrupt)) in ("card_missing", "reader_failed")
    reader.process.terminate()
    reader.process.wait(10)
    assert code_of(lambda: use(None)) == "pcsc_absent"


def test_opensc_sees_the_emulated_card(card: Card, reader: Reader) -> None:
    tool = shutil.which("opensc-tool") or say_what_is_missing("opensc is not installed")
    with emulated(card, reader.port):
        for _ in range(40):  # until pcscd has noticed the card
            seen = subprocess.run([tool, "--reader", "0", "--atr"], capture_output=True, text=True, timeout=30)
            if seen.returncode == 0:
                break
            time.sleep(0.1)
    assert seen.stdout.strip() == VirtualChip(card.contents, rng=Random(7)).atr.hex(":")


def test_the_card_goes_in_again_when_pcscd_is_back(card: Card, tmp_path: Path) -> None:
    with ExitStack() as first:
        port = first.enter_context(serving_pcscd(tmp_path)).port
        with emulated(card, port) as playing:
            first.close()
            playing.wait_for("is gone; Card 190000101 goes in again when it is back.")
            with serving_pcscd(tmp_path, port=port):
                playing.wait_for("Card 190000101 is in the reader")
                assert playing.interrupt() == (0, "Card 190000101 is out of the reader.\n")
