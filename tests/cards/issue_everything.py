"""All that an authority issues under one choice of settings, in a folder: what the oracles look at.

A card under the first CSCA; then its key is rolled over, a card under the second, and one whose signer is revoked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from eid.cards import authority
from eid.cards.models import RevocationReason
from eid.cards.revocation import revoke_signer
from eid.cards.service import issue_card
from eid.clock import advance_world, world_now
from eid.config import Settings
from eid.crypto.key_kinds import CurveParameters, KeyKind, Padding
from eid.crypto.lds import SOD
from eid.crypto.sod import parse_sod
from eid.db import db
from tests.conftest import make_settings, running_app
from tests.people import HOA, MINH, record_one

CHOICES: dict[str, dict[str, object]] = {
    "default": {},
    "rsa-pss": {
        "csca_key": KeyKind.RSA_4096,
        "signer_key": KeyKind.RSA_3072,
        "rsa_padding": Padding.PSS,
        "chip_key": KeyKind.RSA_2048,
    },
    "rsa-pkcs1": {"csca_key": KeyKind.RSA_3072, "signer_key": KeyKind.RSA_2048, "rsa_padding": Padding.PKCS1},
    "rsa-csca": {"csca_key": KeyKind.RSA_3072, "signer_key": KeyKind.P_256},
    "p256": {"csca_key": KeyKind.P_256, "signer_key": KeyKind.P_256},
    "p384": {"csca_key": KeyKind.P_384, "signer_key": KeyKind.P_384},
    "bp256": {
        "csca_key": KeyKind.BRAINPOOL_P256R1,
        "signer_key": KeyKind.BRAINPOOL_P256R1,
        "chip_key": KeyKind.BRAINPOOL_P256R1,
    },
    "bp384": {"csca_key": KeyKind.BRAINPOOL_P384R1, "signer_key": KeyKind.BRAINPOOL_P384R1},
    "bp512": {"csca_key": KeyKind.BRAINPOOL_P512R1, "signer_key": KeyKind.BRAINPOOL_P512R1},
    "explicit-nist": {"curve_parameters": CurveParameters.EXPLICIT},
    "explicit-brainpool": {
        "csca_key": KeyKind.BRAINPOOL_P384R1,
        "signer_key": KeyKind.BRAINPOOL_P256R1,
        "curve_parameters": CurveParameters.EXPLICIT,
    },
}
"""Every kind of key in every role that it may have, both paddings, both ways to write a curve."""


@dataclass(frozen=True)
class Everything:
    name: str
    published: Mapping[str, bytes]
    """By the names of their files, at the end."""
    first: Mapping[str, bytes]
    """The files of a card under the first CSCA."""
    second: Mapping[str, bytes]
    revoked: Mapping[str, bytes]
    """Of one whose signer was revoked after it was issued."""
    at: datetime
    """When all this is looked at."""
    chip_keys: Mapping[str, str]
    """Of the second card."""

    @property
    def certificates(self) -> dict[str, bytes]:
        """Every certificate, by file name or by what it signs."""
        cards = {"signer-1": self.first, "signer-2": self.second, "signer-revoked": self.revoked}
        found = {name: data for name, data in self.published.items() if name.endswith(".cer")}
        return found | {name: parse_sod(files[SOD]).certificates[0].raw for name, files in cards.items()}


def issue_everything(name: str, database_url: str, state_dir: Path) -> Everything:
    """What is issued under the choice of this name, in an empty database."""
    settings: Settings = make_settings(state_dir, database_url, **CHOICES[name])
    with running_app(settings):
        record_one(HOA)
        record_one(MINH)
        db.session.commit()
        first = issue_card(MINH["pin"])
        advance_world(timedelta(days=365 * 5 + 30))
        revoked = issue_card(HOA["pin"])
        serial = revoked.card.signer_serial
        assert serial is not None
        revoke_signer(serial, reason=RevocationReason.KEY_COMPROMISE)
        second = issue_card(HOA["pin"])
        published = authority.list_publications()
        return Everything(name, published, first.files, second.files, revoked.files, world_now(), second.chip_keys)
