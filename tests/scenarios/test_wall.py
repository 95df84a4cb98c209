"""What a process must not load: Locust patches the one that imports it, and a server has no use for columns of files."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CODE = """
import importlib, pkgutil, sys
import eid.app
print(sorted({m.split('.')[0] for m in sys.modules}))
import eid.cli
for module in pkgutil.walk_packages(eid.cli.__path__, "eid.cli."):
    importlib.import_module(module.name)
print(sorted({m.split('.')[0] for m in sys.modules}))
"""


def test_the_command_line_and_the_service_load_neither_locust_nor_gevent() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    service, every_command = (set(ast.literal_eval(line)) for line in done.stdout.splitlines())
    assert {"flask", "rich"} <= every_command
    assert not {"locust", "gevent", "geventhttpclient"} & (service | every_command)
    assert "pyarrow" not in service
