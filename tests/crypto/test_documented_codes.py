"""Every code with which a step can end, and every setting of a policy, is in docs/cards.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from eid.crypto.policy import Tolerance

ROOT = Path(__file__).parent.parent.parent
SOURCES = [
    *sorted((ROOT / "eid/crypto/checks").glob("*.py")),
    *(ROOT / "eid/crypto" / name for name in ("passive_auth.py", "master_list.py", "deviation_list.py")),
]
TOLD = {"failure", "deviate", "not_checked", "note"}


def documented() -> set[str]:
    return set(re.findall(r"`([a-z0-9_]+)`", (ROOT / "docs/cards.md").read_text(encoding="utf-8")))


def codes() -> set[str]:
    """The literal codes of steps; those of both kinds of certificate are written with their kind."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in TOLD and node.args and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
            if node.func.attr == "begin":
                found.update(str(k.value.value) for k in node.keywords if isinstance(k.value, ast.Constant))
    return found


def test_every_code_of_a_step_is_documented() -> None:
    known = documented()
    by_kind = {f"{prefix}{word}" for prefix in ("profile_csca_", "profile_dsc_") for word in known}
    assert len(codes()) > 100
    assert sorted(codes() - known - by_kind) == []


def test_every_setting_of_a_policy_is_documented() -> None:
    assert sorted({str(tolerance) for tolerance in Tolerance} - documented()) == []
