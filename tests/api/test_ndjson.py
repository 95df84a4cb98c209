"""Lines of a body: each once, whole, and with those that end in the same block."""

from __future__ import annotations

from io import BytesIO

import pytest

from eid.api.ndjson import Line, read_lines

BODY = b"one\ntwo\r\n\n \nthree\nfour"


def read(body: bytes, block_bytes: int, length: int | None = None) -> list[list[Line]]:
    return list(read_lines(BytesIO(body).read, max_bytes=4, block_bytes=block_bytes, length=length))


@pytest.mark.parametrize("block_bytes", range(1, len(BODY) + 2))
@pytest.mark.parametrize("body", [BODY, BODY + b"\n"])
def test_lines_are_the_same_whatever_the_blocks_and_whether_the_length_is_known(body: bytes, block_bytes: int) -> None:
    for length in (None, len(body)):
        blocks = read(body, block_bytes, length)
        assert [line for block in blocks for line in block] == [b"one", b"two", None, b"four"]


def test_the_last_line_of_a_body_of_known_length_comes_with_those_of_its_block() -> None:
    assert read(BODY, 100, len(BODY)) == [[b"one", b"two", None, b"four"]]
    assert read(BODY, 100) == [[b"one", b"two", None], [b"four"]]
