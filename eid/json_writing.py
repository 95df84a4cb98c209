"""Writing JSON again and again in one manner: what the library's encoder makes anew for each document is made once."""

from __future__ import annotations

import json.encoder
from collections.abc import Callable
from typing import Any

Write = Callable[[Any], str]


def make_writer(
    *,
    ensure_ascii: bool = True,
    sort_keys: bool = False,
    separators: tuple[str, str] = (", ", ": "),
    default: Callable[[Any], Any] | None = None,
) -> Write:
    """As json.dumps with the same words; but a value that holds itself ends in RecursionError."""
    encoder = json.JSONEncoder(
        ensure_ascii=ensure_ascii, sort_keys=sort_keys, separators=separators, default=default, check_circular=False
    )
    make_pieces: Any = getattr(json.encoder, "c_make_encoder", None)
    if make_pieces is None:  # a Python without the library's part in C
        return encoder.encode
    write_text = json.encoder.encode_basestring_ascii if ensure_ascii else json.encoder.encode_basestring
    find_pieces = make_pieces(
        None, encoder.default, write_text, None, separators[1], separators[0], sort_keys, False, True
    )

    def write(value: Any) -> str:
        return "".join(find_pieces(value, 0))

    return write
