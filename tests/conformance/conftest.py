"""The modules of the OpenID Foundation's suite, each a test of its name; eid.oauth.conformance_plans has the plans."""

from tests.conformance.fapi2 import bank, fapi_app, second, variant  # noqa: F401
from tests.conformance.results import pytest_runtest_makereport  # noqa: F401
