"""Newline-delimited JSON, read from a body as it arrives: one line at a time, in memory that does not grow.

Lines end at a line feed; a carriage return before it and blanks around a line are not part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

MEDIA_TYPE = "application/x-ndjson"
BLOCK = 4096
"""Bytes that are read at once. A server's input gives a block once it is full, or at the body's end: the answer to a line may
wait until so much of what follows has come."""


def read_lines(read: Callable[[int], bytes], *, max_bytes: int) -> Iterator[bytes | None]:
    """Each line that is not blank, in order; None for one that is longer than `max_bytes`, which is passed over."""
    parts: list[bytes] = []
    size = 0
    while block := read(BLOCK):
        *ended, begun = block.split(b"\n")
        for end in ended:
            yield from _finish(parts, size, end, max_bytes)
            parts, size = [], 0
        size += len(begun)
        if size > max_bytes:
            parts.clear()
        elif begun:
            parts.append(begun)
    yield from _finish(parts, size, b"", max_bytes)


def _finish(parts: list[bytes], size: int, end: bytes, max_bytes: int) -> Iterator[bytes | None]:
    if size + len(end) > max_bytes:
        yield None
    elif line := b"".join((*parts, end)).strip():
        yield line
