"""The page on papers says how one more is added; this adds it to a copy of eid, by what the page says, and uses it.

Takes seconds, because it is another program: scopes, offices and the catalogue are put together when eid is imported.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GIVEN = Path(__file__).parent / "added_paper"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of eid to write into, with tests, migrations and sample data as they are."""
    shutil.copytree(ROOT / "eid", tmp_path / "eid", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("tests", "migrations", "sample_data", "docs", "setup.cfg", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def add_line(path: Path, before: str, line: str) -> None:
    """Put the line before the only place in the file that begins so."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, path
    path.write_text(text.replace(before, line + before), encoding="utf-8")


def entry_of_the_page() -> str:
    """The paper's file, as docs/papers.md shows it, with what it imports."""
    page = (ROOT / "docs/papers.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"^ +PAPER = Paper\(\n.*?^ +\)$", page, re.MULTILINE | re.DOTALL)
    names = "HOLDER, Adding, AttributeKind, Paper, recorded"
    return f"from eid.credentials.paper_kinds import {names}\n\n{textwrap.dedent(shown)}\n"


def test_a_paper_is_added_by_what_the_page_says(copied: Path) -> None:
    # (1) an agency that answers for it
    agencies = copied / "eid/agencies"
    shutil.copy(GIVEN / "agency.py", agencies / "fishing_permits.py")
    add_line(agencies / "service.py", "\nOFFICES = (", "from eid.agencies import fishing_permits\n")
    add_line(agencies / "service.py", "    insurance.OFFICE,\n", "    fishing_permits.OFFICE,\n")
    fisheries = (
        '    Agency("fisheries", "Fisheries (simulated)", ("fishing_permit",), "Law on Fisheries 18/2017/QH14"),\n'
    )
    add_line(agencies / "conduct.py", '    Agency(\n        "social-insurance",', fisheries)
    # (2) a file, and a line of the catalogue
    credentials = copied / "eid/credentials"
    (credentials / "papers/fishing_permit.py").write_text(entry_of_the_page(), encoding="utf-8")
    add_line(credentials / "catalogue.py", "\n_PAPERS = (", "from eid.credentials.papers import fishing_permit\n")
    add_line(credentials / "catalogue.py", "    health_insurance.PAPER,\n", "    fishing_permit.PAPER,\n")
    # (3) a template
    shutil.copy(GIVEN / "fishing_permit.html", copied / "eid/templates/citizen/papers/fishing_permit.html")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "", "-k", "sqlite"]
    tried = subprocess.run(
        [*command, "tests/credentials/added_paper/checks.py"],
        cwd=copied,
        env=os.environ | {"PYTHONPATH": str(copied)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "1 passed" in tried.stdout
