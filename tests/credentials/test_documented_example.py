"""The examples of docs/credentials.md run, and print what the page says; its whole programs are tried in tests/flows."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eid.credentials.mdoc_mutants import mdoc_mutants
from eid.credentials.mutant_workshop import OCCASION, Workshop
from eid.credentials.mutants import make_key
from eid.crypto.keys import SigningKey
from eid.crypto.trust_entries import TrustedAuthority, TrustEntry, TrustKind, TrustList
from eid.crypto.trust_list import build_trust_list
from eid.crypto.x509 import parse_certificate

PAGE = Path(__file__).parent.parent.parent / "docs/credentials.md"


def find_snippet(what: str) -> str:
    [found] = [each for each in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if what in each]
    return found


def test_the_mdoc_shown_in_python_is_issued_and_verified(capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    shop, holder = Workshop(now, make_key, random.Random(1)), SigningKey(make_key())
    snippet = find_snippet("build_device_response(")
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


def test_an_mdoc_that_was_shown_is_verified_from_the_pinned_trust_list_on(capsys: pytest.CaptureFixture[str]) -> None:
    now, key = datetime.now(UTC).replace(microsecond=0), SigningKey(make_key())
    shop = Workshop(now, make_key, random.Random(1))
    root = TrustEntry(TrustKind.IACA_ROOT, since=now, certificate=shop.root)
    content = TrustList(
        "https://issuer.example",
        1,
        now,
        now + timedelta(days=7),
        (key.kid,),
        (TrustedAuthority("Deck", (), None, [root]),),
    )
    names = {
        "trust_list": build_trust_list(content, key=key),
        "pin": key.kid,
        "audience": OCCASION.audience,
        "nonce": OCCASION.nonce,
        "response_uri": "https://verifier.example/answer",
        "answer": next(each for each in mdoc_mutants(shop) if each.name == "mdoc_good").data,
    }
    exec(find_snippet("trusted.find_entries("), names)
    assert capsys.readouterr().out == "True\n"
