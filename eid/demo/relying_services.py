"""The relying services of the demo: the clinic beside it, and the client that load scenarios play.

A client's secret is kept nowhere but in the file that the relying service itself would have; where the file is gone, the service
is registered anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from eid.oauth.clients import register_client
from eid.oauth.models import AuthMethod
from eid.randomness import random_token

CLINIC_FILE = "clinic.json"
LOAD_CLIENT_FILE = "load-client.json"
LOAD_REDIRECT_URI = "http://localhost:8009/callback"
"""Nobody listens there: a scenario's user reads the code out of the redirect."""

PAPERS = ("health_insurance", "driving_licence")
CARD_PAPER = "health_insurance"
"""What the clinic may read in its own name of whoever holds out a card at its counter."""


def prepare_clinic(state_dir: Path, *, issuer: str, clinic_url: str) -> None:
    """Afterwards the clinic is registered and its environment stands in a file; kept while its addresses are the same."""
    path = state_dir / CLINIC_FILE
    if _is_kept(path, CLINIC_ISSUER=issuer, CLINIC_URL=clinic_url, CLINIC_CARD_PAPER=CARD_PAPER):
        return
    registered = register_client(
        name="Phòng khám Đa khoa Thử Nghiệm",
        redirect_uris=[f"{clinic_url}/callback"],
        purpose="Tiếp đón người bệnh và kiểm tra thẻ bảo hiểm y tế",
        auth_method=AuthMethod.SECRET_BASIC,
        scopes=["profile", "identity", *PAPERS],
        required_scopes=["profile"],
        own_scopes=[CARD_PAPER],
    )
    _write_secret(
        path,
        {
            "CLINIC_ISSUER": issuer,
            "CLINIC_URL": clinic_url,
            "CLINIC_CARD_PAPER": CARD_PAPER,  # for us: a clinic that was registered before it took cards is registered anew
            "CLINIC_CLIENT_ID": registered.client.client_id,
            "CLINIC_CLIENT_SECRET": registered.secret,
            "CLINIC_SECRET_KEY": random_token(),
        },
    )


def prepare_load_client(state_dir: Path, *, issuer: str) -> None:
    """Afterwards a client for load scenarios is registered and stands in a file."""
    path = state_dir / LOAD_CLIENT_FILE
    if _is_kept(path, issuer=issuer):
        return
    registered = register_client(
        name="Phòng khám của kịch bản tải",
        redirect_uris=[LOAD_REDIRECT_URI],
        purpose="Tiếp đón người bệnh trong một kịch bản tải",
        scopes=["profile", *PAPERS],
        required_scopes=["profile"],
    )
    _write_secret(
        path,
        {
            "issuer": issuer,
            "client_id": registered.client.client_id,
            "client_secret": registered.secret,
            "redirect_uri": LOAD_REDIRECT_URI,
        },
    )


def _is_kept(path: Path, **expected: str) -> bool:
    if not path.exists():
        return False
    kept = json.loads(path.read_text())
    return all(kept.get(name) == value for name, value in expected.items())


def _write_secret(path: Path, content: Mapping[str, str | None]) -> None:
    """Whole or not at all, and for its owner alone."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(content, indent=1))
    unfinished.replace(path)
