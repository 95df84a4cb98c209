"""Of a good card no octet can be changed, and no file cut short or made longer, without a refusal under the strict policy."""

from __future__ import annotations

from functools import cache

import pytest

from eid.crypto.lds import COM, SOD
from eid.crypto.passive_auth import ChipAnswer, verify_document
from eid.crypto.policy import STRICT
from eid.errors import VerificationFailed
from tests.crypto.forge import LATER, NOW, make_card
from tests.fuzz import seeds

FILES = ("EF.SOD", "EF.COM", "EF.CardAccess", "EF.DG1", "EF.DG2", "EF.DG13", "EF.DG14", "EF.DG15")


def is_accepted(files: dict[str, bytes], answer: bytes = b"") -> bool:
    chip = ChipAnswer(seeds.CHALLENGE, answer) if answer else None
    try:
        verify_document(files, trust_store=seeds.trust(), policy=STRICT, at=LATER, chip_answer=chip)
    except VerificationFailed as refusal:
        assert refusal.step and refusal.code
        return False
    return True


@cache
def whole_card() -> dict[str, bytes]:
    """A good card with a portrait of the usual size."""
    return make_card(seeds.signer(), at=NOW)


def accepted_changes(card: dict[str, bytes], name: str, masks: range | tuple[int, ...]) -> list[tuple[int, int]]:
    data, found = card[name], []
    for at in range(len(data)):
        for mask in masks:
            changed = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
            if is_accepted({**card, name: changed}):
                found.append((at, mask))
    return found


def accepted_cuts(card: dict[str, bytes], name: str) -> list[int]:
    return [length for length in range(len(card[name])) if is_accepted({**card, name: card[name][:length]})]


def test_the_card_is_good() -> None:
    assert set(FILES) == set(seeds.good_card())
    assert is_accepted(seeds.good_card(), seeds.good_answer())
    assert is_accepted(whole_card())


@pytest.mark.parametrize("name", FILES)
def test_every_octet_counts(name: str) -> None:
    assert accepted_changes(seeds.good_card(), name, (1 + len(name),)) == []


@pytest.mark.parametrize("name", FILES)
def test_every_cut_is_seen(name: str) -> None:
    assert accepted_cuts(seeds.good_card(), name) == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("more", [b"\x00", b"\xff", b"\x00\x00", b"\x05\x00", b"\x90\x00"], ids=bytes.hex)
def test_nothing_may_follow_a_file(name: str, more: bytes) -> None:
    assert not is_accepted({**seeds.good_card(), name: seeds.good_card()[name] + more})


def test_every_octet_of_the_chips_answer_counts() -> None:
    answer = seeds.good_answer()
    for at in range(len(answer)):
        assert not is_accepted(seeds.good_card(), answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :])
        assert not at or not is_accepted(seeds.good_card(), answer[:at])


def test_no_file_but_ef_com_may_be_left_out_unseen() -> None:
    """What EF.SOD lists and nobody read is said, and not believed; without EF.SOD or DG1 nothing is."""
    for name in FILES:
        left = {file: data for file, data in seeds.good_card().items() if file != name}
        if name in (SOD, "EF.DG1"):
            assert not is_accepted(left)
            continue
        document = verify_document(left, trust_store=seeds.trust(), policy=STRICT, at=LATER)
        codes = {step.code for step in document.steps}
        assert name == COM or codes & {"dg_not_read", "access_not_read"}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", FILES)
def test_every_octet_of_a_whole_card_counts(name: str) -> None:
    """Every other value of every octet; of the portrait, eight of them."""
    assert (
        accepted_changes(whole_card(), name, range(1, 256) if name != "EF.DG2" else (1, 2, 4, 8, 16, 32, 64, 128)) == []
    )
    assert accepted_cuts(whole_card(), name) == []
