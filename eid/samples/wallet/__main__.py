"""python -m eid.samples.wallet: serve the wallet on the port of WALLET_URL, for development."""

from urllib.parse import urlsplit

from eid.samples.wallet.app import create_app_from_env

app = create_app_from_env()
app.run(host="127.0.0.1", port=urlsplit(app.config["WALLET"].url).port or 8004)
