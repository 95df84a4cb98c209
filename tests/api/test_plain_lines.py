"""A line that is read straight is read as any JSON is, to the last file; whatever is not in the usual form is left alone."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.api.card_lines import _load, _parse_line
from eid.api.plain_lines import MAX_ID, read_plain_line
from eid.cards.verification import MAX_FILES
from eid.crypto.lds import USUAL_NAMES
from eid.crypto.tlv import MAX_BYTES
from eid.errors import Malformed

NAMES = list(USUAL_NAMES)
FILES = st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=200), min_size=1, max_size=5)
PIECES = [*(bytes([octet]) for octet in b'"{}:,[] =\\0x\0\x0b\t'), b"\xc3\xa9", b"files", b"id"]
UPLOAD = {"files": {"EF.SOD": "AAAA", "EF_DG1.bin": "", "EF.DG2": "AA=="}, "id": "A-17"}


def read_long(line: bytes) -> dict[str, Any]:
    """As every line was read before there was another way."""
    return _load(_parse_line(line))


def write(files: dict[str, bytes], **members: Any) -> bytes:
    return json.dumps({"files": encode(files), **members}).encode()


def encode(files: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


@settings(deadline=None)
@given(FILES, st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=MAX_ID))
def test_the_usual_forms_are_read_straight_and_alike(files: dict[str, bytes], name: str) -> None:
    written = encode(files)
    for document in ({"files": written}, {"files": written, "id": name}, {"id": name, "files": written}):
        for separators in ((", ", ": "), (",", ":"), (" \t, ", "\r: ")):
            line = json.dumps(document, separators=separators).encode()
            read = read_plain_line(line)
            assert read is not None
            assert read["files"] == files
            assert read == read_long(line)
            assert list(read["files"]) == list(files)


def test_a_line_may_have_as_many_files_as_a_chip_and_no_more() -> None:
    for count in range(1, MAX_FILES + 2):
        line = write(dict.fromkeys(NAMES[:count], b"x"))
        assert (read_plain_line(line) is not None) == (count <= MAX_FILES)


@settings(deadline=None)
@given(st.integers(min_value=0))
def test_whatever_is_done_to_a_line_it_is_read_alike_or_not_at_all(seed: int) -> None:
    rng, line = random.Random(seed), bytearray(json.dumps(UPLOAD).encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(line))
        piece = rng.choice(
            [b'"', b"{", b"}", b":", b",", b" ", b"=", b"\\", b"0", b"\x00", b"\xc3\xa9", b"\x0b", b"files", b"id"]
        )
        line[at : at + rng.randint(0, 2)] = piece * rng.randint(0, 2)
    read = read_plain_line(bytes(line))
    if read is not None:
        assert read == read_long(bytes(line))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b'{"files": {}}',
        b'{"files": {"EF.SOD": "AAAA"}} {}',
        b'{"files": {"EF.SOD": "AAAA"}}"',
        b'{"files": {"EF.SOD": "AAAA"}}"x',
        b'"{"files": {"EF.SOD": "AAAA"}}',
        b'{"files": {"EF.SOD": "AAAA", "EF.SOD": "AAAA"}}',
        b'{"files": {"sod.bin": "AAAA"}}',
        b'{"files": {"chip_keys.json": "AAAA"}}',
        b'{"files": {"EF\\u002eSOD": "AAAA"}}',
        b'{"files": {"EF.SOD": "AAA"}}',
        b'{"files": {"EF.SOD": "AA A"}}',
        b'{"files": {"EF.SOD": "====" }}',
        b'{"files": {"EF.SOD": "AAAA"}, "papers": "x"}',
        b'{"files": {"EF.SOD": "AAAA"}, "id": 5}',
        b'{"files": {"EF.SOD": "AAAA"}, "id": null}',
        b'{"file": {"EF.SOD": "AAAA"}}',
        b'{"files": ["EF.SOD", "AAAA"]}',
        b'{"files"\x0b: {"EF.SOD": "AAAA"}}',
        b'\xef\xbb\xbf{"files": {"EF.SOD": "AAAA"}}',
        json.dumps({"files": {"EF.SOD": "AAAA"}, "id": "x" * (MAX_ID + 1)}).encode(),
        json.dumps({"files": {"EF.SOD": "AAAA"}, "id": "é"}, ensure_ascii=False).encode(),
        b'{"files": {"EF.SOD": "AAAA"}, "id": "\t"}',
        json.dumps({"files": {"EF.SOD": "1" * 1_000}}).encode(),
        json.dumps(UPLOAD).encode("utf-16"),
        json.dumps({"files": {"EF.SOD": "A" * 4 * (MAX_BYTES // 3 + 2)}}).encode(),
    ],
)
def test_what_is_not_in_the_usual_form_is_left_to_the_long_way(line: bytes) -> None:
    assert read_plain_line(line) is None


def test_a_thousand_digits_in_a_row_are_refused_wherever_they_stand() -> None:
    with pytest.raises(Malformed) as refused:
        read_long(json.dumps({"files": {"EF.SOD": "1" * 1_000}}).encode())
    assert refused.value.code == "json_malformed"
