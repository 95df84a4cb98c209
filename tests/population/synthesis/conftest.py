"""One made-up population for all tests that count people."""

from typing import Any

import pytest

from tests.population.synthesis.made import make_people


@pytest.fixture(scope="session")
def people() -> list[Any]:
    """Sixty thousand rows: enough that a marriage table by age and sex is told from one with two figures swapped."""
    return make_people(60_000, 11)
