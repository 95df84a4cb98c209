"""Verifying a card of ours: the chip's files, its answer to a fresh challenge, and its state in the register of cards.

A card whose signatures hold may still be revoked, withheld, replaced, lost or expired: then it proves nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update

from eid.cards.evidence import EvidentTrust, VerificationEvidence, build_trust
from eid.cards.lifecycle import state_on
from eid.cards.models import UNUSABLE, Card, CardChallenge, CardState
from eid.cards.revocation import AuthorityState, find_authority_state, write_lists
from eid.cards.signing_keys import encode
from eid.clock import wall_now, world_now, world_today
from eid.crypto.active_auth import CHALLENGE_BYTES
from eid.crypto.lds import parse_file_name
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import STRICT, Policy
from eid.crypto.report import Result, Step
from eid.crypto.tlv import MAX_BYTES
from eid.db import db, run, table_of
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.prepared import Prepared
from eid.randomness import random_bytes, random_token

CHALLENGE_LASTS = timedelta(minutes=5)
DRAWN_PER_SWEEP = 32
"""For so many challenges drawn, on average, the old ones are deleted once."""
MAX_FILES = 20
"""EF.SOD, EF.COM, EF.CardAccess and sixteen data groups, and one to spare."""
FOUND_AT_ONCE = 32
"""Cards that are looked up by one statement, whose text is always the same: fewer are asked for several times."""

Given = TypeVar("Given")
Found = TypeVar("Found")

_CHALLENGES, _CARDS = table_of(CardChallenge), table_of(Card)
_DRAWING = Prepared(insert(_CHALLENGES).inline())
_SWEEP = Prepared(delete(_CHALLENGES).where(_CHALLENGES.c.expires_at < bindparam("before")))
_USING = Prepared(
    update(_CHALLENGES)
    .where(
        _CHALLENGES.c.id == bindparam("challenge_id"),
        _CHALLENGES.c.used_at.is_(None),
        _CHALLENGES.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(_CHALLENGES.c.challenge)
)
_FOUND_CARDS = select(*_CARDS.c["sod_sha256", "id", "person_id", "state", "expires_on"])
_FINDING_CARD = Prepared(_FOUND_CARDS.where(_CARDS.c.sod_sha256 == bindparam("digest")))
_DIGESTS = [f"digest_{number}" for number in range(FOUND_AT_ONCE)]
_FINDING_CARDS = Prepared(
    _FOUND_CARDS.where(_CARDS.c.sod_sha256.in_([bindparam(name, type_=_CARDS.c.sod_sha256.type) for name in _DIGESTS]))
)


@frozen
class CardVerification:
    """A card of ours that is good today; `document.chip_proved` says whether its chip answered."""

    card_id: int
    person_id: int
    document: VerifiedDocument
    steps: tuple[Step, ...]
    evidence: VerificationEvidence


def open_challenge() -> CardChallenge:
    """Afterwards there is a challenge that one chip may answer once within five minutes; committed."""
    now = wall_now()
    drawn = {"id": random_token(), "challenge": random_bytes(CHALLENGE_BYTES), "expires_at": now + CHALLENGE_LASTS}
    if random_bytes(1)[0] < 256 // DRAWN_PER_SWEEP:
        run(_SWEEP, {"before": now - CHALLENGE_LASTS})
    run(_DRAWING, drawn)
    db.session.commit()
    return CardChallenge(**drawn)


def verify_card(
    files: Mapping[str, bytes],
    *,
    challenge_id: str,
    response: bytes,
    expected_person_id: int | None = None,
    policy: Policy = STRICT,
) -> CardVerification:
    """A card of this service of which all of this holds; the caller's transaction commits that its challenge is used.

    1. The challenge was drawn here, is not older than five minutes and was never used; now it is.
    2. Passive and active authentication hold (eid.crypto.passive_auth), at the world's time, against every CSCA of this
       service and its revocation lists.
    3. The card, known by the SHA-256 of its EF.SOD, is ours, and active today.
    4. It is that of the expected person, where one is expected.

    Raises VerificationFailed with the step and all steps as evidence, Malformed where the files are not a chip's; then the
    caller's changes are rolled back and the challenge is used up, committed.
    """
    try:
        named = name_files(files)
        # (1)
        answer = ChipAnswer(_use_challenge(challenge_id), response)
        # (2) to (4)
        return _verify(named, answer, challenge_id, expected_person_id, policy)
    except (VerificationFailed, Malformed):
        db.session.rollback()
        _mark_used(challenge_id)
        db.session.commit()
        raise


def verify_card_without_chip(
    files: Mapping[str, bytes], *, expected_person_id: int | None = None, policy: Policy = STRICT
) -> CardVerification:
    """A card of which steps 2 to 4 of verify_card hold, but for active authentication: its chip was not asked.

    A copy of the files passes too, so whoever relies on it must know the card otherwise. Raises as verify_card.
    """
    return _verify(name_files(files), None, None, expected_person_id, policy)


def _verify(
    named: Mapping[str, bytes],
    answer: ChipAnswer | None,
    challenge_id: str | None,
    expected_person_id: int | None,
    policy: Policy,
) -> CardVerification:
    trust, now = current_trust(), world_now()
    # (2)
    document = verify_document(named, trust_store=trust.store, policy=policy, at=now, chip_answer=answer)
    # (3) and (4)
    card = run(_FINDING_CARD, {"digest": document.sod_sha256}).first()
    evidence = VerificationEvidence(policy.name, now, challenge_id, trust.sha256, trust.find_consulted_list(document))
    return _judge(document, card, evidence, expected_person_id, world_today())


def verify_cards_without_chip(
    uploads: Sequence[Mapping[str, bytes]], *, policy: Policy = STRICT
) -> list[CardVerification | VerificationFailed | Malformed]:
    """What verify_card_without_chip answers or raises for each, in their order, against one reading of trust and cards."""
    trust, now, today = current_trust(), world_now(), world_today()

    def verify(files: Mapping[str, bytes]) -> VerifiedDocument:
        return verify_document(name_files(files), trust_store=trust.store, policy=policy, at=now)

    def judge(document: VerifiedDocument) -> CardVerification:
        evidence = VerificationEvidence(policy.name, now, None, trust.sha256, trust.find_consulted_list(document))
        return _judge(document, cards.get(document.sod_sha256), evidence, None, today)

    documents = [_try(verify, files) for files in uploads]
    digests = {document.sod_sha256 for document in documents if isinstance(document, VerifiedDocument)}
    cards = _find_cards(sorted(digests))
    return [_try(judge, found) if isinstance(found, VerifiedDocument) else found for found in documents]


def _find_cards(digests: Sequence[bytes]) -> dict[bytes, Any]:
    """Rows of the register by the digest of EF.SOD, of those that were issued here."""
    found: dict[bytes, Any] = {}
    for at in range(0, len(digests), FOUND_AT_ONCE):
        few = digests[at : at + FOUND_AT_ONCE]
        asked = [*few, *[few[0]] * (FOUND_AT_ONCE - len(few))]
        found |= {card.sod_sha256: card for card in run(_FINDING_CARDS, dict(zip(_DIGESTS, asked, strict=True)))}
    return found


def _try(act: Callable[[Given], Found], given: Given) -> Found | VerificationFailed | Malformed:
    """What it answers, or its refusal."""
    try:
        return act(given)
    except (VerificationFailed, Malformed) as refusal:
        return refusal


def _judge(
    document: VerifiedDocument, card: Any, evidence: VerificationEvidence, expected_person_id: int | None, today: date
) -> CardVerification:
    """By the card's row in the register, where it has one."""
    # (3)
    if card is None:
        raise _refuse(document, "card_state", "card_unknown", "This card was not issued here.")
    state = state_on(CardState(card.state), today, expires_on=card.expires_on)
    if state is not CardState.ACTIVE:
        raise _refuse(document, "card_state", f"card_{state}", UNUSABLE[state])
    # (4)
    if expected_person_id is not None and card.person_id != expected_person_id:
        raise _refuse(document, "card_holder", "card_of_another", "This is the card of another person.")
    return CardVerification(card.id, card.person_id, document, (*document.steps, _GOOD), evidence)


_GOOD = Step("card_state", Result.PASSED, None, "The card was issued here and is active.")


def name_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files by their proper names. Raises Malformed: too_many_files, file_unknown, chip_keys_uploaded, file_twice,
    file_too_large."""
    if len(files) > MAX_FILES:
        raise Malformed("too_many_files", "A chip has fewer files than that.")
    named: dict[str, bytes] = {}
    for given, content in files.items():
        if "chip_keys" in given.lower():
            raise Malformed("chip_keys_uploaded", "The chip's private keys must never be sent; send its files only.")
        name = parse_file_name(given)
        if name is None:
            raise Malformed("file_unknown", "A file has a name that no file of a chip has.", reason=given[:40])
        if name in named:
            raise Malformed("file_twice", "Two of the files are the same file of the chip.", reason=name)
        if len(content) > MAX_BYTES:
            raise Malformed("file_too_large", "A file is larger than a chip's file can be.", reason=name)
        named[name] = content
    return named


def _use_challenge(challenge_id: str) -> bytes:
    challenge = _mark_used(challenge_id)
    if challenge is None:
        known = db.session.get(CardChallenge, challenge_id)
        if known is None:
            raise _refuse(None, "active_authentication", "aa_nonce_unknown", "This challenge was not drawn here.")
        if known.used_at is not None:
            raise _refuse(None, "active_authentication", "aa_nonce_reused", "This challenge was answered before.")
        raise _refuse(None, "active_authentication", "aa_nonce_expired", "This challenge is too old; draw a new one.")
    return challenge


def _mark_used(challenge_id: str) -> bytes | None:
    """The challenge, used from now on; None where it cannot be. Of all who try to use a challenge at once, one succeeds."""
    found: bytes | None = run(_USING, {"challenge_id": challenge_id, "now": wall_now()}).scalar()
    return found


def _refuse(document: VerifiedDocument | None, step: str, code: str, detail: str) -> VerificationFailed:
    steps = [found.as_dict() for found in document.steps] if document else []
    steps.append(Step(step, Result.FAILED, code, detail).as_dict())
    return VerificationFailed(step, code, detail, evidence={"steps": steps})


def current_trust() -> EvidentTrust:
    """What cards are verified against now: every CSCA of this service, and its revocation lists of today.

    One store serves until a CSCA or a list changes, and what it remembers of signers goes with it.
    """
    return _load_trust(find_authority_state())


@lru_cache(maxsize=4)
def _load_trust(state: AuthorityState) -> EvidentTrust:
    return build_trust([encode(csca.certificate) for csca in state.cscas], list(write_lists(state).values()))
