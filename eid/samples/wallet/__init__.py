"""A wallet in the browser: a sample that stands outside, takes credentials by OpenID4VCI and shows them by OpenID4VP.

Keys and credentials stay in the browser; what serves its pages only carries letters to the one service that it is set up for. It
knows that service by its published interface and imports nothing of it.
"""

from eid.samples.wallet.app import create_app_from_env, create_wallet
from eid.samples.wallet.config import WalletConfig

__all__ = ["WalletConfig", "create_app_from_env", "create_wallet"]
