"""Whether an answer satisfies a DCQL query and says nothing besides; and what of a wallet would (OpenID4VP 1.0, 6.4). Pure.

The two sides agree: what choose_answer chooses, check_answer accepts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eid.errors import NotFound, VerificationFailed
from eid.late_dataclasses import frozen
from eid.presentations.claim_paths import holds, is_within
from eid.presentations.dcql import ClaimQuery, CredentialQuery, Path, Query


@frozen
class Shown:
    """A credential as a query sees it."""

    format: str
    type: str
    claims: Mapping[str, Any]
    """All that it says here; of an mdoc, name space → element → value."""
    revealed: frozenset[Path] = frozenset()
    """The places in `claims` of what its holder could have kept back, and did not."""
    authority_keys: frozenset[str] = frozenset()
    """The key identifiers that its signer's certificate names, base64url."""


@frozen
class Choice:
    """One credential of a wallet, as the answer to one credential query."""

    number: int
    """Which of those that were given."""
    claims: tuple[ClaimQuery, ...]
    """What to show of it."""


def check_answer(query: Query, answer: Mapping[str, Sequence[Shown]]) -> None:
    """Raise VerificationFailed unless of this answer, by the ids of the query, all of this holds.

    1. It answers what was asked, each with a credential, and with several only where that is allowed (step dcql).
    2. What is required is there, as section 6.4.2 has it, and nothing that is part of no answer (step dcql).
    3. Each credential is of the format and a type that was asked for, from an authority that was named (step dcql).
    4. Each holds all claims of one of the alternatives, with the values asked for, and shows no other of those that can
       be withheld (step dcql).
    """
    # (1)
    for name, shown in answer.items():
        asked = query.find(name)
        if asked is None or not shown:
            raise _failure("dcql_unasked", "The answer holds a credential that was not asked for.", name)
        if len(shown) > 1 and not asked.is_multiple:
            raise _failure("dcql_several", "The answer holds several credentials where one was asked for.", name)
    # (2)
    _check_presence(query, set(answer))
    for name, shown in answer.items():
        asked = query.find(name)
        assert asked is not None
        for one in shown:
            # (3)
            if not is_kind(asked, one):
                raise _failure("dcql_type", "The answer holds a credential of another kind.", name)
            # (4)
            _check_claims(asked, one)


def is_kind(asked: CredentialQuery, shown: Shown) -> bool:
    """Format, type and authority (6.1): what a credential is, whatever it says."""
    is_trusted = asked.authority_keys is None or not shown.authority_keys.isdisjoint(asked.authority_keys)
    return shown.format == asked.format and shown.type in asked.types and is_trusted


def _check_presence(query: Query, there: set[str]) -> None:
    if query.credential_sets is None:
        if missing := {one.id for one in query.credentials} - there:
            raise _failure("dcql_missing", "The answer lacks a credential.", sorted(missing)[0])
        return
    used: set[str] = set()
    for number, one in enumerate(query.credential_sets):
        given = [option for option in one.options if set(option) <= there]
        if one.is_required and not given:
            raise _failure("dcql_missing", "The answer lacks a credential.", f"credential set {number}")
        used |= {name for option in given for name in option}
    if there - used:
        raise _failure("dcql_unasked", "The answer holds a credential that was not asked for.", sorted(there - used)[0])


def _check_claims(asked: CredentialQuery, shown: Shown) -> None:
    given = [claims for claims in asked.alternatives if all(holds(shown.claims, claim) for claim in claims)]
    if not given:
        raise _failure("dcql_claims", "The credential does not say what was asked for.", asked.id)
    if not any(all(_is_asked(place, claims) for place in shown.revealed) for claims in given):
        raise _failure("dcql_excess", "The credential says more than was asked for.", asked.id)


def _is_asked(place: Path, claims: Sequence[ClaimQuery]) -> bool:
    return any(is_within(place, claim.path) for claim in claims)


def choose_answer(query: Query, held: Sequence[Shown]) -> dict[str, Choice]:
    """By id, one credential of those for each credential query that an answer needs: the first that fits, with the first
    alternative that it fits. Of optional sets, what can be answered is.

    Raises NotFound: nothing_fits.
    """
    found = {asked.id: choice for asked in query.credentials if (choice := _choose(asked, held)) is not None}
    if query.credential_sets is None:
        if len(found) < len(query.credentials):
            raise _nothing_fits()
        return found
    chosen: dict[str, Choice] = {}
    for one in query.credential_sets:
        option = next((option for option in one.options if set(option) <= found.keys()), None)
        if option is None and one.is_required:
            raise _nothing_fits()
        chosen |= {name: found[name] for name in option or ()}
    return chosen


def _choose(asked: CredentialQuery, held: Sequence[Shown]) -> Choice | None:
    for number, one in enumerate(held):
        if not is_kind(asked, one):
            continue
        for claims in asked.alternatives:
            if all(holds(one.claims, claim) for claim in claims):
                return Choice(number, claims)
    return None


def _failure(code: str, detail: str, reason: str) -> VerificationFailed:
    return VerificationFailed("dcql", code, detail, reason=reason)


def _nothing_fits() -> NotFound:
    return NotFound("nothing_fits", "The wallet holds nothing that answers the question.")
