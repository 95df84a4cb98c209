"""The counter's own verification of papers: each step refuses what it is there for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from eid.samples.papers import verify_paper
from eid.samples.signatures import NotVerified, PublishedKeys

ISSUER, CLINIC, PATIENT = "https://eid.example", "clinic", "patient"
NOW = 1_800_000_000.0
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER = ECKey.generate_key("P-256", {"kid": "k1"})
Make = Callable[..., str]


@pytest.fixture
def keys() -> PublishedKeys:
    """Keys as if they had been fetched just now."""
    found = PublishedKeys("http://127.0.0.1:9/never-asked")
    found._keys = {"k1": KEY.as_dict(private=False)}
    found._fetched_at = time.monotonic()
    return found


@pytest.fixture
def make() -> Make:
    """A paper, changed in what a test names."""

    def make_paper(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
        claims = {
            "iss": ISSUER,
            "aud": CLINIC,
            "sub": PATIENT,
            "iat": int(NOW) - 60,
            "exp": int(NOW) + 240,
            "health_insurance": {"card_code": "DN4797900000000"},
        }
        head = {"alg": "ES256", "typ": "eid-health_insurance+jwt", "kid": "k1"} | (header or {})
        payload = json.dumps({name: value for name, value in (claims | changes).items() if value is not None})
        return jws.serialize_compact(head, payload.encode(), key, algorithms=["ES256", "HS256"])

    return make_paper


def verify(token: str, keys: PublishedKeys, kind: str = "health_insurance") -> Any:
    return verify_paper(token, kind, issuer=ISSUER, client_id=CLINIC, subject=PATIENT, keys=keys, now=NOW)


def test_a_good_paper_is_read_and_each_step_is_told(make: Make, keys: PublishedKeys) -> None:
    content, steps = verify(make(), keys)
    assert content == {"card_code": "DN4797900000000"}
    assert [step.name for step in steps] == ["typ", "key", "signature", "iss", "aud", "sub", "time"]
    assert keys.fetches == 0


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"header": {"typ": "JWT"}}, "typ"),
        ({"header": {"typ": "eid-driving_licence+jwt"}}, "typ"),
        ({"header": {"kid": "k2"}}, "key"),
        ({"key": OTHER}, "signature"),
        ({"header": {"alg": "HS256"}, "key": OctKey.import_key("a" * 64)}, "signature"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"aud": "another clinic"}, "aud"),
        ({"aud": [CLINIC, "another clinic"]}, "aud"),
        ({"sub": "somebody else"}, "sub"),
        ({"exp": int(NOW) - 11}, "time"),
        ({"iat": int(NOW) + 11}, "time"),
        ({"exp": None}, "time"),
        ({"exp": "tomorrow"}, "time"),
        ({"health_insurance": None}, "content"),
    ],
)
def test_a_paper_that_does_not_hold_is_refused_at_its_step(
    make: Make, keys: PublishedKeys, changes: dict[str, Any], step: str
) -> None:
    with pytest.raises(NotVerified) as refused:
        verify(make(**changes), keys)
    assert refused.value.step == step


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.", "ë.b.c"])
def test_what_is_no_token_is_refused(keys: PublishedKeys, token: str) -> None:
    with pytest.raises(NotVerified) as refused:
        verify(token, keys)
    assert refused.value.step in ("typ", "signature")


def test_a_signed_list_is_no_paper(keys: PublishedKeys) -> None:
    header = {"alg": "ES256", "typ": "eid-health_insurance+jwt", "kid": "k1"}
    with pytest.raises(NotVerified) as refused:
        verify(jws.serialize_compact(header, b"[]", KEY), keys)
    assert refused.value.step == "content"
