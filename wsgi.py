"""What a WSGI server loads. The audit log is sealed beside it: run `eid audit seal --watch` too."""

from eid.app import check_may_serve, create_app
from eid.config import Settings

app = create_app(Settings.from_env())
check_may_serve(app)
