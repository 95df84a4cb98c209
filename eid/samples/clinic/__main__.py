"""python -m eid.samples.clinic: serve the counter on the port of CLINIC_URL, for development."""

from urllib.parse import urlsplit

from eid.samples.clinic.app import create_app_from_env

app = create_app_from_env()
app.run(host="127.0.0.1", port=urlsplit(app.config["CLINIC"].url).port or 8001)
