"""A clinic's counter: a sample relying service, with a face and a character of its own.

It signs patients in over real HTTP with Authlib's client, asks for their papers and verifies these offline. It knows the service
only by its published interface and imports nothing of it; read it as you would write your own.
"""

from eid.samples.clinic.app import create_app_from_env, create_clinic
from eid.samples.clinic.config import ClinicConfig

__all__ = ["ClinicConfig", "create_app_from_env", "create_clinic"]
