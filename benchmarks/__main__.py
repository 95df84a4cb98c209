"""python -m benchmarks [--write] [name …]: run all benchmarks, or those named; with --write, docs/performance.md says it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import (
    audit,
    card_requests,
    credentials,
    flow,
    forms,
    loading,
    months,
    pages,
    passive_authentication,
    quality,
    register,
    revocation,
    scale,
    sign_in,
    start,
    synthesis,
    tidying,
    trust_store,
    virtual_chip,
)
from benchmarks.measure import print_calibration
from benchmarks.peers import measuring, sizes

WRITING = {"peers": measuring.run, "sizes": sizes.run}
"""Those that can write what they found into docs/performance.md, where --write is given."""
WRITE = "--write"
BENCHMARKS: dict[str, Callable[[], None]] = {
    "passive-authentication": passive_authentication.run,
    "trust-store": trust_store.run,
    "virtual-chip": virtual_chip.run,
    "synthesis": synthesis.run,
    "loading": loading.run,
    "quality": quality.run,
    "register": register.run,
    "sign-in": sign_in.run,
    "flow": flow.run,
    "cards": card_requests.run,
    "forms": forms.run,
    "credentials": credentials.run,
    "revocation": revocation.run,
    "audit": audit.run,
    "pages": pages.run,
    "months": months.run,
    "scale": scale.run,
    "tidying": tidying.run,
    "start": start.run,
    **WRITING,
}
"""Name → what runs and prints it. One line a benchmark."""


def main() -> None:
    given = [argument for argument in sys.argv[1:] if argument != WRITE]
    wanted = given or list(BENCHMARKS)
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"There is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}.")
    print_calibration()
    for name in wanted:
        print(f"\n== {name}", flush=True)
        if name in WRITING:
            WRITING[name](write=WRITE in sys.argv)
        else:
            BENCHMARKS[name]()


if __name__ == "__main__":
    main()
