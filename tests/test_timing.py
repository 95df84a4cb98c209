"""Where time goes by layer: layers exclude each other, and nothing is kept where nobody asks."""

from __future__ import annotations

import time

import pytest

from eid.timing import Layer, begin_ledger, current_ledger, end_ledger, spending, spends


@spends(Layer.HASH)
def hash_slowly(seconds: float) -> float:
    """Takes so long."""
    time.sleep(seconds)
    return seconds


def test_layers_exclude_each_other_and_add_up() -> None:
    ledger = begin_ledger()
    try:
        with spending(Layer.TEMPLATE):
            assert hash_slowly(0.02) == 0.02
            time.sleep(0.005)
    finally:
        end_ledger()
    total = ledger.close()
    assert total == pytest.approx(sum(ledger.spent.values()))
    assert ledger.spent[Layer.HASH] >= 0.02
    assert 0.005 <= ledger.spent[Layer.TEMPLATE] < total - 0.02
    assert ledger.spent[Layer.DATABASE] == 0


def test_a_layer_that_an_exception_left_open_is_left_with_the_one_around_it() -> None:
    ledger = begin_ledger()
    end_ledger()
    ledger.enter(Layer.TEMPLATE)
    ledger.enter(Layer.DATABASE)
    ledger.leave(Layer.TEMPLATE)
    ledger.leave(Layer.DATABASE)  # not open any more
    time.sleep(0.002)
    ledger.close()
    assert ledger.spent[Layer.REST] >= 0.002


def test_where_nobody_asks_nothing_is_kept() -> None:
    assert hash_slowly(0.0) == 0.0
    with spending(Layer.DATABASE):
        assert current_ledger() is None
