"""A bank that opens accounts: a sample relying service that must be sure, and be able to show what it was sure of.

Profile fapi2 in plain Python over requests and joserfc: each step of the protocol stands in `protocol.py`, each rule of the bank
in `rules.py`. It knows the service only by its published interface.
"""

from eid.samples.bank.app import create_app_from_env, create_bank
from eid.samples.bank.config import BankConfig

__all__ = ["BankConfig", "create_app_from_env", "create_bank"]
