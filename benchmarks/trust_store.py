"""How long a trust store of the whole world's CSCAs takes to open: as files one by one, as a master list, and the real one.

The first time nothing is known of any certificate, as in a process that was just started; the next time names and key
identifiers are remembered. A certificate is read in full when a document needs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec

from eid.cards.forgery import Authority, name_of
from eid.crypto.checks.profiles import MASTER_LIST_SIGNER
from eid.crypto.master_list import build_master_list
from eid.crypto.outlines import read_outline
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import parse_certificate, parse_name
from tests.crypto.forge import NOW, STARTS, make_card, make_csca, make_signer
from tests.crypto.test_specimens import DATA

COUNT, ROUNDS = 900, 7
_COUNTRIES = [f"{one}{other}" for one in "ABCDEFGHIJKLMNOPQRST" for other in "ABCDEFGHIJ"]


def run() -> None:
    """Measure and print, in milliseconds of the processor."""
    csca = make_csca(use="bench trust")
    anchor = csca.build()
    world = [anchor, *_make_world(COUNT - 1)]
    signer = make_signer(csca, extended_usage=MASTER_LIST_SIGNER, document_types=None)
    listed = build_master_list(world, signer_certificate=signer.build(), signer_key=signer.key, signed_at=NOW)
    stores = {f"{COUNT} files": world, f"a master list of {COUNT}": [listed, anchor]}
    if DATA.is_dir():
        [path] = (DATA / "master-lists").glob("DE_ML_*.ml")
        beside = (DATA / "master-lists" / "DE_ROOT_CA_CSCA07.cer").read_bytes()
        stores["the German master list of 588"] = [path.read_bytes(), beside]
    print("\nA trust store opens (milliseconds of the processor: median of the first time, of the next)")
    for name, files in stores.items():
        first, again = _time_opening(files)
        print(f"  {name:34} {first:8.1f} {again:8.1f}")
    card, store = make_card(make_signer(csca)), parse_trust_store(world)
    first_document = _time(lambda: verify_document(card, trust_store=store, policy=STRICT))
    print(f"  and the first document against it  {first_document:8.1f}")


def _make_world(count: int) -> list[bytes]:
    """CSCA certificates of two hundred countries, several keys under one name, as in the world."""
    found = []
    for number in range(count):
        name = name_of(f"Benchmark CSCA {number % 400}", _COUNTRIES[number % len(_COUNTRIES)])
        own = ec.generate_private_key(ec.SECP256R1())
        period = (STARTS, STARTS + timedelta(days=365 * 5))
        ends = STARTS + timedelta(days=365 * 15)
        csca = Authority(
            key=own, subject=name, issuer=name, issuer_key=own, starts=STARTS, ends=ends, key_period=period
        )
        found.append(csca.build())
    return found


def _time_opening(files: Sequence[bytes]) -> tuple[float, float]:
    first, again = [], []
    for _ in range(ROUNDS):
        for known in (parse_certificate, parse_name, read_outline):
            known.cache_clear()
        first.append(_time(lambda: parse_trust_store(files)))
        again.append(_time(lambda: parse_trust_store(files)))
    return median(first), median(again)


def _time(way: Callable[[], object]) -> float:
    started = time.process_time()
    way()
    return 1000 * (time.process_time() - started)
