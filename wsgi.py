"""What a WSGI server loads."""

from eid.app import check_may_serve, create_app
from eid.config import Settings

app = create_app(Settings.from_env())
check_may_serve(app)
