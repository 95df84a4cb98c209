"""python -m eid.samples.roadside: serve the check on the port of ROADSIDE_URL, for development."""

from urllib.parse import urlsplit

from eid.samples.roadside.app import create_app_from_env

app = create_app_from_env()
app.run(host="127.0.0.1", port=urlsplit(app.config["ROADSIDE"].url).port or 8003)
