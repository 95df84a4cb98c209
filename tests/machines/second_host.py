"""A second host of the service: a process of its own, with the settings of the environment, until its standard input ends."""

from __future__ import annotations

import sys

from eid.app import create_app
from eid.config import Settings
from tests.live import bound_listener, serving


def main() -> None:
    listener, url = bound_listener()
    with listener, serving(create_app(Settings.from_env()), listener):
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
