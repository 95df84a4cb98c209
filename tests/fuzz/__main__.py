"""Tries every parser with a million inputs that a coverage-guided fuzzer makes up, or as many as are asked for.

`python -m tests.fuzz [TARGET …] [--inputs 1000000] [--seed 1] [--findings FOLDER]` prints a line a target; exit status 1
where anything was found. A finding is an input to which a parser answers with anything but a typed refusal, which takes
over 50 ms, or which makes the process grow by over 50 MB; it is shortened and kept in the folder. One process at a time.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.judgement import judge_again, shrink
from tests.fuzz.mutation import SPARE
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

SECONDS_TO_HANG = 10
"""An input that takes so long stops its target's run."""
MOST_MEGABYTES = 1024


@dataclass(frozen=True)
class Outcome:
    inputs: int
    seconds: float
    coverage: int
    peak_mb: int
    findings: tuple[str, ...]

    def row(self, name: str) -> str:
        rate = self.inputs / self.seconds if self.seconds else 0
        return f"{name:<16} {self.inputs:>9} {rate:>8.0f} {self.coverage:>8} {self.peak_mb:>7} {len(self.findings):>8}"


HEADING = f"{'target':<16} {'inputs':>9} {'a second':>8} {'coverage':>8} {'peak MB':>7} {'findings':>8}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many a target (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--findings", type=Path, default=Path("var/fuzz"), help="where findings go (default: %(default)s)"
    )
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.targets if name not in TARGETS]:
        parser.error(f"there is no target {', '.join(unknown)}; there are: {', '.join(TARGETS)}")
    print(HEADING, flush=True)
    found = False
    for name in chosen.targets or TARGETS:
        outcome = try_target(name, inputs=chosen.inputs, seed=chosen.seed, folder=chosen.findings / name)
        print(outcome.row(name), flush=True)
        for finding in outcome.findings:
            print(f"  {finding}", flush=True)
        found = found or bool(outcome.findings)
    return int(found)


def try_target(name: str, *, inputs: int, seed: int, folder: Path) -> Outcome:
    """Run one target; afterwards its folder holds this run's findings and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        for data in target.seeds():
            (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        words = Path(scratch) / "words"
        words.write_text("".join('"' + re.sub("(..)", r"\\x\1", word.hex()) + '"\n' for word in SPARE))
        options = [f"-runs={inputs}", f"-seed={seed}", f"-max_len={target.max_bytes}", f"-dict={words}"]
        options += [
            f"-timeout={SECONDS_TO_HANG}",
            f"-rss_limit_mb={MOST_MEGABYTES}",
            f"-artifact_prefix={folder}/candidate-",
        ]
        command = [sys.executable, "-m", "tests.fuzz.engine", name, str(folder), str(corpus), *options]
        started = time.monotonic()
        run = subprocess.run(
            [*command, "-print_final_stats=1"], capture_output=True, text=True, errors="replace", check=False
        )
        seconds = time.monotonic() - started
    findings = _settle(target, folder)
    if run.returncode:
        (folder / "output.txt").write_text(run.stderr)
        findings += (f"the run ended with status {run.returncode}: see {folder / 'output.txt'}",)
    executed = _last(r"number_of_executed_units:\s*(\d+)", run.stderr)
    coverage, peak = _last(r"cov: (\d+)", run.stderr), _last(r"peak_rss_mb:\s*(\d+)", run.stderr)
    return Outcome(executed, seconds, coverage, peak, findings)


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def _settle(target: Target, folder: Path) -> tuple[str, ...]:
    """Candidates judged anew, without the fuzzer's instruments: what holds is shortened and named; one of a kind stays."""
    kept: dict[str, str] = {}
    for path in sorted(folder.glob("candidate-*")):
        data = path.read_bytes()
        path.unlink()
        found = judge_again(target.parse, data)
        if found is None or found.kind in kept:
            continue
        if found.kind not in ("slow", "memory"):
            data = shrink(target.parse, data, found.kind)
        name = f"{re.sub('[^A-Za-z0-9]+', '-', found.kind)}-{hashlib.sha256(data).hexdigest()[:8]}"
        (folder / name).write_bytes(data)
        kept[found.kind] = f"{found.kind}: {found.what} ({folder / name}, {len(data)} bytes)"
    return tuple(kept.values())


if __name__ == "__main__":
    sys.exit(main())
