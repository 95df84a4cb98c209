"""A police check at the roadside: a sample verifier that has no registration, no secret and, most of the time, no network.

It is told beforehand whom to believe (`loading.py`), judges what a driver's screen shows by rules (`rules.py`), and asks for the
status of today where there is network. It knows the service only by what that publishes to everybody.
"""

from eid.samples.roadside.app import create_app_from_env, create_roadside
from eid.samples.roadside.config import RoadsideConfig

__all__ = ["RoadsideConfig", "create_app_from_env", "create_roadside"]
