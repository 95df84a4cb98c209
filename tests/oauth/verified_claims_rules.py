"""What a verified_claims answer must be: the rules of OpenID Identity Assurance Schema Definition 1.0, written down by hand."""

from __future__ import annotations

import base64
import re
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
EVIDENCE_TYPES = {"document", "electronic_record", "vouch", "electronic_signature"}
TEXTS = {"type", "document_number", "serial_number", "personal_number"}


def check_verified_claims(given: Any) -> None:
    """AssertionError unless this is one element, or several, each with a verification and claims and nothing else."""
    for element in given if isinstance(given, list) else [given]:
        assert set(element) == {"verification", "claims"}
        assert element["claims"] and all(value is not None for value in element["claims"].values())
        check_verification(element["verification"])


def check_verification(verification: dict[str, Any]) -> None:
    assert isinstance(verification["trust_framework"], str)
    for name in ("assurance_level", "verification_process"):
        assert isinstance(verification.get(name, ""), str)
    assert MOMENT.fullmatch(verification.get("time", "2026-01-01T00:00:00Z"))
    if "evidence" in verification:
        assert isinstance(verification["evidence"], list) and verification["evidence"]
        for evidence in verification["evidence"]:
            check_evidence(evidence)


def check_evidence(evidence: dict[str, Any]) -> None:
    assert evidence["type"] in EVIDENCE_TYPES
    for check in evidence.get("check_details", []):
        assert isinstance(check["check_method"], str)
        assert all(isinstance(check.get(name, ""), str) for name in ("organization", "txn", "check_id"))
        assert MOMENT.fullmatch(check.get("time", "2026-01-01T00:00:00Z"))
    assert "check_details" not in evidence or evidence["check_details"]
    for name in ("document_details", "document"):
        check_document(evidence.get(name, {"type": "idcard"}))


def check_document(document: dict[str, Any]) -> None:
    assert isinstance(document["type"], str)
    assert all(isinstance(document[name], str) for name in TEXTS & set(document))
    for name in ("date_of_issuance", "date_of_expiry"):
        assert DAY.fullmatch(document.get(name, "2026-01-01"))
    if "digest" in document:
        assert document["digest"]["alg"] == "sha-256"
        assert len(base64.b64decode(document["digest"]["value"], validate=True)) == 32
