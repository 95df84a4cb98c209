"""Proof that one entry was sealed, for somebody who has neither the log nor a reason to believe whoever keeps it.

The proof is one JSON document; who checks it needs the published audit key besides, and nothing of ours: docs/security.md says
how. It shows the entry and hashes, and because leaves are blinded, the hashes say nothing about other entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from eid.audit import AuditEntry
from eid.audit_seal.encoding import TYP, EntryFacts, derive_blind, describe_entry, encode_entry
from eid.audit_seal.models import ENTRY_COLUMNS, AuditBatch
from eid.crypto.jwt import verify_signature
from eid.crypto.merkle import build_inclusion_path, hash_leaf, verify_inclusion
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.late_dataclasses import frozen


@frozen
class VerifiedEntry:
    """An entry that was sealed, and the head of its batch as signed."""

    entry: Mapping[str, Any]
    head: Mapping[str, Any]


def build_proof(entry_id: int) -> dict[str, Any]:
    """The proof of an entry: the entry, its blind, its place, the path to the root, and the signed head.

    Raises NotFound: audit_entry_unknown; Conflict: audit_entry_unsealed.
    """
    row = db.session.execute(
        select(*ENTRY_COLUMNS, AuditEntry.batch, AuditEntry.place).where(AuditEntry.id == entry_id)
    ).one_or_none()
    if row is None:
        raise NotFound(
            "audit_entry_unknown", "The log has no such entry; what is older than five years may be dropped."
        )
    if row.batch is None:
        raise Conflict("audit_entry_unsealed", "The entry is not sealed yet; try again in a second.")
    batch = db.session.get_one(AuditBatch, row.batch)
    leaves = db.session.scalars(
        select(AuditEntry.leaf).where(AuditEntry.batch == row.batch).order_by(AuditEntry.place)
    ).all()
    path = build_inclusion_path([leaf or b"" for leaf in leaves], row.place)
    return {
        "entry": describe_entry(EntryFacts(*row[: len(ENTRY_COLUMNS)])),
        "blind": derive_blind(batch.salt, entry_id).hex(),
        "place": row.place,
        "path": [step.hex() for step in path],
        "batch": batch.signature,
    }


def verify_proof(proof: Any, *, keys: Sequence[Mapping[str, Any]]) -> VerifiedEntry:
    """That an entry was sealed, from a proof and published keys alone.

    1. The proof has its five members.
    2. The head of the batch is signed by one of the keys.
    3. The blinded entry is the leaf at its place under the root that the head names.

    Raises Malformed: proof_malformed; VerificationFailed: as verify_signature and verify_inclusion.
    """
    # (1)
    try:
        blind, place = bytes.fromhex(proof["blind"]), int(proof["place"])
        leaf = hash_leaf(blind + encode_entry(proof["entry"]))
        path, token = [bytes.fromhex(step) for step in proof["path"]], str(proof["batch"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("proof_malformed", "This is no proof of an entry.", reason=str(error)) from error
    # (2)
    head = verify_signature(token, keys=keys, expected_typ=TYP).claims
    # (3)
    root, size = _read_tree(head)
    verify_inclusion(leaf, index=place, size=size, path=path, expected_root=root)
    return VerifiedEntry(proof["entry"], head)


def _read_tree(head: Mapping[str, Any]) -> tuple[bytes, int]:
    try:
        return bytes.fromhex(head["root"]), int(head["entries"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("proof_malformed", "This is no proof of an entry.", reason=str(error)) from error
