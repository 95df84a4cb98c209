"""A card's folder, the virtual reader, and trust anchors on disk."""

from __future__ import annotations

import json
from base64 import encodebytes
from pathlib import Path

import pytest

from eid.cards.folder import read_chip_folder, read_trust, write_card_folder
from eid.cards.personalisation import dump_key
from eid.cards.reader import read_chip_contents, read_demo_card
from eid.crypto.chip_access import CanPassword
from eid.crypto.passive_auth import ChipAnswer, verify_document
from eid.errors import Malformed, NotFound, Refusal
from tests.crypto.forge import chip_keys, key_of, make_card, make_csca, make_signer, make_trust


class Made:
    def __init__(self) -> None:
        self.files = make_card(make_signer(make_csca()))
        uses = ("active_authentication", "chip_authentication")
        self.chip_keys = {use: dump_key(getattr(chip_keys(), use)) for use in uses}


def test_a_cards_folder_has_the_names_that_outsiders_rely_on(tmp_path: Path) -> None:
    write_card_folder(Made(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "EF_COM.bin",
        "EF_CardAccess.bin",
        "EF_DG1.bin",
        "EF_DG13.bin",
        "EF_DG14.bin",
        "EF_DG15.bin",
        "EF_DG2.bin",
        "EF_SOD.bin",
        "chip_keys.json",
    ]


def test_what_was_written_is_read_and_its_chip_answers(tmp_path: Path) -> None:
    made = Made()
    write_card_folder(made, tmp_path)
    card = read_demo_card(tmp_path)
    assert card.files == made.files
    answer = ChipAnswer(b"12345678", card.answer_challenge(b"12345678"))
    assert verify_document(card.files, trust_store=make_trust(make_csca()), chip_answer=answer).chip_proved
    assert "PRIVATE" not in repr(card)


def test_an_overwritten_folder_holds_one_card(tmp_path: Path) -> None:
    write_card_folder(Made(), tmp_path)
    newer = Made()
    write_card_folder(newer, tmp_path)
    assert read_chip_folder(tmp_path) == newer.files


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"active_authentication": 7}', '{"active_authentication": "x"}'])
def test_damaged_keys_are_refused(tmp_path: Path, content: str) -> None:
    write_card_folder(Made(), tmp_path)
    (tmp_path / "chip_keys.json").write_text(content)
    with pytest.raises(Malformed) as refused:
        read_demo_card(tmp_path)
    assert refused.value.code == "chip_keys_malformed"


def test_a_folder_is_a_whole_chip_or_a_copy_of_one(tmp_path: Path) -> None:
    made = Made()
    write_card_folder(made, tmp_path)
    contents = read_chip_contents(tmp_path, can="123456")
    assert dict(contents.files) == made.files
    assert contents.can_password == CanPassword("123456")
    assert contents.active_authentication is not None and contents.chip_authentication is not None
    assert "PRIVATE" not in repr(contents) and "123456" not in repr(contents)
    (tmp_path / "chip_keys.json").unlink()
    copy = read_chip_contents(tmp_path)
    assert (copy.active_authentication, copy.chip_authentication) == (None, None)
    assert copy.can_password == CanPassword("000101"), "the last six digits of the PIN"


@pytest.mark.parametrize(
    "keys",
    [
        [],
        {"chip_authentication": "x"},
        {"chip_authentication": None},
        {"chip_authentication": dump_key(key_of("rsa2048", "aa"))},
    ],
    ids=["no keys", "no PEM", "nothing", "no curve"],
)
def test_damaged_keys_of_a_chip_are_refused(tmp_path: Path, keys: object) -> None:
    write_card_folder(Made(), tmp_path)
    (tmp_path / "chip_keys.json").write_text(json.dumps(keys))
    with pytest.raises(Malformed) as refused:
        read_chip_contents(tmp_path)
    assert refused.value.code == "chip_keys_malformed"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    write_card_folder(Made(), tmp_path / "card")
    (tmp_path / "card" / "chip_keys.json").unlink()
    for read, path, code in (
        (read_demo_card, tmp_path / "card", "chip_keys_missing"),
        (read_demo_card, tmp_path / "nowhere", "folder_missing"),
        (read_chip_folder, tmp_path, "chip_missing"),
        (read_trust, tmp_path, "trust_missing"),
        (read_trust, tmp_path / "nowhere", "trust_missing"),
    ):
        with pytest.raises(NotFound) as refused:
            read(path)
        assert refused.value.code == code


def test_files_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "EF_SOD.bin").write_bytes(bytes(300_000))
    with pytest.raises(Malformed) as refused:
        read_chip_folder(tmp_path)
    assert refused.value.code == "file_too_large"


def test_trust_is_read_from_a_folder_in_every_form(tmp_path: Path) -> None:
    one, two = make_csca().build(), make_csca(use="second").build()
    (tmp_path / "one.cer").write_bytes(one)
    (tmp_path / "two.pem").write_bytes(
        b"A comment\n-----BEGIN CERTIFICATE-----\n" + encodebytes(two) + b"-----END CERTIFICATE-----\n"
    )
    (tmp_path / "notes.txt").write_text("not an anchor")
    assert [anchor.raw for anchor in read_trust(tmp_path).anchors] == [one, two]
    assert len(read_trust(tmp_path / "two.pem").anchors) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", b"x"]
)
def test_trust_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.cer").write_bytes(content)
    with pytest.raises(Refusal):
        read_trust(tmp_path)
