"""Fills the cluster's database with the demo's country, and makes every key that a host may need."""

from __future__ import annotations

import os

from rich.console import Console

from eid.cli.context import service
from eid.config import Settings
from eid.demo.prepare import Plan, prepare_demo
from eid.demo.relying_services import SampleUrls
from eid.keystore import SecretUse, current_keystore
from eid.signing.authority import make_signing_keys
from eid.signing_keys import SERVICE_USES


def main() -> None:
    """Afterwards the hosts can serve, and none of them has to make a key that the others would not have."""
    settings = Settings.from_env()
    with service(settings):
        people, cohort = int(os.environ.get("PEOPLE", "500")), int(os.environ.get("COHORT", "40"))
        plan = Plan(people=people, samples=SampleUrls(), cohort=cohort, newcomers=cohort // 4)
        prepare_demo(settings, plan, Console(quiet=True))
        keystore = current_keystore()
        for use in SERVICE_USES:
            keystore.signing_keys.find_scheduled_keys(use)
        for secret in SecretUse:
            keystore.find_secret(secret)
        make_signing_keys()


if __name__ == "__main__":
    main()
