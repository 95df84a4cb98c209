"""The virtual reader of demo cards: reads a card's folder and lets its chip answer.

The private keys in chip_keys.json would never leave a real chip; here they stand for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eid.cards.chip.contents import ChipContents
from eid.cards.folder import CHIP_KEYS, read_chip_folder
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import PrivateKey
from eid.crypto.chip_access import CanPassword
from eid.errors import Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.randomness import system_rng


@frozen
class DemoCard:
    files: Mapping[str, bytes]
    """By name: EF.SOD, EF.DG1, …"""
    _key: PrivateKey = field(repr=False)

    def answer_challenge(self, challenge: bytes) -> bytes:
        """What the chip answers to active authentication."""
        return build_chip_answer(self._key, challenge, rng=system_rng())


def read_demo_card(directory: Path) -> DemoCard:
    """The card in a folder that write_card_folder made. Raises NotFound where there is none, Malformed where it is damaged."""
    files = read_chip_folder(directory)
    path = directory / CHIP_KEYS
    if not path.is_file():
        raise NotFound("chip_keys_missing", "The folder holds no chip_keys.json, so its chip cannot answer.")
    return DemoCard(files, parse_chip_keys(path.read_bytes()))


def read_chip_contents(directory: Path, *, can: str | None = None) -> ChipContents:
    """What the chip in a folder holds. Without chip_keys.json it has no keys: a copy, which cannot prove to be none.

    Raises NotFound where there is no card, Malformed where it is damaged or `can` is no card access number.
    """
    files, path = read_chip_folder(directory), directory / CHIP_KEYS
    keys = path.read_bytes() if path.is_file() else b"{}"
    return ChipContents(
        files,
        active_authentication=_parse_key(keys, "active_authentication", PrivateKey),
        chip_authentication=_parse_key(keys, "chip_authentication", ec.EllipticCurvePrivateKey),
        given_can=None if can is None else CanPassword(can),
    )


def parse_chip_keys(content: bytes) -> PrivateKey:
    """The active-authentication key of a chip_keys.json. Raises Malformed."""
    key: PrivateKey | None = _parse_key(content, "active_authentication", PrivateKey)
    if key is None:
        raise _malformed("no key")
    return key


def _parse_key(content: bytes, use: str, kind: Any) -> Any:
    """The private key for this use; None where the chip has none for it. Raises Malformed."""
    try:
        text = json.loads(content).get(use, "")
        key = load_pem_private_key(text.encode(), password=None) if text != "" else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UnsupportedAlgorithm) as error:
        raise _malformed(type(error).__name__) from error
    if key is not None and not isinstance(key, kind):
        raise _malformed("a key of another kind")
    return key


def _malformed(reason: str) -> Malformed:
    return Malformed("chip_keys_malformed", "The chip's keys cannot be read.", reason=reason)
