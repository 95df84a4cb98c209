"""The card lies on the counter's reader."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from collections.abc import Mapping

from eid.scenarios.browsing import Caller, StepFailed
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor


def present_card(visitor: Visitor) -> None:
    """The card lies on the counter's reader: its files, and its answer to a fresh challenge, are verified by the service."""
    card = visitor.scene.cards[visitor.member.pin]
    api = visitor.scene.back_channel
    challenge = visitor.step(Step.CARD_CHALLENGE, lambda: api.post_json("/api/v1/card-challenges", {}))
    visitor.think(visitor.scene.plan.think.counter)
    answer = b64encode(card.chip.answer_challenge(b64decode(challenge["challenge"]))).decode()
    visitor.due = time.perf_counter()  # the chip's own computing is not the service's
    proof = {"challenge_id": challenge["id"], "response": answer}
    body = {"files": card.files, "active_authentication": proof}
    visitor.step(Step.CARD_VERIFICATION, lambda: _verify_card(api, body))


def _verify_card(api: Caller, body: Mapping[str, object]) -> None:
    verdict = api.post_json("/api/v1/card-verifications", body)
    if verdict.get("verdict") != "verified":
        raise StepFailed("the card was not verified")
