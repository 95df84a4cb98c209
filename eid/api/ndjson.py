"""Newline-delimited JSON, read from a body as it arrives: one line at a time, in memory that does not grow.

Lines end at a line feed; a carriage return before it and blanks around a line are not part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

MEDIA_TYPE = "application/x-ndjson"
BLOCK = 4096
"""Bytes that are read at once of a body of unknown length. A server's input gives a block once it is full, or at the body's end:
the answer to a line may wait until so much of what follows has come."""
LARGE_BLOCK = 262_144
"""Bytes that are read at once of a body whose length was announced: whoever sends it had all of it before the first answer."""
Line = bytes | None


def read_lines(
    read: Callable[[int], bytes], *, max_bytes: int, block_bytes: int = BLOCK, length: int | None = None
) -> Iterator[list[Line]]:
    """The lines that are not blank, in order, together where they end in one block; None for one that is longer than `max_bytes`,
    which is passed over. Where the body's length is known, its last line ends in its last block."""
    parts: list[bytes] = []
    size, left = 0, length
    while block := read(block_bytes):
        *ended, begun = block.split(b"\n")
        if left is not None:
            left -= len(block)
            if left <= 0:
                ended, begun = [*ended, begun], b""
        lines: list[Line] = []
        for end in ended:
            lines += _finish(parts, size, end, max_bytes)
            parts, size = [], 0
        if lines:
            yield lines
        size += len(begun)
        if size > max_bytes:
            parts.clear()
        elif begun:
            parts.append(begun)
    if last := list(_finish(parts, size, b"", max_bytes)):
        yield last


def _finish(parts: list[bytes], size: int, end: bytes, max_bytes: int) -> Iterator[Line]:
    if size + len(end) > max_bytes:
        yield None
    elif line := b"".join((*parts, end)).strip():
        yield line
