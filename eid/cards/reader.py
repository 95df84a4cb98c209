"""The virtual reader of demo cards: reads a card's folder and lets its chip answer challenges.

The private keys in chip_keys.json would never leave a real chip; here they stand for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eid.cards.folder import CHIP_KEYS, read_chip_folder
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import PrivateKey
from eid.errors import Malformed, NotFound
from eid.randomness import system_rng


@dataclass(frozen=True)
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


def parse_chip_keys(content: bytes) -> PrivateKey:
    """The active-authentication key of a chip_keys.json. Raises Malformed."""
    try:
        key = load_pem_private_key(json.loads(content)["active_authentication"].encode(), password=None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UnsupportedAlgorithm) as error:
        raise Malformed(
            "chip_keys_malformed", "The chip's keys cannot be read.", reason=type(error).__name__
        ) from error
    if not isinstance(key, PrivateKey):
        raise Malformed("chip_keys_malformed", "The chip's keys cannot be read.")
    return key
