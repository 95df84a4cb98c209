"""A deck of broken credentials: mdocs, SD-JWT VCs, status lists and offline codes that are wrong in one way each, with the step
and the code that must refuse them. Pure.

The deck has an authority of its own, so it needs nobody's keys. Who verifies credentials tests itself with it: what is named
`…_good…` must be accepted, and every other one refused.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.credentials.mdoc_mutants import mdoc_mutants
from eid.credentials.mutant_workshop import (
    DOC_TYPE,
    ISSUER,
    LIST_URI,
    OCCASION,
    VCT,
    MakeKey,
    Mutant,
    Workshop,
)
from eid.credentials.offline_mutants import offline_mutants
from eid.credentials.status_list_mutants import status_list_mutants
from eid.credentials.vc_mutants import vc_mutants
from eid.late_dataclasses import frozen

__all__ = ["Deck", "Mutant", "build_deck", "make_key"]


@frozen
class Deck:
    mutants: tuple[Mutant, ...]
    root: bytes
    """The one certificate to trust, in DER."""
    list_key: Mapping[str, Any]
    """The key of the status lists and of the offline codes, a JSON Web Key."""
    transcript: bytes
    """The session in which the mdocs are shown."""
    at: datetime
    """When everything is shown."""

    def describe(self) -> dict[str, Any]:
        """What a verifier must know to judge the deck, and what it must say of each; in JSON's types."""
        return {
            "at": self.at.isoformat(),
            "doc_type": DOC_TYPE,
            "session_transcript": self.transcript.hex(),
            "vct": VCT,
            "issuer": ISSUER,
            "audience": OCCASION.audience,
            "nonce": OCCASION.nonce,
            "status_list": LIST_URI,
            "status_list_key": dict(self.list_key),
            "expected": {
                each.name: {"form": each.form, "what": each.what, "step": each.step, "code": each.code}
                for each in self.mutants
            },
        }


def make_key() -> ec.EllipticCurvePrivateKey:
    """A new key of P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def build_deck(*, at: datetime, make_key: MakeKey, rng: random.Random) -> Deck:
    """The deck as shown at `at`, which is aware and a whole second."""
    shop = Workshop(at, make_key, rng)
    mutants = (*mdoc_mutants(shop), *vc_mutants(shop), *status_list_mutants(shop), *offline_mutants(shop))
    return Deck(mutants, shop.root, shop.list_key.public_jwk(), shop.transcript, at)
