"""A verdict and a receipt's claims as JSON, put together of pieces: to the letter what `json.dumps` makes of them, without
blanks and with letters as they are. Pure.

Most of a verdict is the same for every card of one signer, and those pieces are kept; what tells of one document is written for
it and kept nowhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache

from eid.cards.document import describe_document
from eid.cards.evidence import ConsultedList, VerificationEvidence
from eid.crypto.evidence import write_evidence
from eid.crypto.passive_auth import STEPS, VerifiedDocument
from eid.crypto.report import Result, Step
from eid.crypto.x509 import Certificate, write_name

write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Any value in JSON's types."""

_OF_THE_SIGNER = frozenset((*STEPS[: STEPS.index("validity")], "revocation"))
"""Steps whose passing tells of the signer, its CSCA and their list alone (eid/crypto/checks/precedents.py)."""


def write_document(document: VerifiedDocument) -> str:
    """What describe_document says."""
    return write_json(describe_document(document))


def write_verdict(steps: Sequence[Step], document: str, receipt: str) -> str:
    """The members of an answer about a verified card, without the braces around them."""
    told = ",".join([_write_step(step) for step in steps])
    return f'"verdict":"verified","steps":[{told}],"document":{document},"receipt":{write_json(receipt)}'


def write_receipt_claims(
    verified: VerifiedDocument, document: str, steps: Sequence[Step], evidence: VerificationEvidence
) -> str:
    """What a receipt says of a verified card, without braces: docs/cards.md has the table. Digests are in hexadecimal, times
    RFC 3339; `document` is what write_document wrote."""
    results = {step[0]: _write_result(step[0], step[1]) for step in steps}
    codes = {step[0]: _write_code(step[0], step[2]) for step in steps if step[2] is not None}
    return ",".join(
        (
            f'"verdict":"verified","verified_at":"{evidence.at.isoformat()}","policy":{write_json(evidence.policy)}',
            f'"sod_sha256":"{verified.sod_sha256.hex()}","document":{document}',
            f'"chip_proved":{write_json(verified.chip_proved)},"challenge_sha256":{_digest(evidence.challenge_id)}',
            f'"signer":{_write_certificate(verified.signer)},"csca":{_write_certificate(verified.anchor)}',
            f'"trust_store_sha256":"{evidence.trust_sha256.hex()}","crl":{_write_list(evidence.revocation_list)}',
            f'"steps":{{{",".join(results.values())}}},"codes":{{{",".join(codes.values())}}}',
        )
    )


def _digest(challenge_id: str | None) -> str:
    return "null" if challenge_id is None else f'"{hashlib.sha256(challenge_id.encode()).hexdigest()}"'


def _write_step(step: Step) -> str:
    """What the step's `as_dict` says."""
    if step[1] is Result.PASSED and step[0] in _OF_THE_SIGNER:
        return _keep_step(step)
    return _put_step_together(step)


@lru_cache(maxsize=1024)
def _keep_step(step: Step) -> str:
    return _put_step_together(step)


def _put_step_together(step: Step) -> str:
    name, result, code, detail, evidence = step
    more = f',"evidence":{write_json(write_evidence(evidence))}' if evidence else ""
    return f'{_write_outcome(name, result, code)},"detail":{write_json(detail)}{more}}}'


@lru_cache(maxsize=1024)
def _write_outcome(name: str, result: Result, code: str | None) -> str:
    """The beginning of a step: of names that are written in the code, and of nothing else."""
    return write_json({"step": name, "result": str(result), "code": code})[:-1]


@lru_cache(maxsize=256)
def _write_result(name: str, result: Result) -> str:
    return f"{write_json(name)}:{write_json(str(result))}"


@lru_cache(maxsize=1024)
def _write_code(name: str, code: str) -> str:
    return f"{write_json(name)}:{write_json(code)}"


@lru_cache(maxsize=1024)
def _write_certificate(certificate: Certificate) -> str:
    digits = f"{certificate.serial:X}"
    return write_json(
        {
            "subject": write_name(certificate.raw_subject),
            "serial": digits.zfill(len(digits) + len(digits) % 2),
            "sha256": hashlib.sha256(certificate.raw).hexdigest(),
        }
    )


@lru_cache(maxsize=32)
def _write_list(crl: ConsultedList | None) -> str:
    if crl is None:
        return "null"
    return write_json(
        {
            "number": crl.number,
            "this_update": crl.this_update.isoformat(),
            "next_update": crl.next_update.isoformat() if crl.next_update else None,
        }
    )
