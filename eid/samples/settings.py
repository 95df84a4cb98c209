"""What a sample has to be told, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def read_settings(kind: type[Settings], prefix: str, environ: Mapping[str, str] | None = None) -> Settings:
    """A dataclass whose fields are read from variables like PREFIX_NAME; addresses lose their last slash.

    Raises SystemExit, saying what is missing: no sample starts half configured.
    """
    given = os.environ if environ is None else environ
    known: Any = fields(kind)  # type: ignore[arg-type]
    names = {field.name: f"{prefix}_{field.name.upper()}" for field in known}
    needed = {field.name for field in known if field.default is MISSING}
    missing = [variable for name, variable in names.items() if name in needed and not given.get(variable)]
    if missing:
        raise SystemExit(f"{', '.join(missing)} must be set.")
    values = {name: given[variable] for name, variable in names.items() if given.get(variable)}
    return kind(**{name: value.rstrip("/") if name in ("issuer", "url") else value for name, value in values.items()})
