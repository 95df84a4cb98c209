"""What an input must not do to a parser: raise anything but a typed refusal, take over 50 ms of processor time, or make
the process grow by over 50 MB.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
import traceback
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import _lru_cache_wrapper, cache
from pathlib import Path

from eid.crypto.layouts import Layouts
from eid.errors import Malformed, VerificationFailed

MOST_SECONDS = 0.050
MOST_BYTES = 50 * 1024 * 1024
TRIES = 10
"""A slow input is tried so often: what else the machine does costs processor time too, and the least of it is the input's."""

Parser = Callable[[bytes], object]


@dataclass(frozen=True)
class Finding:
    kind: str
    """What two inputs that find the same have in common."""
    what: str


def judge(parse: Parser, data: bytes) -> Finding | None:
    """What is wrong with how this input was taken; None where it was read, or refused as it must be."""
    peak, started = _peak(), time.process_time()
    try:
        parse(data)
    except (Malformed, VerificationFailed):
        pass
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return _raised(error)
    took, grown = time.process_time() - started, _peak() - peak
    if grown > MOST_BYTES:
        return Finding("memory", f"the process grew by {grown >> 20} MB")
    if took > MOST_SECONDS:
        return Finding("slow", f"{1000 * took:.0f} ms")
    return None


def judge_again(parse: Parser, data: bytes) -> Finding | None:
    """As judge, with nothing remembered of the input, the least time of several tries, and memory counted exactly."""
    found = None
    for _ in range(TRIES):
        forget()
        gc.collect()
        gc.disable()
        try:
            found = judge(parse, data)
        finally:
            gc.enable()
        if found is None or found.kind not in ("slow", "memory"):
            break
    if found is not None and found.kind != "memory":
        return found
    forget()
    tracemalloc.start()
    try:
        judge(parse, data)
        grown = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return Finding("memory", f"{grown >> 20} MB were in use") if grown > MOST_BYTES else None


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _raised(error: BaseException) -> Finding:
    """Where it was raised in our own code; a bug in a library is ours where we called it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/eid/" in frame.filename] or frames
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return Finding(f"{type(error).__name__} {where}", f"{error}"[:200])


def forget() -> None:
    """Empty every cache of the package, so that an input costs again what it cost at first."""
    for found in _caches():
        if isinstance(found, Layouts):
            found.__init__(found._read)  # type: ignore[misc]
        else:
            found.cache_clear()


@cache
def _caches() -> tuple[_lru_cache_wrapper[object] | Layouts[object], ...]:
    modules = [module for name, module in sys.modules.items() if name.startswith("eid.")]
    found = [value for module in modules for value in vars(module).values()]
    return tuple({id(value): value for value in found if isinstance(value, _lru_cache_wrapper | Layouts)}.values())


def shrink(parse: Parser, data: bytes, kind: str, *, tries: int = 3000) -> bytes:
    """A shorter input that finds the same: chunks are left out, large ones first, for as long as it still does."""
    size = len(data) // 2
    while size and tries > 0:
        at = 0
        while at < len(data) and tries > 0:
            shorter, tries = data[:at] + data[at + size :], tries - 1
            found = judge(parse, shorter)
            if found is not None and found.kind == kind:
                data = shorter
            else:
                at += size
        size //= 2
    return data
