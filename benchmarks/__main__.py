"""python -m benchmarks [name …]: run all benchmarks, or those named."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import (
    audit,
    credentials,
    loading,
    months,
    pages,
    passive_authentication,
    quality,
    register,
    revocation,
    scale,
    sign_in,
    synthesis,
    trust_store,
    virtual_chip,
)
from benchmarks.measure import print_calibration

BENCHMARKS: dict[str, Callable[[], None]] = {
    "passive-authentication": passive_authentication.run,
    "trust-store": trust_store.run,
    "virtual-chip": virtual_chip.run,
    "synthesis": synthesis.run,
    "loading": loading.run,
    "quality": quality.run,
    "register": register.run,
    "sign-in": sign_in.run,
    "credentials": credentials.run,
    "revocation": revocation.run,
    "audit": audit.run,
    "pages": pages.run,
    "months": months.run,
    "scale": scale.run,
}
"""Name → what runs and prints it. One line a benchmark."""


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"There is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}.")
    print_calibration()
    for name in wanted:
        print(f"\n== {name}", flush=True)
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
