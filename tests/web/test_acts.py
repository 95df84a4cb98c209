"""Every act that a person can find in their history has words for it."""

from __future__ import annotations

import ast
from pathlib import Path

from eid.audit import DISCLOSURES
from eid.web.acts import ACTS

RECORDERS = ("record_act", "record_disclosure")
SOURCES = Path(__file__).parent.parent.parent / "eid"


def acts_about_persons() -> set[str]:
    """The names given to record_act or record_disclosure together with a person, wherever that stands in the sources."""
    calls = [
        node
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in RECORDERS and node.args
    ]
    return {
        name.value
        for call in calls
        if any(keyword.arg == "person_id" for keyword in call.keywords)
        for name in [call.args[0]]
        if isinstance(name, ast.Constant)
    }


def test_every_act_about_a_person_has_words() -> None:
    acts = acts_about_persons()
    assert {"issue_paper_token", "lock_account", "issue_code"} <= acts
    assert acts - set(ACTS) == set()
    assert set(ACTS) >= DISCLOSURES
