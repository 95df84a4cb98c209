"""What the service wrote to its log, read from standard error."""

from __future__ import annotations

import json
from typing import Any

import pytest


def read_log(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines since this was last asked, or since the test began."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
