"""Lines of a batch in the form that nearly all have, read at a third of what reading any JSON takes: an object of `files`, their
names the usual ones, with perhaps an `id` before or after, and nothing written by an escape.

Whatever is not in this form, or has something wrong with it, is not read here: the long way reads it, or says what is wrong.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from typing import Any, NamedTuple

from eid.api.cards import MAX_FILE_LETTERS
from eid.cards.verification import MAX_FILES
from eid.crypto.lds import USUAL_NAMES
from eid.intake import holds_long_number

MAX_ID = 128
_BLANKS = b" \t\r\n"
"""RFC 8259, section 2."""
_NAMES = {name.encode(): name for name in USUAL_NAMES}


class _Form(NamedTuple):
    """Which of the texts of a line are what."""

    files: int
    """Where the first file's name is."""
    end: int
    """Where the last file's content ends."""
    id: int | None
    """Where the id is; before it stands its name."""


def read_plain_line(line: bytes) -> dict[str, Any] | None:
    """What BatchLine loads of this line, or None."""
    if b"\\" in line:  # otherwise a quotation mark begins or ends a text, and does nothing else
        return None
    parts = line.split(b'"')
    form = _FORMS.get(_shape(parts)) if len(parts) % 2 else None  # an even number: the last text has no end
    if form is None or parts[form.files - 2] != b"files" or holds_long_number(line):
        return None
    files = _decode(parts[form.files : form.end : 4], parts[form.files + 2 : form.end : 4])
    if files is None or form.id is None:
        return None if files is None else {"files": files}
    if parts[form.id - 2] != b"id" or len(parts[form.id]) > MAX_ID:
        return None
    name = parts[form.id].decode("ascii", "replace")
    return {"files": files, "id": name} if name.isascii() and name.isprintable() else None


def _decode(names: list[bytes], contents: list[bytes]) -> dict[str, bytes] | None:
    if max(map(len, contents)) > MAX_FILE_LETTERS or len(set(names)) < len(names) or not _NAMES.keys() >= set(names):
        return None
    try:
        return {_NAMES[name]: a2b_base64(text, strict_mode=True) for name, text in zip(names, contents, strict=True)}
    except ValueError:
        return None


def _shape(parts: list[bytes]) -> bytes:
    """What stands between texts, without blanks."""
    return b'"'.join(parts[::2]).translate(None, _BLANKS)


def _find_forms() -> dict[bytes, _Form]:
    found = {}
    for count in range(1, MAX_FILES + 1):
        files = {"files": {str(number): "" for number in range(count)}}
        for document in (files, {"id": "", **files}, {**files, "id": ""}):
            first = list(document) == ["id", "files"]
            begin = 7 if first else 3
            end = begin + 4 * count - 1
            at = None if len(document) == 1 else 3 if first else end + 3
            found[_shape(json.dumps(document).encode().split(b'"'))] = _Form(begin, end, at)
    return found


_FORMS = _find_forms()
