"""The clinic's patient and the running counter serve the flows too."""

from tests.samples.clinic.conftest import clinic, patient  # noqa: F401
