"""One thread of a process hashes for all: what it passes through, how many wait, what a forked process does, what it holds."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from eid.accounts.hashing import HashingThread, hash_in_turn
from eid.clock import wall_now
from eid.crypto.passwords import hash_secret, verify_secret
from eid.errors import Unavailable, VerificationFailed
from eid.timing import Layer, begin_ledger, end_ledger
from tests.conftest import CHEAP

ROOT = Path(__file__).parent.parent.parent
SALT = bytes(16)


def test_what_a_hash_returns_or_raises_comes_back() -> None:
    hashed = hash_in_turn(partial(hash_secret, "SongHong@85x", cost=CHEAP, salt=SALT))
    hash_in_turn(partial(verify_secret, "SongHong@85x", hashed=hashed))
    with pytest.raises(VerificationFailed) as wrong:
        hash_in_turn(partial(verify_secret, "another", hashed=hashed))
    assert (wrong.value.step, wrong.value.reason) == ("secret", "VerifyMismatchError")


def test_all_callers_hash_in_one_thread_that_is_not_theirs() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(hash_in_turn, [threading.get_ident] * 8))
    assert len(found) == 1
    assert threading.get_ident() not in found


def test_waiting_for_ones_turn_counts_as_hashing() -> None:
    ledger = begin_ledger()
    try:
        hash_in_turn(partial(threading.Event().wait, 0.02))
        ledger.close()
    finally:
        end_ledger()
    assert ledger.spent[Layer.HASH] >= 0.02


def test_who_finds_too_many_before_them_is_refused_and_those_are_served() -> None:
    thread, begun, ended = HashingThread(at_once=1), threading.Event(), threading.Event()

    def hashing() -> str:
        begun.set()
        return "hashed" if ended.wait(10) else "waited in vain"

    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(thread.call, hashing)
        assert begun.wait(10)
        with pytest.raises(Unavailable) as refused:
            thread.call(lambda: pytest.fail("there was no place"))
        ended.set()
        assert served.result(10) == "hashed"
    assert (refused.value.code, refused.value.seconds_until_retry(wall_now())) == ("hashing_busy", 1)
    assert thread.call(lambda: "hashed") == "hashed", "the place is free again"


FORKED = """
import os
from eid.accounts.hashing import hash_in_turn
assert hash_in_turn(lambda: "hashed") == "hashed"
child = os.fork()
if not child:
    os._exit(0 if hash_in_turn(lambda: "hashed") == "hashed" else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert hash_in_turn(lambda: "hashed") == "hashed"
"""


def test_a_forked_process_hashes_in_a_thread_of_its_own() -> None:
    subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED], cwd=ROOT, timeout=30, check=True)


GROWN = """
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from eid.accounts.hashing import hash_in_turn
from eid.crypto.passwords import hash_secret

def held():
    "KiB."
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])

cost = SimpleNamespace(time_cost=1, memory_kib=19456, parallelism=1)
hashing, before = partial(hash_secret, "SongHong@85x", cost=cost, salt=bytes(16)), held()
with ThreadPoolExecutor(4) as pool:
    list(pool.map(hash_in_turn, [hashing] * 8))
    print((held() - before) / cost.memory_kib)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_four_threads_that_hash_hold_the_memory_of_one_hash() -> None:
    told = subprocess.run([sys.executable, "-c", GROWN], cwd=ROOT, timeout=30, check=True, capture_output=True)
    assert float(told.stdout) < 1.5
