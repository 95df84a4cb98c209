"""One target under atheris, in a process of its own: atheris rewrites modules as they are imported, so it comes first.

`python -m tests.fuzz.engine TARGET FINDINGS CORPUS [-runs=… libFuzzer's options]`; `python -m tests.fuzz` starts it.
"""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["eid"]):
    from tests.fuzz.judgement import Finding, judge
    from tests.fuzz.target import Target
    from tests.fuzz.targets import TARGETS

MOST_OF_A_KIND = 5


class Trial:
    """What the fuzzer calls. A finding is written down and the run goes on, so that one run finds them all."""

    def __init__(self, target: Target, findings: Path) -> None:
        self.target, self.findings = target, findings
        self.seen: dict[str, int] = {}

    def run(self, data: bytes) -> None:
        found = judge(self.target.parse, data)
        if found is not None:
            self._write(found, data)

    def _write(self, found: Finding, data: bytes) -> None:
        self.seen[found.kind] = self.seen.get(found.kind, 0) + 1
        if self.seen[found.kind] <= MOST_OF_A_KIND:
            (self.findings / f"candidate-{hashlib.sha256(data).hexdigest()[:16]}").write_bytes(data)

    def change(self, data: bytes, max_size: int, seed: int) -> bytes:
        """Every other input is changed by structure, the rest as libFuzzer likes."""
        if self.target.is_text or seed & 1:
            return atheris.Mutate(data, max_size)
        return self.target.change(data, max_size, random.Random(seed))


def main() -> None:
    name, findings, corpus, *options = sys.argv[1:]
    trial = Trial(TARGETS[name], Path(findings))
    atheris.Setup([sys.argv[0], corpus, *options], trial.run, custom_mutator=trial.change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
