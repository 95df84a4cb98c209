"""Which columns a register's file must and may have. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eid.errors import Malformed
from eid.population.files.columns import KINDS

REQUIRED = ("pin", "surname", "given_name", "birth_date", "sex", "residence_province")
LINKS = ("father_id", "mother_id", "spouse_id")
REFUSAL_COLUMNS = ("refused_line", "refused_columns", "refused_codes", "refused_reasons")
"""First in a file of refused rows; passed over when that is imported, mended."""


def check_header(header: Sequence[str]) -> None:
    """A file with these columns can be imported.

    Raises Malformed: file_columns_twice, file_columns_missing, file_columns_unknown, file_links.
    """
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice:
        raise Malformed("file_columns_twice", f"The header has {_list(twice)} more than once.")
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise Malformed("file_columns_missing", f"The header lacks {_list(missing)}.")
    unknown = [name for name in header if name not in KINDS and name not in REFUSAL_COLUMNS]
    if unknown:
        raise Malformed("file_columns_unknown", f"The header has columns that the register has not: {_list(unknown)}.")
    links = [name for name in LINKS if name in header]
    if links and "id" not in header:
        raise Malformed("file_links", f"The header has {_list(links)} but no id for it to refer to.")


def _list(names: Sequence[str]) -> str:
    """The first few, safe to print."""
    shown = ", ".join(name[:40] if name[:40].isprintable() and name else ascii(name[:40]) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
