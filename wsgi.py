"""What a WSGI server loads."""

from eid.app import create_app
from eid.config import Settings

app = create_app(Settings.from_env())
