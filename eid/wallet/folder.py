"""The folder in which the wallet keeps what it holds: a file each, readable by its owner alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from eid.crypto.keys import SigningKey, parse_signing_key
from eid.errors import Malformed, NotFound
from eid.key_files import write_once
from eid.late_dataclasses import frozen
from eid.wallet.held import Held


@frozen
class Kept:
    """A credential in the folder."""

    name: str
    held: Held
    times_shown: int = 0
    """Copies of one paper are shown once each while there are any, so that verifiers cannot compare (OpenID4VCI, 15.6.2)."""


class WalletFolder:
    """Credentials by name: the configuration's, and a number."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, held: Held) -> str:
        """Afterwards the credential is kept; returns its name."""
        number = 1 + max((_number_of(path) for path in self._paths(held.configuration)), default=0)
        name = f"{held.configuration}-{number}"
        write_once(self.path / f"{name}.json", _write(Kept(name, held)))
        return name

    def list_kept(self) -> list[Kept]:
        """Everything that is kept, by configuration, what was never shown before what was."""
        found = [self._read(path) for path in self._paths("*")]
        return sorted(found, key=lambda kept: (kept.held.configuration, kept.times_shown, len(kept.name), kept.name))

    def find(self, name: str) -> Kept:
        """Raises NotFound: credential_unknown."""
        found = next((kept for kept in self.list_kept() if kept.name == name), None)
        if found is None:
            raise NotFound("credential_unknown", "The wallet holds nothing of this name; see `eid wallet list`.")
        return found

    def mark_shown(self, kept: Kept) -> None:
        """Afterwards it counts as shown once more."""
        path = self.path / f"{kept.name}.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(_write(replace(kept, times_shown=kept.times_shown + 1)))
        unfinished.replace(path)

    def _paths(self, configuration: str) -> list[Path]:
        return sorted(self.path.glob(f"{configuration}-*.json"))

    def _read(self, path: Path) -> Kept:
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
            key = parse_signing_key(str(found["key"]).encode())
            held = Held(found["format"], found["credential"], key, found["configuration"], found["issuer"])
            return Kept(path.stem, held, int(found["times_shown"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed("wallet_malformed", "A file of the wallet cannot be read.", reason=path.name) from error


def _write(kept: Kept) -> bytes:
    held = kept.held
    content = {
        "format": held.format,
        "configuration": held.configuration,
        "issuer": held.issuer,
        "credential": held.credential,
        "key": _pem(held.key),
        "times_shown": kept.times_shown,
    }
    return json.dumps(content, indent=1).encode()


def _pem(key: SigningKey) -> str:
    return key.to_pem().decode("ascii")


def _number_of(path: Path) -> int:
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
