"""Cards verified over HTTP, one by one and in batches, beside the pure function on the same files.

One by one is two requests: a challenge for the chip, then files and answer; the pure function is given a chip's answer, too.
Where no chip is asked, one by one is one request, a batch of one line; there and in a batch of many, the function that is
compared asks none either.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path

from benchmarks.peers.browser import Failed
from benchmarks.peers.eid import EidState, run_eid
from benchmarks.peers.eid_state import CARDS
from benchmarks.peers.load import Deed, User
from eid.app import create_app
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.verification import current_trust, name_files
from eid.clock import world_now
from eid.config import Settings
from eid.crypto.active_auth import CHALLENGE_BYTES
from eid.crypto.passive_auth import ChipAnswer, verify_document
from eid.crypto.policy import STRICT
from eid.db import close_database

LINES = 50
"""Of a batch."""
PURE_SECONDS = 0.8
ONE, STORED, BATCH = "one by one", "one by one, no chip", "in batches"


def read_cards(state: EidState) -> list[DemoCard]:
    return [read_demo_card(folder) for folder in sorted((state.folder / "state" / CARDS).iterdir())]


def verify_one_by_one(cards: list[DemoCard]) -> Deed:
    uploads = [(card, json.dumps(_write_files(card)).encode()) for card in cards]

    async def deed(user: User) -> None:
        card, files = uploads[user.number % len(uploads)]
        drawn = await user.browser.post_body("/api/v1/card-challenges", b"", "application/json")
        if drawn.status != 200:
            raise Failed(f"HTTP {drawn.status} for a challenge")
        challenge = json.loads(drawn.body)
        response = card.answer_challenge(base64.b64decode(challenge["challenge"]))
        answer = {"challenge_id": challenge["id"], "response": base64.b64encode(response).decode()}
        body = b'{"files":%b,"active_authentication":%b}' % (files, json.dumps(answer).encode())
        verdict = await user.browser.post_body("/api/v1/card-verifications", body, "application/json")
        if verdict.status != 200 or b'"verified"' not in verdict.body:
            raise Failed(f"HTTP {verdict.status} for a card")

    return deed


def verify_stored(cards: list[DemoCard], lines: int) -> Deed:
    """So many cards in one request, their chips not asked."""
    written, some = [json.dumps({"files": _write_files(card)}).encode() for card in cards], cycle(range(len(cards)))
    bodies = cycle([b"\n".join(written[next(some)] for _ in range(lines)) for _ in cards])

    async def deed(user: User) -> None:
        answer = await user.browser.post_body("/api/v1/card-verifications/batch", next(bodies), "application/x-ndjson")
        verdicts = [json.loads(line) for line in answer.body.splitlines()] if answer.status == 200 else []
        if [verdict["status"] for verdict in verdicts] != [200] * lines:
            raise Failed(f"HTTP {answer.status} for a batch")

    return deed


def _write_files(card: DemoCard) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in card.files.items()}


def measure_pure(state: EidState, core: int) -> dict[str, float]:
    """Verifications of a processor second by the pure function, with a chip's answer and without, in a process of its own."""
    found: dict[str, float] = json.loads(
        run_eid(state.environment, "benchmarks.peers.cards", str(state.folder), str(core))
    )
    return found


def main(folder: Path, core: int) -> None:
    os.sched_setaffinity(0, {core})
    app = create_app(Settings.from_env())
    with app.app_context():
        store, now = current_trust().store, world_now()
        close_database()
    challenge = bytes(range(CHALLENGE_BYTES))
    named = [
        (name_files(card.files), ChipAnswer(challenge, card.answer_challenge(challenge)))
        for card in (read_demo_card(one) for one in sorted((folder / "state" / CARDS).iterdir()))
    ]
    asked, unasked = cycle(named), cycle(named)

    def verify(answered: bool) -> None:
        files, answer = next(asked if answered else unasked)
        verify_document(files, trust_store=store, policy=STRICT, at=now, chip_answer=answer if answered else None)

    unanswered = rate(partial(verify, False))
    print(json.dumps({ONE: rate(partial(verify, True)), STORED: unanswered, BATCH: unanswered}))


def rate(way: Callable[[], object]) -> float:
    """Calls of a processor second."""
    for warm in (True, False):
        started, count = time.process_time(), 0
        while time.process_time() - started < PURE_SECONDS / (4 if warm else 1):
            way()
            count += 1
    return count / (time.process_time() - started)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
