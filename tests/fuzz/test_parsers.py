"""Every parser with a few thousand inputs that are the same in every run; a million each is what `python -m tests.fuzz`
is for, and marked `fuzz` here.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eid.crypto.lds import SOD
from eid.crypto.passive_auth import VerifiedDocument
from eid.crypto.tlv import MAX_BYTES, build_tlv
from eid.errors import Malformed, VerificationFailed
from tests.fuzz import card, seeds
from tests.fuzz.judgement import MOST_BYTES, Finding, judge, judge_again, shrink
from tests.fuzz.mutation import SPARE, edit, find, join, mutate, split
from tests.fuzz.targets import TARGETS
from tests.fuzz.tokens import TOKENS, bombs

ROOT = Path(__file__).parents[2]
INPUTS = 2000


@pytest.mark.parametrize("name", TARGETS)
def test_only_typed_refusals_in_time_and_in_bounds(name: str) -> None:
    target, rng = TARGETS[name], random.Random(name)
    inputs = target.seeds()
    for data in inputs + [_change(name, rng.choice(inputs), rng) for _ in range(INPUTS // target.share)]:
        if judge(target.parse, data) is not None:
            found = judge_again(target.parse, data)
            assert found is None, f"{found}: {data.hex()}"


def _change(name: str, data: bytes, rng: random.Random) -> bytes:
    target = TARGETS[name]
    if not target.is_text:
        return target.change(data, target.max_bytes, rng)
    at, word = rng.randrange(len(data) + 1), rng.choice((*SPARE, rng.randbytes(3), data))
    return (data[:at] + word + data[at + rng.randrange(9) :])[: target.max_bytes]


@pytest.mark.parametrize("name", TARGETS)
def test_each_parser_reads_what_it_is_for(name: str) -> None:
    """Else the fuzzer would begin with nothing, and find nothing."""
    target, read = TARGETS[name], 0
    for data in target.seeds():
        assert len(data) <= target.max_bytes
        try:
            target.parse(data)
            read += 1
        except (Malformed, VerificationFailed):
            continue
    assert read


def _bombs() -> dict[str, bytes]:
    """Inputs as large as a file may be, each made to cost as much as can be."""
    size = MAX_BYTES - 256
    bombs = {"zeros": bytes(size), "ones": b"\xff" * size, "digits": b"1" * size, "braces": b"[" * size}
    bombs["beginnings"] = b"-----BEGIN CERTIFICATE-----" * (size // 27)
    for tag in (0x30, 0x31, 0x60, 0x61, 0x6D, 0x6E, 0x6F, 0x75, 0x77):
        for what, unit in (("nulls", b"\x05\x00"), ("sequences", b"\x30\x00"), ("numbers", b"\x02\x01\x01")):
            bombs[f"{what} in {tag:02X}"] = build_tlv(tag, unit * (size // len(unit)))
        open_end = bytes([tag]) + b"\x80"
        bombs[f"open nulls in {tag:02X}"] = open_end + b"\x05\x00" * (size // 2)
        bombs[f"open pieces in {tag:02X}"] = open_end + b"\x24\x80" + b"\x04\x00" * (size // 2)
        bombs[f"open nests in {tag:02X}"] = open_end + b"\x30\x80" * (size // 2)
        nest = b"\x30\x80" * 20 + b"\x30\x80\x00\x00" * (size // 4 - 20) + bytes(40)
        bombs[f"open and shut in {tag:02X}"] = open_end + nest
    return bombs


@pytest.mark.parametrize("name", TARGETS)
def test_no_bomb_goes_off(name: str) -> None:
    for what, data in _bombs().items():
        if judge(TARGETS[name].parse, data) is not None:
            found = judge_again(TARGETS[name].parse, data)
            assert found is None, f"{what}: {found}"


@pytest.mark.parametrize("name", TOKENS)
def test_no_bomb_of_tokens_goes_off(name: str) -> None:
    for what, data in bombs().items():
        if judge(TOKENS[name].parse, data) is not None:
            found = judge_again(TOKENS[name].parse, data)
            assert found is None, f"{what}: {found}"


def test_a_card_made_right_again_is_accepted() -> None:
    """What lies behind the signatures is reached: a changed card is signed anew, and another portrait is believed."""
    files, new = seeds.good_card(), seeds.good_card()["EF.DG2"].replace(b"\xff\xd9", b"\xff\xd8")
    for mode in (0, card.DIGESTS | card.SIGNATURE | card.CERTIFICATE):
        assert isinstance(
            card.verify_packed(card.pack(files, mode | card.WITH_ANSWER, seeds.good_answer())), VerifiedDocument
        )
    changed = {**files, "EF.DG2": new}
    assert card.verify_packed(card.pack(changed, card.DIGESTS | card.SIGNATURE)).data_groups[2] == new
    with pytest.raises(VerificationFailed) as refused:
        card.verify_packed(card.pack(changed))
    assert refused.value.code == "dg_hash_mismatch"


@pytest.mark.sweep
def test_the_judge_sees_what_is_wrong() -> None:
    def slow(data: bytes) -> None:
        sum(range(6_000_000))

    def large(data: bytes) -> None:
        bytes(2 * MOST_BYTES)

    def broken(data: bytes) -> None:
        if b"x" in data:
            raise IndexError("out of range")
        raise Malformed("code", "detail")

    assert [getattr(judge_again(parse, b""), "kind", None) for parse in (slow, large)] == ["slow", "memory"]
    found = judge(broken, b"yyyyyyxyyyy")
    assert isinstance(found, Finding) and found.kind.startswith("IndexError test_parsers.py:")
    assert shrink(broken, b"yyyyyyxyyyy", found.kind) == b"x"
    assert judge(broken, b"y") is None


@example(data=b"\x30\x00", seed=0)
@given(data=st.sampled_from(seeds.key_infos()), seed=st.integers(0, 2**32))
def test_changes_by_structure_keep_their_bounds(data: bytes, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(5):
        data = mutate(data, 700, rng)
        assert len(data) <= 700


def test_lengths_are_mended_around_a_change() -> None:
    sod = seeds.good_card()[SOD]
    assert join(split(sod) or []) == sod
    path = (b"\x77", b"\x30", b"\xa0", b"\x30", 0)
    longer = edit(sod, path, lambda value: value + bytes(300))
    assert find(longer, path) == b"\x03" + bytes(300)
    assert len(longer) - len(sod) == 302
    with pytest.raises(LookupError):
        edit(sod, (b"\x30",), bytes)


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_fuzzer_runs_and_says_what_it_did(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this machine")
    done = _run("com", "--inputs", 3000, "--findings", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    heading, row = done.stdout.splitlines()
    fields = dict(zip(heading.replace("a second", "rate").replace("peak MB", "peak").split(), row.split(), strict=True))
    assert (fields["target"], fields["inputs"], fields["findings"]) == ("com", "3000", "0")
    assert int(fields["coverage"]) > 20


def test_a_target_that_there_is_not_is_a_misuse() -> None:
    done = _run("nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr


@pytest.mark.fuzz
@pytest.mark.parametrize("name", TARGETS)
def test_a_million_inputs_find_nothing(name: str, tmp_path: Path) -> None:
    done = _run(name, "--findings", tmp_path)
    assert done.returncode == 0, done.stdout
