"""A card presented to a reader: what its chip says, and what each step of its verification found, for somebody to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eid.audit import ActorKind, record_act, record_disclosure
from eid.cards.document import find_portrait
from eid.cards.models import CardChallenge
from eid.cards.reader import DemoCard
from eid.cards.receipts import CARD_ATTRIBUTES
from eid.cards.verification import (
    CardVerification,
    open_challenge,
    verify_card,
    verify_card_without_chip,
)
from eid.crypto.dg2 import Portrait
from eid.crypto.lds import COM
from eid.crypto.passive_auth import VerifiedDocument
from eid.crypto.policy import Policy
from eid.crypto.report import Result, Step
from eid.db import db
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen


@frozen
class CardInspection:
    """What was found on a card. What a refused card says is not shown to anybody: nobody vouches for it."""

    files: tuple[str, ...]
    """What was read, by name."""
    steps: tuple[Step, ...]
    policy: str
    document: VerifiedDocument | None
    """None where the card was refused."""
    portrait: Portrait | None
    refusal: VerificationFailed | None


@frozen
class CardReader:
    """Who reads the card: whose own it must be, where that matters, and who is told of in the audit log, where somebody is."""

    expected_person_id: int | None = None
    officer: int | None = None
    """The account of the officer at whose desk the card is read."""


def inspect_card_at_reader(card: DemoCard, *, policy: Policy, reader: CardReader) -> CardInspection:
    """What a card held to our reader says, its chip asked; committed. Raises Malformed where it holds no chip's files."""
    drawn: CardChallenge = open_challenge()
    response = card.answer_challenge(drawn.challenge)
    try:
        found = verify_card(
            card.files,
            challenge_id=drawn.id,
            response=response,
            expected_person_id=reader.expected_person_id,
            policy=policy,
        )
    except VerificationFailed as refusal:
        return _conclude(card.files, policy, reader, refusal=refusal)
    return _conclude(card.files, policy, reader, found=found)


def inspect_card_files(files: Mapping[str, bytes], *, policy: Policy, reader: CardReader) -> CardInspection:
    """What files of a card say, its chip not asked; nothing of them is kept. Committed. Raises Malformed: as name_files."""
    try:
        found = verify_card_without_chip(files, expected_person_id=reader.expected_person_id, policy=policy)
    except VerificationFailed as refusal:
        return _conclude(files, policy, reader, refusal=refusal)
    return _conclude(files, policy, reader, found=found)


def _conclude(
    files: Mapping[str, bytes],
    policy: Policy,
    reader: CardReader,
    *,
    found: CardVerification | None = None,
    refusal: VerificationFailed | None = None,
) -> CardInspection:
    if reader.officer is not None:
        _record_inspection(reader.officer, found, refusal)
    db.session.commit()
    steps = found.steps if found else tuple(_read_steps(refusal))
    document = found.document if found else None
    portrait = find_portrait(document) if document else None
    return CardInspection(tuple(sorted(files, key=_in_order)), steps, policy.name, document, portrait, refusal)


def _record_inspection(officer: int, found: CardVerification | None, refusal: VerificationFailed | None) -> None:
    """Whose card it was is known only where it was verified."""
    by: dict[str, Any] = {"actor_kind": ActorKind.OFFICER, "actor": officer}
    result: dict[str, Any] = {"result": "refused" if refusal else "verified", "code": refusal.code if refusal else None}
    if found is None:
        record_act("inspect_card_at_desk", **by, **result)
    else:
        attributes = CARD_ATTRIBUTES
        record_disclosure(
            "inspect_card_at_desk", person_id=found.person_id, attributes=attributes, purpose="", **by, **result
        )


def _read_steps(refusal: VerificationFailed | None) -> list[Step]:
    told: object = refusal.evidence.get("steps") if refusal else None
    found = told if isinstance(told, list) else []
    return [Step(step["step"], Result(step["result"]), step["code"], step["detail"]) for step in found]


def _in_order(name: str) -> tuple[bool, int, str]:
    """EF.COM and its like first, then data groups by number."""
    digits = "".join(filter(str.isdigit, name))
    return (name != COM and bool(digits), int(digits or 0), name)
