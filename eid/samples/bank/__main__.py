"""python -m eid.samples.bank: serve the bank on the port of BANK_URL, for development."""

from urllib.parse import urlsplit

from eid.samples.bank.app import create_app_from_env

app = create_app_from_env()
app.run(host="127.0.0.1", port=urlsplit(app.config["BANK"].url).port or 8002)
