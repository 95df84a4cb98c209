"""The wall: Locust patches the process that imports it, so only the player's does."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_command_line_and_the_service_load_neither_locust_nor_gevent() -> None:
    code = "import sys, eid.cli, eid.app\nprint(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"locust", "gevent", "geventhttpclient"} & set(ast.literal_eval(loaded))
