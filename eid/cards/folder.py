"""Files on disk: a card's folder, any chip's folder in any spelling, and a folder or file of trust anchors."""

from __future__ import annotations

import json
import os
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from eid.cards.mutants import Deck
from eid.cards.workshop import Mutant
from eid.crypto.lds import disk_file_name, parse_file_name
from eid.crypto.policy import ICAO, Policy
from eid.crypto.tlv import MAX_BYTES
from eid.crypto.trust import MAX_BYTES as MAX_TRUST_BYTES
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.errors import Malformed, NotFound

CHIP_KEYS = "chip_keys.json"
TRUST_SUFFIXES = {".cer", ".crt", ".der", ".pem", ".crl", ".ml", ".dvl"}


class Personalised(Protocol):
    """What was put onto a card: its files by name, and the private keys of its chip."""

    @property
    def files(self) -> Mapping[str, bytes]: ...

    @property
    def chip_keys(self) -> Mapping[str, str]: ...


def write_card_folder(card: Personalised, directory: Path) -> None:
    """Afterwards the directory holds the card's files (EF_SOD.bin, …) and chip_keys.json, those of no other card, whole."""
    directory.mkdir(parents=True, exist_ok=True)
    # The digest of every other file is in EF.SOD, so it goes last: a folder cut short in the middle does not verify.
    for name in sorted(card.files, key=lambda file: (file == "EF.SOD", file)):
        _replace(directory / disk_file_name(name), card.files[name])
    _replace(directory / CHIP_KEYS, json.dumps(card.chip_keys, indent=2).encode())


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)


def write_deck(deck: Deck, directory: Path) -> None:
    """Afterwards the directory holds the deck: trust/, a folder a mutant with expected.json in it, and deck.json, last."""
    for name, content in deck.trust.items():
        _replace(_made(directory / "trust") / name, content)
    for mutant in deck.mutants:
        folder = _made(directory / mutant.name)
        for name, content in mutant.files.items():
            _replace(folder / disk_file_name(name), content)
        _replace(folder / "expected.json", _as_json(_describe_mutant(mutant)))
    _replace(directory / "deck.json", _as_json([_describe_mutant(mutant) for mutant in deck.mutants]))


def _describe_mutant(mutant: Mutant) -> dict[str, object]:
    answer = mutant.answer and {
        "challenge": b64encode(mutant.answer.challenge).decode(),
        "response": b64encode(mutant.answer.response).decode(),
    }
    return {
        "name": mutant.name,
        "what": mutant.what,
        "verdict": "refused" if mutant.step else "verified",
        "step": mutant.step,
        "code": mutant.code,
        "policy": "strict",
        "at": mutant.at.date().isoformat(),
        "active_authentication": answer,
    }


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _as_json(document: object) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def read_chip_folder(directory: Path) -> dict[str, bytes]:
    """The files of a chip in a folder, by name (EF.SOD, EF.DG1, …), in whatever spelling; other files are left alone.

    Raises NotFound where there is no such folder or no chip's file in it; Malformed where two files mean the same one.
    """
    if not directory.is_dir():
        raise NotFound("folder_missing", "There is no such folder.")
    found: dict[str, bytes] = {}
    for path in sorted(directory.iterdir()):
        name = parse_file_name(path.name) if path.is_file() else None
        if name is None:
            continue
        if name in found:
            raise Malformed("file_twice", "Two of the files are the same file of the chip.", reason=name)
        if path.stat().st_size > MAX_BYTES:
            raise Malformed("file_too_large", "A file is larger than a chip's file can be.", reason=path.name)
        found[name] = path.read_bytes()
    if not found:
        raise NotFound("chip_missing", "The folder holds no files of a chip, such as EF_SOD.bin or DG1.bin.")
    return found


def read_trust(path: Path, *, policy: Policy = ICAO) -> TrustStore:
    """A trust store of a file, or of all certificates, revocation lists, master lists and deviation lists in a folder.

    Raises NotFound where there is none, Malformed where one cannot be read, VerificationFailed where a list does not
    hold.
    """
    if path.is_dir():
        files = sorted(found for found in path.iterdir() if found.suffix.lower() in TRUST_SUFFIXES and found.is_file())
    else:
        files = [path]
    if not files or not path.exists():
        raise NotFound(
            "trust_missing", "There are no trust anchors there: CSCA certificates in DER or PEM, or master lists."
        )
    contents: dict[str, bytes] = {}
    for file in files:
        if file.stat().st_size > MAX_TRUST_BYTES:
            raise Malformed("trust_too_large", "A file is larger than trust anchors can be.", reason=file.name)
        contents[file.name] = file.read_bytes()
    return parse_trust_store(contents, policy=policy)


def move_card_folder(source: Path, target: Path) -> None:
    """Afterwards the target holds the card of the source, which is gone; nothing happens where there is no source."""
    if not source.is_dir():
        return
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir(), key=lambda found: (found.name == disk_file_name("EF.SOD"), found.name)):
        path.replace(target / path.name)
    source.rmdir()
