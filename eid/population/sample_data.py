"""Reads the data under sample_data/: places, names and ages as readable files with their sources beside them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

SAMPLE_DATA = Path(__file__).parent.parent.parent / "sample_data"


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of sample_data/<name>, a CSV file with a header."""
    with (SAMPLE_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_document(name: str) -> Any:
    """The JSON document sample_data/<name>."""
    return json.loads((SAMPLE_DATA / name).read_text(encoding="utf-8"))
