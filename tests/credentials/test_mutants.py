"""The deck of broken credentials: each is refused at the step, and with the code, that the deck says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec

from eid.cli.credentials import credentials
from eid.credentials.mutants import Deck, Mutant, build_deck, make_key
from eid.credentials.offline_reading import verify_offline_paper
from eid.credentials.offline_verification import STEPS as STEPS_OF_CODES
from eid.crypto.cose import cose_key_of_jwk, parse_cose_key
from eid.crypto.mdoc_verification import STEPS, Session, verify_device_response
from eid.crypto.sd_jwt_vc import Occasion, VcTrust, verify_sd_jwt_vc
from eid.crypto.status_list import VerifiedStatusList, verify_status_list
from eid.crypto.status_list_cwt import verify_status_list_cwt
from eid.crypto.x509 import parse_certificate
from eid.errors import VerificationFailed

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@cache
def deck() -> Deck:
    return build_deck(at=NOW, make_key=make_key, rng=Random(1))


def mutant_of(name: str) -> Mutant:
    return next(each for each in deck().mutants if each.name == name)


def public_key() -> ec.EllipticCurvePublicKey:
    return parse_cose_key(cose_key_of_jwk(deck().list_key))


def read_list(data: bytes) -> VerifiedStatusList:
    key = deck().list_key
    return verify_status_list(data.decode(), keys=[key], expected_uri=deck().describe()["status_list"], now=deck().at)


def verify(mutant: Mutant) -> object:
    terms, root = deck().describe(), parse_certificate(deck().root)
    if mutant.form == "statuslist+jwt":
        return read_list(mutant.data)
    if mutant.form == "statuslist+cwt":
        keys = {str(deck().list_key["kid"]): public_key()}
        return verify_status_list_cwt(mutant.data, keys=keys, expected_uri=terms["status_list"], now=deck().at)
    statuses = read_list(mutant_of("list_jwt_good").data)
    if mutant.form == "eid1":
        return verify_offline_paper(
            mutant.data.decode(),
            keys=[deck().list_key],
            expected_issuer=terms["issuer"],
            now=deck().at,
            status_list=statuses,
        )
    if mutant.form == "mso_mdoc":
        return verify_device_response(
            mutant.data,
            roots=[root],
            expected_doc_type=terms["doc_type"],
            session=Session(deck().transcript),
            now=deck().at,
            status_list=statuses,
        )
    return verify_sd_jwt_vc(
        mutant.data.decode(),
        trust=VcTrust(roots=[root]),
        expected_vct=terms["vct"],
        expected_issuer=terms["issuer"],
        occasion=Occasion(terms["audience"], terms["nonce"]),
        now=deck().at,
        status_list=statuses,
    )


NAMES = [each.name for each in deck().mutants]


@pytest.mark.parametrize("name", NAMES)
def test_each_of_the_deck_gets_the_verdict_that_the_deck_says(name: str) -> None:
    mutant = mutant_of(name)
    if mutant.step is None:
        verify(mutant)
        return
    with pytest.raises(VerificationFailed) as refusal:
        verify(mutant)
    assert (refusal.value.step, refusal.value.code) == (mutant.step, mutant.code)


def test_the_deck_has_every_step_of_an_mdoc_and_no_name_twice() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len([each for each in deck().mutants if each.step]) >= 60
    assert {each.step for each in deck().mutants if each.form == "mso_mdoc"} >= {None, *STEPS}


def test_the_deck_has_every_step_of_an_offline_code() -> None:
    steps = {each.step for each in deck().mutants if each.form == "eid1"}
    assert steps >= {None, *STEPS_OF_CODES}


def test_the_deck_is_written_as_files(tmp_path: Path) -> None:
    shown = CliRunner().invoke(credentials, ["mutants", "--out", str(tmp_path / "deck")])
    assert shown.exit_code == 0, shown.output
    described = json.loads((tmp_path / "deck/deck.json").read_text())
    assert set(described["expected"]) == set(NAMES)
    assert (tmp_path / "deck/root.der").stat().st_size > 300
    for each in described["expected"].values():
        assert (tmp_path / "deck" / each["file"]).stat().st_size > 0


def test_what_the_deck_says_of_itself_is_json() -> None:
    described = json.loads(json.dumps(deck().describe()))
    assert described["expected"]["mdoc_revoked"]["code"] == "paper_invalid"
