"""JSON is written as the library writes it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.json_writing import make_writer

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
)
MANNERS: tuple[dict[str, Any], ...] = (
    {},
    {"ensure_ascii": False},
    {"sort_keys": True, "separators": (",", ":")},
    {"default": repr},
)


@pytest.mark.parametrize("manner", MANNERS)
@given(value=VALUES)
def test_a_value_is_written_as_the_library_writes_it(manner: dict[str, Any], value: object) -> None:
    assert make_writer(**manner)(value) == json.dumps(value, **manner)


def test_what_json_has_no_word_for_is_written_by_default_or_refused() -> None:
    assert make_writer(default=str)({"day": date(2026, 11, 30)}) == '{"day": "2026-11-30"}'
    with pytest.raises(TypeError):
        make_writer()({"day": date(2026, 11, 30)})
