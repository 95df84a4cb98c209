"""A proof shows one entry, to whoever has the published key, and nothing of any other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eid.audit import AuditEntry
from eid.audit_seal.encoding import EntryFacts, compute_leaf
from eid.audit_seal.models import ENTRY_COLUMNS
from eid.audit_seal.proofs import build_proof, verify_proof
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import generate_signing_key
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from tests.audit_seal.conftest import Log
from tests.engines import one_engine


@pytest.fixture
def proofs(sealed: None) -> list[dict[str, Any]]:
    """Of all six entries, as they travel."""
    return [json.loads(json.dumps(build_proof(entry))) for entry in db.session.scalars(select(AuditEntry.id))]


def published() -> list[dict[str, object]]:
    return [current_keystore().find_signing_key(KeyUse.AUDIT).public_jwk()]


def test_every_entry_can_be_proved(proofs: list[dict[str, Any]]) -> None:
    assert [verify_proof(proof, keys=published()).head["number"] for proof in proofs] == [1, 1, 1, 2, 3, 3]
    assert verify_proof(proofs[0], keys=published()).entry["details"] == {"purpose": "Số 0 ✓"}


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"entry": {"act": "nothing"}}, "inclusion_root"),
    ({"blind": "00" * 32}, "inclusion_root"),
    ({"place": 1}, "inclusion_root"),
    ({"place": 3}, "inclusion_index"),
    ({"place": -1}, "inclusion_index"),
    ({"path": []}, "inclusion_path"),
    ({"batch": "e30.e30.e30"}, "token_signature"),
]


@one_engine
def test_a_proof_of_something_else_is_refused(proofs: list[dict[str, Any]]) -> None:
    for changes, code in OTHERS:
        with pytest.raises(VerificationFailed) as refused:
            verify_proof(proofs[0] | changes, keys=published())
        assert refused.value.code == code, changes


@one_engine
def test_a_proof_signed_by_another_key_is_refused(proofs: list[dict[str, Any]]) -> None:
    with pytest.raises(VerificationFailed) as refused:
        verify_proof(proofs[0], keys=[generate_signing_key().public_jwk()])
    assert refused.value.code == "token_signature"


@pytest.mark.parametrize("rubbish", [None, [], {}, {"blind": "x"}, "text", 5, {"blind": "00", "place": [], "path": 0}])
def test_what_is_no_proof_is_refused(rubbish: Any) -> None:
    with pytest.raises(Malformed) as refused:
        verify_proof(rubbish, keys=[])
    assert refused.value.code == "proof_malformed"


@one_engine
@pytest.mark.parametrize("head", [{}, {"root": "x", "entries": 1}, {"root": "00", "entries": "many"}])
def test_a_signed_head_that_is_none_is_refused(app: Flask, head: dict[str, Any]) -> None:
    key = current_keystore().find_signing_key(KeyUse.AUDIT)
    proof = {"entry": {}, "blind": "", "place": 0, "path": [], "batch": build_jwt(head, key=key, typ="eid-audit+jwt")}
    with pytest.raises(Malformed) as refused:
        verify_proof(proof, keys=published())
    assert refused.value.code == "proof_malformed"


@one_engine
def test_who_has_a_proof_cannot_try_out_what_its_neighbour_says(proofs: list[dict[str, Any]]) -> None:
    """Even somebody who guesses every word of the neighbour cannot tell whether the guess is right."""
    [neighbour] = db.session.execute(select(*ENTRY_COLUMNS).where(AuditEntry.id == proofs[1]["entry"]["id"]))
    guessed = compute_leaf(EntryFacts(*neighbour), salt=bytes.fromhex(proofs[0]["blind"]))
    assert guessed.hex() != proofs[0]["path"][0]
    assert proofs[0]["blind"] != proofs[1]["blind"]


def test_what_is_not_there_or_not_sealed_has_no_proof(app: Flask, log: Log) -> None:
    with pytest.raises(NotFound) as unknown:
        build_proof(99)
    assert unknown.value.code == "audit_entry_unknown"
    log(1)
    with pytest.raises(Conflict) as unsealed:
        build_proof(db.session.scalars(select(AuditEntry.id)).one())
    assert unsealed.value.code == "audit_entry_unsealed"
