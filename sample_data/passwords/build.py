"""Makes most_used.sha1 of a list of passwords, one a line, the most used first: python build.py LIST [HOW_MANY]."""

from __future__ import annotations

import sys
from pathlib import Path

from eid.crypto.breached import build_hash_list, strip_marks

DIGITS = 10
"""40 bits of each digest: one of a hundred million other passwords is taken for a listed one."""


def main(source: str, how_many: str = "10000") -> None:
    words = Path(source).read_text(encoding="utf-8").split("\n")[: int(how_many)]
    lines = build_hash_list([strip_marks(word) for word in words if word], digits=DIGITS)
    (Path(__file__).parent / "most_used.sha1").write_bytes(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
