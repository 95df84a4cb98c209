"""A deck of broken credentials as files."""

from __future__ import annotations

import json
from pathlib import Path

from eid.credentials.mutants import Deck

_ENDINGS = {"mso_mdoc": "cbor", "dc+sd-jwt": "txt", "statuslist+jwt": "jwt", "statuslist+cwt": "cwt", "eid1": "txt"}


def write_credential_deck(deck: Deck, directory: Path) -> None:
    """Afterwards the directory holds one file a credential, root.der, and deck.json, last: the terms, and what is expected."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "root.der").write_bytes(deck.root)
    described = deck.describe()
    for mutant in deck.mutants:
        name = f"{mutant.name}.{_ENDINGS[mutant.form]}"
        (directory / name).write_bytes(mutant.data)
        described["expected"][mutant.name]["file"] = name
    (directory / "deck.json").write_text(json.dumps(described, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
