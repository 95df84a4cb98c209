"""The clinic's patient and the running counter serve the flows too."""

from tests.clinic.conftest import clinic, patient  # noqa: F401
