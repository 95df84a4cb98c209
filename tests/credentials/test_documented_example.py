"""The example of docs/credentials.md runs, and prints what the page says."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eid.credentials.mutant_workshop import Workshop
from eid.credentials.mutants import make_key
from eid.crypto.keys import SigningKey
from eid.crypto.x509 import parse_certificate

PAGE = Path(__file__).parent.parent.parent / "docs/credentials.md"


def test_the_mdoc_shown_in_python_is_issued_and_verified(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    shop, holder = Workshop(now, make_key, random.Random(1)), SigningKey(make_key())
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {
        "random": random,
        "now": now,
        "nonce": "n-1",
        "holder_jwk": holder.public_jwk(),
        "holder_key": holder.private_key,
        "signer_key": shop.signer.key,
        "signer_certificate": shop.signer.certificate,
        "root": parse_certificate(shop.root),
    }
    exec(snippet, names)
    [said] = re.findall(r"print\(mdoc\.elements\)  # (.*)", snippet)
    assert capsys.readouterr().out.strip() == said
