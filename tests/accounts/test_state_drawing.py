"""Drawings of states: an arrow for each transition of the table, and the page of the documentation has just these."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eid.accounts.lifecycle import TRANSITIONS
from eid.accounts.request_lifecycle import REQUEST_TRANSITIONS
from eid.accounts.state_drawing import draw_account_states, draw_request_states

PAGE = Path(__file__).parents[2] / "docs/accounts.md"


def test_each_transition_is_an_arrow_and_each_arrow_a_transition() -> None:
    for drawing, table in ((draw_account_states(), TRANSITIONS), (draw_request_states(), REQUEST_TRANSITIONS)):
        arrows = [line.strip() for line in drawing.splitlines() if "[*]" not in line][1:]
        assert arrows == [f"{state} --> {after}: {event}" for (state, event), after in table.items()]


def test_what_nothing_leaves_is_an_end() -> None:
    assert [line.strip() for line in draw_account_states().splitlines() if line.endswith("[*]")] == ["closed --> [*]"]


@pytest.mark.parametrize("draw", [draw_account_states, draw_request_states])
def test_the_documentation_draws_the_states_that_the_code_has(draw: Callable[[], str]) -> None:
    assert f"```mermaid\n{draw()}\n```\n" in PAGE.read_text(encoding="utf-8")
