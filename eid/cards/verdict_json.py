"""A verdict and a receipt's claims as JSON, put together of pieces: to the octet what `json.dumps` makes of them, without blanks
and in UTF-8. Pure.

Most of a verdict is the same for every card of one signer, and those pieces are kept; what tells of one document is written for
it and kept nowhere. Pieces are octets: one name with accents would make every letter of a text twice as wide.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from eid.cards.document import describe_document
from eid.cards.evidence import ConsultedList, VerificationEvidence
from eid.crypto.evidence import write_evidence
from eid.crypto.passive_auth import STEPS, VerifiedDocument
from eid.crypto.report import Result, Step
from eid.crypto.x509 import Certificate, write_name

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SIGNERS_STEPS = STEPS.index("validity")
"""So many steps come first whose passing tells of the signer and its CSCA alone (eid/crypto/checks/precedents.py)."""
_DOCUMENTS_STEPS = frozenset(("validity", "data_groups", "document_expiry"))
"""Steps after them whose passing tells of the document; that of `revocation` tells of the list, and others have one sentence."""


class WrittenSteps(NamedTuple):
    """JSON without braces."""

    steps: bytes
    """What the `as_dict` of each says, with commas between them."""
    outcomes: bytes
    """Results and codes by step, as a receipt has them."""


def write_json(value: object) -> bytes:
    """Any value in JSON's types."""
    return _ENCODER.encode(value).encode()


def write_document(document: VerifiedDocument) -> bytes:
    """What describe_document says."""
    return write_json(describe_document(document))


def write_verdict(steps: WrittenSteps, document: bytes, receipt: str) -> bytes:
    """The members of an answer about a verified card, without the braces around them."""
    pieces = (steps.steps, document, receipt.encode())
    return b'"verdict":"verified","steps":[%b],"document":%b,"receipt":"%b"' % pieces


def write_receipt_claims(
    verified: VerifiedDocument, document: bytes, steps: WrittenSteps, evidence: VerificationEvidence
) -> bytes:
    """What a receipt says of a verified card, without braces: docs/cards.md has the table. Digests are in hexadecimal, times
    RFC 3339; `document` is what write_document wrote."""
    policy, proved = write_json(evidence.policy), b"true" if verified.chip_proved else b"false"
    pieces = (
        b'"verdict":"verified","verified_at":"%b","policy":%b' % (evidence.at.isoformat().encode(), policy),
        b'"sod_sha256":"%b","document":%b' % (verified.sod_sha256.hex().encode(), document),
        b'"chip_proved":%b,"challenge_sha256":%b' % (proved, _write_challenge(evidence.challenge_id)),
        b'"signer":%b,"csca":%b' % (_write_certificate(verified.signer), _write_certificate(verified.anchor)),
        b'"trust_store_sha256":"%b"' % evidence.trust_sha256.hex().encode(),
        b'"crl":%b' % _write_list(evidence.revocation_list),
        steps.outcomes,
    )
    return b",".join(pieces)


def _write_challenge(challenge_id: str | None) -> bytes:
    return write_json(None if challenge_id is None else hashlib.sha256(challenge_id.encode()).hexdigest())


def write_steps(steps: Sequence[Step]) -> WrittenSteps:
    """Steps as verdict and receipt tell of them."""
    if [step[1] for step in steps[:_SIGNERS_STEPS]].count(Result.PASSED) < _SIGNERS_STEPS:
        kept: list[tuple[object, ...]] = [step[:3] for step in steps]
    else:
        later = steps[_SIGNERS_STEPS:]
        kept = [*steps[:_SIGNERS_STEPS], *[step if _may_be_kept(step) else step[:3] for step in later]]
    told = [_write_told(step) for step, part in zip(steps, kept, strict=True) if step is not part]
    form = _keep_form(tuple(kept))
    return WrittenSteps(form.steps % tuple(told), form.outcomes)


def _may_be_kept(step: Step) -> bool:
    name, result, _code, _detail, evidence = step
    if result is Result.KNOWN_DEVIATION or name in _DOCUMENTS_STEPS:
        return False
    return not evidence or name == "revocation"


@lru_cache(maxsize=1024)
def _keep_form(parts: tuple[tuple[Any, ...], ...]) -> WrittenSteps:
    """Of steps that may be kept, and of the outcomes of all others: `steps` has a place for what is told of each of those."""
    written = []
    for name, result, code, *told in parts:
        begun = write_json({"step": name, "result": str(result), "code": code})[:-1] + b',"detail":'
        rest = _write_told(Step(name, result, code, *told)) if told else None
        written.append((begun + (rest or b"")).replace(b"%", b"%%") + (b"}" if rest else b"%b}"))
    results = {part[0]: str(part[1]) for part in parts}
    codes = {part[0]: part[2] for part in parts if part[2] is not None}
    return WrittenSteps(b",".join(written), write_json({"steps": results, "codes": codes})[1:-1])


def _write_told(step: Step) -> bytes:
    """What a step says besides its outcome."""
    told = write_json(step.detail)
    return b'%b,"evidence":%b' % (told, write_json(write_evidence(step.evidence))) if step.evidence else told


@lru_cache(maxsize=1024)
def _write_certificate(certificate: Certificate) -> bytes:
    digits = f"{certificate.serial:X}"
    return write_json(
        {
            "subject": write_name(certificate.raw_subject),
            "serial": digits.zfill(len(digits) + len(digits) % 2),
            "sha256": hashlib.sha256(certificate.raw).hexdigest(),
        }
    )


@lru_cache(maxsize=32)
def _write_list(crl: ConsultedList | None) -> bytes:
    if crl is None:
        return b"null"
    return write_json(
        {
            "number": crl.number,
            "this_update": crl.this_update.isoformat(),
            "next_update": crl.next_update.isoformat() if crl.next_update else None,
        }
    )
