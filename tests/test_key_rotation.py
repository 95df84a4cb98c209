"""Keys turn into the next ones without a missed beat: for running workers, whoever keeps published keys, and the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt as jose_jwt
from joserfc.jwk import KeySet

from eid.accounts.statements import STATEMENT_LIFE
from eid.api.oauth import KEYS_MAX_AGE
from eid.api.papers import KEYS_MAX_AGE as PAPERS_KEYS_MAX_AGE
from eid.audit import record_act
from eid.audit_seal.examination import examine_log
from eid.audit_seal.sealing import seal_entries
from eid.clock import wall_now
from eid.config import Settings
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.issuance import LIFETIME as CREDENTIAL_LIFETIME
from eid.credentials.status_lists import LIFETIME as LIST_LIFETIME
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.db import db
from eid.key_rotation import rotate_signing_keys
from eid.keystore import Keystore, current_keystore, open_keystore
from eid.oauth.grants import ID_TOKEN_LIFE
from eid.signing_keys import KEY_ALGORITHMS, KEY_LIVES, KeyUse
from tests.engines import one_engine


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def workers(app: Flask, settings: Settings) -> list[Keystore]:
    """Processes that have read the keys before."""
    found = [open_keystore(settings) for _ in range(3)]
    for keystore in found:
        keystore.find_published_jwks(KeyUse.ID_TOKEN)
    return found


def sign(keystore: Keystore, alg: str, use: KeyUse = KeyUse.ID_TOKEN) -> str:
    claims = {"iss": "x", "iat": int(wall_now().timestamp())}
    return build_jwt(claims, key=keystore.find_signing_key(use, alg), typ="JWT")


def published(keystore: Keystore, use: KeyUse = KeyUse.ID_TOKEN) -> KeySet:
    keys: Any = {"keys": keystore.find_published_jwks(use)}
    return KeySet.import_key_set(keys)


def verify(token: str, keys: KeySet) -> None:
    jose_jwt.decode(token, keys, algorithms=list(SIGNING_ALGORITHMS))


@one_engine
def test_a_verifier_with_any_copy_of_the_keys_that_it_may_keep_never_fails(workers: list[Keystore], clock: Any) -> None:
    """Every worker, each algorithm, two rotations: each token is verified at birth and at death with the keys of then, and with
    the oldest copy that may still be kept"""
    step, lives = timedelta(minutes=30), KEY_LIVES[KeyUse.ID_TOKEN].outlives
    assert lives is not None
    copies: list[tuple[datetime, KeySet]] = []
    kids = set()
    for number in range(20):
        if number in (3, 11):
            rotate_signing_keys(KeyUse.ID_TOKEN)
        now = wall_now()
        copies.append((now, published(workers[number % 3])))
        for keystore, alg in product(workers, SIGNING_ALGORITHMS if number % 5 == 0 else ("ES256",)):
            token = sign(keystore, alg)
            kids.add(keystore.find_signing_key(KeyUse.ID_TOKEN).kid)
            for copied_at, keys in copies:
                if now - copied_at <= timedelta(seconds=KEYS_MAX_AGE):
                    verify(token, keys)
            clock.move_to(now + lives - timedelta(seconds=1))
            verify(token, published(keystore))
            clock.move_to(now)
        clock.shift(step)
    assert len(kids) == 3


@one_engine
def test_every_worker_changes_at_the_same_moment_and_nobody_tells_it(workers: list[Keystore], clock: Any) -> None:
    before = {keystore.find_signing_key(KeyUse.ID_TOKEN).kid for keystore in workers}
    (following, *_) = rotate_signing_keys(KeyUse.ID_TOKEN).following
    for keystore in workers:
        assert following.key.kid in {key.kid for key in published(keystore)}
        assert keystore.find_signing_key(KeyUse.ID_TOKEN).kid in before
    clock.move_to(following.signs_from)
    assert {keystore.find_signing_key(KeyUse.ID_TOKEN).kid for keystore in workers} == {following.key.kid}


@one_engine
def test_a_rotation_that_is_under_way_is_gone_on_with(app: Flask, clock: Any) -> None:
    first = rotate_signing_keys(KeyUse.ID_TOKEN)
    again = rotate_signing_keys(KeyUse.ID_TOKEN)
    assert [one.key.kid for one in again.following] == [one.key.kid for one in first.following]
    assert {one.key.alg for one in first.following} == set(KEY_ALGORITHMS[KeyUse.ID_TOKEN])
    clock.shift(timedelta(hours=3))
    third = rotate_signing_keys(KeyUse.ID_TOKEN)
    assert {one.key.kid for one in third.following}.isdisjoint({one.key.kid for one in first.following})


@one_engine
def test_dead_keys_are_published_no_longer_and_removed_by_the_next_rotation(app: Flask, clock: Any) -> None:
    keystore = current_keystore()
    first = keystore.find_signing_key(KeyUse.ID_TOKEN).kid
    rotate_signing_keys(KeyUse.ID_TOKEN)
    clock.shift(timedelta(days=8))
    assert first not in {key.kid for key in published(keystore)}
    assert first in {key["kid"] for key in keystore.find_known_jwks(KeyUse.ID_TOKEN)}
    assert first in rotate_signing_keys(KeyUse.ID_TOKEN).removed
    assert first not in {key["kid"] for key in keystore.find_known_jwks(KeyUse.ID_TOKEN)}


def test_keys_live_as_long_as_what_they_sign() -> None:
    """Whoever makes something live longer is told here"""
    lives = {use: life.outlives for use, life in KEY_LIVES.items()}
    papers, tokens = lives[KeyUse.PAPERS], lives[KeyUse.ID_TOKEN]
    assert papers is not None and tokens is not None
    assert papers >= max(CREDENTIAL_LIFETIME, LIST_LIFETIME, *(paper.lifetime for paper in CATALOGUE.values()))
    assert tokens >= ID_TOKEN_LIFE
    assert lives[KeyUse.RECEIPTS] is None and timedelta.max > STATEMENT_LIFE
    assert lives[KeyUse.AUDIT] is None


def test_keys_are_published_for_longer_before_they_sign_than_anybody_may_keep_a_copy() -> None:
    for use, seconds in {
        KeyUse.ID_TOKEN: KEYS_MAX_AGE,
        KeyUse.PAPERS: PAPERS_KEYS_MAX_AGE,
        KeyUse.RECEIPTS: PAPERS_KEYS_MAX_AGE,
        KeyUse.AUDIT: 0,
    }.items():
        assert KEY_LIVES[use].lead > timedelta(seconds=seconds)


@one_engine
def test_roots_of_the_log_hold_under_the_key_that_signed_each(app: Flask, client: FlaskClient, clock: Any) -> None:
    kids = []
    for _ in range(3):
        record_act("look")
        db.session.commit()
        kids.append(current_keystore().find_signing_key(KeyUse.AUDIT).kid)
        seal_entries()
        rotate_signing_keys(KeyUse.AUDIT)
        clock.shift(timedelta(days=400))
    assert len(set(kids)) == 3
    report = examine_log(keeps_since=wall_now())
    assert report.faults == []
    roots = client.get("/audit/roots").get_json()
    keys: Any = {"keys": roots["keys"]}
    for batch in roots["batches"]:
        verify(batch["head"], KeySet.import_key_set(keys))


@one_engine
def test_papers_and_receipts_of_before_are_verified_after(app: Flask, client: FlaskClient, clock: Any) -> None:
    made = {use: sign(current_keystore(), "ES256", use) for use in (KeyUse.PAPERS, KeyUse.RECEIPTS)}
    for use in made:
        rotate_signing_keys(use)
    clock.shift(timedelta(days=14))
    keys: Any = client.get("/api/v1/keys").get_json()
    for token in made.values():
        verify(token, KeySet.import_key_set({"keys": keys["keys"]}))


@one_engine
def test_published_keys_are_of_every_algorithm_each_with_a_name_of_its_own(app: Flask, client: FlaskClient) -> None:
    """OpenID Connect Discovery, section 3: RS256 must be among the algorithms; OpenID Connect Core, section 10.1: unique kid"""
    keys = client.get("/oauth/jwks.json").get_json()["keys"]
    assert sorted(key["alg"] for key in keys) == sorted(SIGNING_ALGORITHMS)
    assert len({key["kid"] for key in keys}) == len(keys)
    assert all(key["use"] == "sig" and not {"d", "p", "q", "k"} & key.keys() for key in keys)
    supported = client.get("/.well-known/openid-configuration").get_json()["id_token_signing_alg_values_supported"]
    assert set(supported) == set(SIGNING_ALGORITHMS)
