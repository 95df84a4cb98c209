"""Making claims selectively disclosable at any depth (RFC 9901, sections 4.2.1 to 4.2.6): the issuer's side of
eid.crypto.disclosures.

Credentials of one batch say the same under other salts. So what they say is written as JSON and base64url once, in pieces, and
each credential puts its salts and digests between them.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from random import Random
from struct import unpack
from typing import NamedTuple

from eid.crypto.disclosures import (
    RESERVED,
    Json,
    encode_digests,
    encode_each,
    encode_octets,
    quote,
    write_json,
    write_members,
)

SALT_BYTES = 18
"""RFC 9901, section 9.3: at least 128 bits. 18 octets are 24 characters of base64url and no padding."""
_OPENING, _SALT = b"WyAi", "32s"
"""In base64url, `[ "` and a salt's 24 characters. Both are of a multiple of three octets, for which the blank is there (RFC 8259,
section 2): so whatever the salt, what follows it is the same text in base64url."""
ALGORITHM = "sha-256"

Path = tuple[str | int, ...]
"""Names of members and places of elements, from the top: ("address", "street"), ("nationalities", 0)."""

_KEPT = RESERVED | {"_sd_alg"}


class WithheldClaims:
    """Claims of which everything that a path leads to is withheld, to be written once or many times.

    A path into what is itself withheld gives disclosures within disclosures (section 4.2.6). Each object and array that holds a
    digest gets `decoys` more, which nobody can tell from digests (section 4.2.5). Raises ValueError where a path leads nowhere,
    or a claim has a name that the format keeps for itself.
    """

    def __init__(self, claims: dict[str, Json], paths: Collection[Path], *, decoys: int = 0) -> None:
        _check_names(claims)
        self._here, self._deeper = here, deeper = _split(paths, claims)
        self._within, self._decoys = {name: claims[name] for name in claims if name in deeper}, decoys
        fixed = _without(claims, deeper) if deeper else claims
        shown = write_members(_without(fixed, here) | ({"_sd_alg": ALGORITHM} if paths else {}))
        self._fixed = _Draft([shown.encode()] if shown else [], _end_members(fixed, here), [])

    def write(self, rng: Random, *, times: int = 1) -> list[tuple[bytes, list[bytes]]]:
        """So many times, under other salts each time: the members of the signed object, and the disclosures, of which those
        within others come before them. `rng` must be one that nobody can predict."""
        size = len(self._here) + self._decoys if self._here else 0
        salts, written = _draw_salts(size * times, rng), []
        for at in range(times):
            members, endings, within = self._draft(rng) if self._deeper else self._fixed
            made, digests = _disclose(endings, salts[at * size : (at + 1) * size])
            if digests:
                members = [*members, b'"_sd":["' + b'","'.join(encode_digests(sorted(digests))) + b'"]']
            written.append((b",".join(members), within + made))
        return written

    def _draft(self, rng: Random) -> _Draft:
        """With what lies deeper concealed already."""
        concealing, fixed, here = _Concealing(rng, self._decoys), self._fixed, self._here
        concealed = {name: concealing.conceal(value, self._deeper[name]) for name, value in self._within.items()}
        shown = write_members(_without(concealed, here)).encode()
        endings = fixed.endings + _end_members(concealed, here)
        return _Draft([*fixed.members, shown] if shown else fixed.members, endings, concealing.disclosures)


class _Draft(NamedTuple):
    """Claims that want the digests of the top and nothing else."""

    members: list[bytes]
    endings: list[bytes]
    """What follows the salt in each disclosure of the top."""
    within: list[bytes]
    """The disclosures within those."""


def withhold(
    claims: Mapping[str, Json], paths: Collection[Path], *, rng: Random, decoys: int = 0
) -> tuple[dict[str, Json], tuple[str, ...]]:
    """WithheldClaims written once: the signed claims, and the disclosures."""
    [(members, disclosures)] = WithheldClaims(dict(claims), paths, decoys=decoys).write(rng)
    return json.loads(b"{%b}" % members), tuple([each.decode() for each in disclosures])


def _draw_salts(count: int, rng: Random) -> tuple[bytes, ...]:
    drawn = encode_octets(rng.randbytes(count * SALT_BYTES))
    return unpack(_SALT * count, b2a_base64(drawn, newline=False))  # of such letters, base64 and base64url are the same


def _disclose(endings: Sequence[bytes], salts: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Disclosures with these endings, and their digests in the same order with decoys after them: digests of salts to spare."""
    made = [_OPENING + salt + ending for salt, ending in zip(salts, endings, strict=False)]
    return made, [sha256(each).digest() for each in (*made, *salts[len(made) :])]


class _Concealing:
    """One writing of what lies deeper: the disclosures that were made so far."""

    def __init__(self, rng: Random, decoys: int) -> None:
        self.rng, self.decoys = rng, decoys
        self.disclosures: list[bytes] = []

    def conceal(self, value: Json, paths: Collection[Path]) -> Json:
        """The value without what the paths lead to: something within it."""
        here, deeper = _split(paths, value)
        inner = {at: self.conceal(value[at], below) for at, below in deeper.items()}
        if isinstance(value, dict):
            return self._conceal_members(value | inner, here)
        return self._conceal_elements([inner.get(at, each) for at, each in enumerate(value)], here)

    def _conceal_members(self, value: dict[str, Json], here: Collection[str | int]) -> dict[str, Json]:
        digests = self._write_digests(_end_members(value, here))
        return _without(value, here) | ({"_sd": sorted(digests)} if digests else {})

    def _conceal_elements(self, value: list[Json], here: Collection[str | int]) -> list[Json]:
        places = [at for at in range(len(value)) if at in here]
        endings = _encode_endings([f'",{write_json(value[at])}]' for at in places])
        digests = [{"...": digest} for digest in self._write_digests(endings)]
        for at, digest in zip(places, digests, strict=False):
            value[at] = digest
        return value + digests[len(places) :]

    def _write_digests(self, endings: Sequence[bytes]) -> list[str]:
        if not endings:
            return []
        made, digests = _disclose(endings, _draw_salts(len(endings) + self.decoys, self.rng))
        self.disclosures += made
        return [digest.decode() for digest in encode_digests(digests)]


def _end_members(members: Mapping[str, Json], names: Collection[str | int]) -> list[bytes]:
    """What follows the salt in the disclosures of the members of these names."""
    return _encode_endings(
        [
            f'",{quote(name)},{quote(each) if type(each) is str else write_json(each)}]'
            for name, each in members.items()
            if name in names
        ]
    )


def _encode_endings(endings: Sequence[str]) -> list[bytes]:
    return encode_each([ending.encode() for ending in endings], b"~").split(b"~") if endings else []


def _split(paths: Collection[Path], value: Json) -> tuple[set[str | int], dict[str | int, list[Path]]]:
    """What the paths lead to in the value itself, and those that lead into a part of it. Raises ValueError where it has no such
    part."""
    here = {path[0] for path in paths if len(path) == 1}
    deeper: dict[str | int, list[Path]] = {}
    if len(here) != len(paths):
        for path in paths:
            if len(path) != 1:
                deeper.setdefault(path[0], []).append(path[1:])
    parts = value.keys() if isinstance(value, dict) else set(range(len(value)) if isinstance(value, list) else ())
    if not (here <= parts and deeper.keys() <= parts):
        raise ValueError("a path leads nowhere")
    return here, deeper


def _without(members: Mapping[str, Json], names: Collection[str | int]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if name not in names}


def _check_names(value: Json) -> None:
    """Raise ValueError where a name in the value, however deep, is one that the format keeps for itself."""
    if type(value) is dict:
        if not _KEPT.isdisjoint(value):
            raise ValueError("a name is one that the format keeps for itself")
        value = value.values()
    for each in value:
        if type(each) is dict or type(each) is list:
            _check_names(each)
