"""Which databases a test runs on: both, unless it says that one will do."""

import pytest

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The database plays no part in what is tried: it is refused, or answered, before anything is looked up."""
