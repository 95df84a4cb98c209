"""What verifying cards over HTTP costs the service, beside the pure function on the same files.

Only processor time of the service counts, asked in its own process as a server asks it, in production's mode and with its log.
Ways take turns, so that what the machine does meanwhile falls on all. What a server of HTTP costs comes on top.

Example: python -m benchmarks cards
"""

from __future__ import annotations

import base64
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path

import flask

from benchmarks.flow import Caller, Spent
from eid.app import create_app
from eid.cards.folder import write_card_folder
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.service import issue_card
from eid.cards.verification import current_trust, name_files
from eid.clock import world_now
from eid.config import NO_FACES, Mode, Settings
from eid.crypto.active_auth import CHALLENGE_BYTES
from eid.crypto.passive_auth import ChipAnswer, verify_document
from eid.crypto.policy import STRICT
from eid.crypto.trust import TrustStore
from eid.db import close_database, upgrade_schema
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.population.loading import load_population
from eid.population.service import find_adults

CARDS, LINES, ROUNDS = 16, 50, 40
VERIFICATIONS = "/api/v1/card-verifications"


def prepare(folder: Path, settings: Settings) -> None:
    """Cards in folders of their own, and keys."""
    with create_app(settings).app_context():
        upgrade_schema()
        load_population(people=300, seed=1)
        for person in find_adults(CARDS):
            write_card_folder(issue_card(person.pin), folder / "cards" / person.pin)
        for use in KeyUse:
            current_keystore().signing_keys.find_signing_key(use)
        current_keystore().signing_keys.find_scheduled_keys(KeyUse.RECEIPTS)
        current_keystore().find_secret(SecretUse.LOOKUPS)
        close_database()


class Asking:
    """One card after the other, in each way that there is."""

    def __init__(self, app: flask.Flask, cards: list[DemoCard], store: TrustStore) -> None:
        self.app, self.store, self.spent = app, store, Spent()
        self.caller, self.cards, self.now = Caller(app, self.spent), cycle(cards), world_now()
        written = [json.dumps({"files": _write_files(card)}).encode() for card in cards]
        self.written = dict(zip(map(id, cards), written, strict=True))
        self.batch = b"\n".join(self.written[id(next(self.cards))] for _ in range(LINES))
        self.alone = cycle(self.written.values())

    def ask_one_by_one(self) -> None:
        drawn = json.loads(self.caller.ask("challenge", "/api/v1/card-challenges", method="POST"))
        card = next(self.cards)
        response = base64.b64encode(card.answer_challenge(base64.b64decode(drawn["challenge"]))).decode()
        answer = json.dumps({"challenge_id": drawn["id"], "response": response}).encode()
        body = self.written[id(card)][:-1] + b',"active_authentication":' + answer + b"}"
        told = self.caller.ask("verification", VERIFICATIONS, method="POST", data=body, Content_Type="application/json")
        assert json.loads(told)["verdict"] == "verified"

    def ask_batch(self) -> None:
        self._ask_stored("batch", self.batch, LINES)

    def ask_without_chip(self) -> None:
        """One card in one request: a batch of one line."""
        self._ask_stored("alone", next(self.alone), 1)

    def _ask_stored(self, kind: str, body: bytes, lines: int) -> None:
        address = f"{VERIFICATIONS}/batch"
        told = self.caller.ask(kind, address, method="POST", data=body, Content_Type="application/x-ndjson")
        assert [json.loads(line)["status"] for line in told.splitlines()] == [200] * lines

    def verify_purely(self, *, with_chip: bool) -> None:
        card, challenge = next(self.cards), os.urandom(CHALLENGE_BYTES)
        files = name_files(card.files)
        answer = ChipAnswer(challenge, card.answer_challenge(challenge)) if with_chip else None
        started = time.process_time()
        verify_document(files, trust_store=self.store, policy=STRICT, at=self.now, chip_answer=answer)
        kind = "pure, chip asked" if with_chip else "pure"
        self.spent.kinds.setdefault(kind, []).append((time.process_time() - started) * 1_000_000)


def _write_files(card: DemoCard) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in card.files.items()}


def measure() -> Spent:
    """In a process of its own, whose log goes nowhere."""
    with tempfile.TemporaryDirectory() as name:
        asking = open_asking(Path(name))
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        ask_all(asking, 5)
        asking.spent.kinds.clear()
        ask_all(asking, ROUNDS)
        return asking.spent


def open_asking(folder: Path) -> Asking:
    shared = {"database_url": f"sqlite:///{folder}/eid.db", "state_dir": folder, "public_url": "https://eid.example"}
    prepare(folder, Settings(**shared, log_level="error"))  # type: ignore[arg-type]
    app = create_app(Settings(**shared, mode=Mode.PRODUCTION, face_matcher=NO_FACES))  # type: ignore[arg-type]
    with app.app_context():
        store = current_trust().store
        close_database()
    return Asking(app, [read_demo_card(one) for one in sorted((folder / "cards").iterdir())], store)


def ask_all(asking: Asking, rounds: int) -> None:
    for _ in range(rounds):
        for _ in range(10):
            asking.ask_one_by_one()
            asking.ask_without_chip()
            asking.verify_purely(with_chip=True)
            asking.verify_purely(with_chip=False)
        asking.ask_batch()


def run_process(function: Callable[[], Spent]) -> Spent:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function)


def run() -> None:
    """Print milliseconds of processor time a card, medians, and what share of it the pure function is."""
    spent = run_process(measure)
    ms = {kind: statistics.median(found) / 1000 for kind, found in spent.kinds.items()}
    ms["batch"] /= LINES
    one = ms["challenge"] + ms["verification"]
    print("| | ms of processor time a card | the pure function's share |\n| --- | --- | --- |")
    print(f"| a challenge | {ms['challenge']:.3f} | |\n| a verification | {ms['verification']:.3f} | |")
    print(f"| both | {one:.3f} | {ms['pure, chip asked'] / one:.3f} |")
    print(f"| the pure function, chip asked | {ms['pure, chip asked']:.3f} | 1 |")
    print(f"| a card alone, chip not asked | {ms['alone']:.3f} | {ms['pure'] / ms['alone']:.3f} |")
    print(f"| a card of a batch of {LINES} | {ms['batch']:.3f} | {ms['pure'] / ms['batch']:.3f} |")
    print(f"| the pure function, chip not asked | {ms['pure']:.3f} | 1 |")
