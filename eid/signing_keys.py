"""Keys that sign tokens: several of each use, as the names of their files say which signs when (eid.crypto.key_schedule)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from eid.clock import wall_now
from eid.crypto.key_schedule import (
    ALWAYS,
    KeyLife,
    KeyState,
    ScheduledKey,
    build_key_name,
    find_signer,
    parse_key_name,
    schedule_keys,
)
from eid.crypto.keys import ES256, SIGNING_ALGORITHMS, SigningKey, generate_signing_key, parse_signing_key
from eid.errors import NotFound
from eid.key_files import find_stamp, is_unchanged, read_or_create, write_once
from eid.late_dataclasses import frozen

CERTIFICATE_SUFFIX = ".crt"
"""A key's certificate is kept beside it, under the same name."""
WITHDRAWN = ".withdrawn-"
"""What is put after the name of a key that is to be believed no more, before the second at which that was said."""


class KeyUse(StrEnum):
    """What a token-signing key is for; a key has one use."""

    ID_TOKEN = "id-token"
    PAPERS = "papers"
    """Papers as signed tokens, and their status lists."""
    RECEIPTS = "receipts"
    """What the service says it found on a card."""
    AUDIT = "audit"
    """Roots over batches of the audit log."""
    MDOC = "mdoc"
    """Mdocs; its keys have certificates of the issuing authority (eid.issuing_keys)."""
    VERIFIER = "verifier"
    """Requests for presentations; its keys have access certificates."""
    WALLET_PROVIDER = "wallet-provider"
    """What the demo's own wallet provider says of wallets and their keys."""
    CREDENTIAL_REQUESTS = "credential-requests"
    """Nothing is signed with it: wallets encrypt their requests for it."""
    TRUST_LIST = "trust-list"
    """The list of whom to believe, which verifiers pin."""
    ANSWERS = "answers"
    """What an agency says to the service: each agency has a folder of keys of its own (Keystore.find_agency_keys)."""


SERVICE_USES = tuple(use for use in KeyUse if use is not KeyUse.ANSWERS)
"""What the service's own keys are for."""


KEY_ALGORITHMS: dict[KeyUse, tuple[str, ...]] = dict.fromkeys(KeyUse, (ES256,)) | {KeyUse.ID_TOKEN: SIGNING_ALGORITHMS}
"""With which algorithms there are keys of each use; the first is what signs where nobody asked for another."""

KEY_LIVES = {
    KeyUse.ID_TOKEN: KeyLife(lead=timedelta(hours=2), outlives=timedelta(days=7)),
    KeyUse.PAPERS: KeyLife(lead=timedelta(days=1), outlives=timedelta(days=15)),
    KeyUse.RECEIPTS: KeyLife(lead=timedelta(hours=2), outlives=None),
    KeyUse.AUDIT: KeyLife(lead=timedelta(hours=2), outlives=None),
    KeyUse.MDOC: KeyLife(lead=timedelta(days=1), outlives=timedelta(days=15)),
    KeyUse.VERIFIER: KeyLife(lead=timedelta(), outlives=timedelta(days=1)),
    KeyUse.WALLET_PROVIDER: KeyLife(lead=timedelta(), outlives=timedelta(days=1)),
    KeyUse.CREDENTIAL_REQUESTS: KeyLife(lead=timedelta(hours=2), outlives=timedelta(hours=2)),
    KeyUse.ANSWERS: KeyLife(lead=timedelta(hours=2), outlives=None),
    KeyUse.TRUST_LIST: KeyLife(lead=timedelta(days=30), outlives=timedelta(days=400)),
}
"""A receipt is kept as evidence, so is the reference to an answer, and a root of the log for good. A wallet gets the access
certificate with the request that it verifies, so nobody need know it before. A verifier may have pinned the trust list's key and
not looked for a year."""


@frozen
class WithdrawnKey:
    key: SigningKey
    signs_from: datetime
    withdrawn_at: datetime
    certificate: bytes | None
    """DER, where it had one."""


class SigningKeys:
    """The signing keys of one folder, in which any number of processes look at once."""

    def __init__(self, directory: Path, *, may_create: bool) -> None:
        self.directory = directory
        self.may_create = may_create
        self._folder = os.fspath(directory)
        self._keys: dict[tuple[str, int, int], SigningKey] = {}
        self._schedules: dict[tuple[KeyUse, str], tuple[int, list[ScheduledKey]]] = {}
        self._uses: dict[KeyUse, tuple[int, list[ScheduledKey]]] = {}

    def find_signing_key(self, use: KeyUse, alg: str = ES256) -> SigningKey:
        """The key that signs for this use today. Raises Unavailable where there is none and none may be made."""
        signer = find_signer(self._find_scheduled(use, alg), wall_now())
        if signer is None:
            path = self.directory / build_key_name(use, alg, ALWAYS)
            read_or_create(path, lambda: generate_signing_key(alg).to_pem(), may_create=self.may_create)
            signer = self._load_signing_key(path.name, alg)
        return signer

    def find_scheduled_keys(self, use: KeyUse) -> list[ScheduledKey]:
        """Every key of this use that there is, next, signing, old or dead, by algorithm and then oldest first.

        Every process sees a new key at once. Raises as find_signing_key.
        """
        stamp, kept = find_stamp(self.directory), self._uses.get(use)
        if kept is not None and stamp is not None and kept[0] == stamp:
            return kept[1]
        for alg in KEY_ALGORITHMS[use]:
            self.find_signing_key(use, alg)
        found = self.list_made_keys(use)
        if stamp is not None:
            self._uses[use] = stamp, found
        return found

    def list_made_keys(self, use: KeyUse) -> list[ScheduledKey]:
        """As find_scheduled_keys, of those that were made by now: a demo makes a key when it is first needed."""
        return [key for alg in KEY_ALGORITHMS[use] for key in self._find_scheduled(use, alg)]

    def find_published_keys(self, use: KeyUse) -> list[SigningKey]:
        """The keys of this use that others have to know now: the next, the signing and the old, not the dead."""
        now, life = wall_now(), KEY_LIVES[use]
        return [one.key for one in self.find_scheduled_keys(use) if one.state(life, now) != KeyState.DEAD]

    def find_published_jwks(self, use: KeyUse) -> list[dict[str, object]]:
        """The public halves of find_published_keys."""
        return [key.public_jwk() for key in self.find_published_keys(use)]

    def find_known_jwks(self, use: KeyUse) -> list[dict[str, object]]:
        """The public keys with which we recognise what we signed ourselves, however long ago."""
        return [one.key.public_jwk() for one in self.find_scheduled_keys(use)]

    def add_signing_keys(self, use: KeyUse) -> list[ScheduledKey]:
        """For each algorithm there is a next key, which is published from now on and signs after its lead: the new one, or that
        of a rotation that is still under way."""
        now, life = wall_now(), KEY_LIVES[use]
        for alg in KEY_ALGORITHMS[use]:
            self.find_signing_key(use, alg)
            if not any(one.state(life, now) == KeyState.NEXT for one in self._find_scheduled(use, alg)):
                name = build_key_name(use, alg, (now + life.lead).replace(microsecond=0) + timedelta(seconds=1))
                write_once(self.directory / name, generate_signing_key(alg).to_pem())
        self._forget_kept()
        return [one for one in self.find_scheduled_keys(use) if one.state(life, now) == KeyState.NEXT]

    def remove_dead_keys(self, use: KeyUse) -> list[SigningKey]:
        """The dead keys of this use are gone for ever."""
        now, life = wall_now(), KEY_LIVES[use]
        dead = [one for one in self.find_scheduled_keys(use) if one.state(life, now) == KeyState.DEAD]
        for one in dead:
            path = self.directory / build_key_name(use, one.key.alg, one.signs_from)
            path.with_suffix(CERTIFICATE_SUFFIX).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        self._forget_kept()
        return [one.key for one in dead]

    def withdraw_key(self, use: KeyUse, kid: str) -> ScheduledKey:
        """This key signs no more and is published no more, at once and for ever; where it was signing, a new one signs from now.

        It is kept under another name, for whoever lists what was withdrawn. Raises NotFound: key_unknown.
        """
        found = next((one for one in self.find_scheduled_keys(use) if one.key.kid == kid), None)
        if found is None:
            raise NotFound("key_unknown", "There is no such key of this use.")
        path, now = self.directory / build_key_name(use, found.key.alg, found.signs_from), wall_now()
        for each in (path.with_suffix(CERTIFICATE_SUFFIX), path):
            if each.exists():
                each.rename(each.with_name(f"{each.name}{WITHDRAWN}{int(now.timestamp()):010d}"))
        self._forget_kept()
        if find_signer(self._find_scheduled(use, found.key.alg), now) is None:
            name = build_key_name(use, found.key.alg, now.replace(microsecond=0))
            write_once(self.directory / name, generate_signing_key(found.key.alg).to_pem())
            self._forget_kept()
        return found

    def list_withdrawn_keys(self, use: KeyUse) -> list[WithdrawnKey]:
        """What was withdrawn of this use, oldest first."""
        found = []
        for name in sorted(self._list_names()):
            stem, marker, at = name.partition(WITHDRAWN)
            parsed = parse_key_name(stem) if marker and at.isdigit() else None
            if parsed is not None and parsed[0] == use:
                key = self._load_signing_key(name, parsed[1])
                certificate = self.directory / f"{stem.removesuffix('.pem')}{CERTIFICATE_SUFFIX}{WITHDRAWN}{at}"
                der = certificate.read_bytes() if certificate.exists() else None
                found.append(WithdrawnKey(key, parsed[2], datetime.fromtimestamp(int(at), UTC), der))
        return found

    def _forget_kept(self) -> None:
        """What this process has just changed in the folder it sees at once, however coarse the folder's times are."""
        self._schedules.clear()
        self._uses.clear()

    def _find_scheduled(self, use: KeyUse, alg: str) -> list[ScheduledKey]:
        """As the folder has it now; it is listed again only when it has changed."""
        kept = self._schedules.get((use, alg))
        if kept is not None and is_unchanged(self._folder, kept[0]):
            return kept[1]
        stamp = find_stamp(self.directory)
        names = {name: parse_key_name(name) for name in self._list_names() if name.startswith(use)}
        found = schedule_keys(
            (parsed[2], self._load_signing_key(name, alg))
            for name, parsed in names.items()
            if parsed is not None and parsed[:2] == (use, alg)
        )
        if stamp is not None:
            self._schedules[use, alg] = stamp, found
        return found

    def _list_names(self) -> list[str]:
        try:
            return os.listdir(self.directory)  # noqa: PTH208 - a third of the cost of Path.iterdir
        except FileNotFoundError:
            return []

    def _load_signing_key(self, name: str, alg: str) -> SigningKey:
        """Kept once it was read, for as long as it is the same file: a key that leaked may have been replaced by hand."""
        path = self.directory / name
        found = path.stat()
        version = (name, found.st_ino, found.st_mtime_ns)
        if version not in self._keys:
            self._keys[version] = parse_signing_key(path.read_bytes(), alg)
        return self._keys[version]
