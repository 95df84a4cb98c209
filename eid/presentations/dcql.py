"""The Digital Credentials Query Language (OpenID4VP 1.0, section 6): a query, read from JSON. Pure.

What is not understood is refused, never passed over: a query that is answered in part would be another query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from eid.errors import Malformed
from eid.late_dataclasses import frozen

SD_JWT_VC, MDOC = "dc+sd-jwt", "mso_mdoc"
FORMATS = (SD_JWT_VC, MDOC)
AUTHORITY_KEY = "aki"
"""Section 6.1.1.1; the other types, lists of ETSI and OpenID Federation, need a trust list that is not here."""
MAX_CREDENTIALS, MAX_CLAIMS, MAX_SETS, MAX_DEPTH = 16, 64, 32, 8

Step: TypeAlias = str | int | None
Path: TypeAlias = tuple[Step, ...]
Value: TypeAlias = str | int | bool

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_T = TypeVar("_T")


@frozen
class ClaimQuery:
    path: Path
    """Section 7: names, indices, and None for all elements; of an mdoc, name space and element."""
    id: str = ""
    values: tuple[Value, ...] | None = None


@frozen
class CredentialQuery:
    id: str
    format: str
    types: tuple[str, ...]
    """The `vct` values of which one is wanted, or the one document type."""
    claims: tuple[ClaimQuery, ...] | None = None
    claim_sets: tuple[tuple[str, ...], ...] | None = None
    is_multiple: bool = False
    needs_holder: bool = True
    authority_keys: tuple[str, ...] | None = None
    """Key identifiers, base64url, of which the issuer's certificate must name one."""

    @property
    def alternatives(self) -> tuple[tuple[ClaimQuery, ...], ...]:
        """The sets of claims of which one is wanted, the best first (section 6.4.1)."""
        if self.claims is None:
            return ((),)
        if self.claim_sets is None:
            return (self.claims,)
        named = {claim.id: claim for claim in self.claims}
        return tuple(tuple(named[name] for name in names) for names in self.claim_sets)


@frozen
class CredentialSet:
    options: tuple[tuple[str, ...], ...]
    is_required: bool = True


@frozen
class Query:
    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSet, ...] | None = None

    def find(self, name: str) -> CredentialQuery | None:
        return next((one for one in self.credentials if one.id == name), None)


def parse_query(document: object) -> Query:
    """The query of a `dcql_query`. Raises Malformed (dcql_malformed, dcql_unsupported) with what is wrong in its reason."""
    query = _object(document, "query", {"credentials"}, {"credential_sets"})
    credentials = _list(query["credentials"], "credentials", _parse_credential, MAX_CREDENTIALS)
    names = [one.id for one in credentials]
    if len(set(names)) != len(names):
        raise _malformed("two credentials of one id")
    sets = None
    if "credential_sets" in query:
        sets = _list(query["credential_sets"], "credential_sets", _parse_set, MAX_SETS)
        if not {name for one in sets for option in one.options for name in option} <= set(names):
            raise _malformed("a credential set names a credential that is not there")
    return Query(credentials, sets)


def _parse_credential(document: object) -> CredentialQuery:
    optional = {"multiple", "trusted_authorities", "require_cryptographic_holder_binding", "claims", "claim_sets"}
    found = _object(document, "credential", {"id", "format", "meta"}, optional)
    if found["format"] not in FORMATS:
        raise _unsupported("format")
    claims = None
    if "claims" in found:
        is_mdoc = found["format"] == MDOC
        claims = _list(found["claims"], "claims", lambda one: _parse_claim(one, is_mdoc=is_mdoc), MAX_CLAIMS)
    authorities = None
    if "trusted_authorities" in found:
        several = _list(found["trusted_authorities"], "trusted_authorities", _parse_authority, MAX_SETS)
        authorities = tuple(key for keys in several for key in keys)
    return CredentialQuery(
        id=_id(found["id"]),
        format=str(found["format"]),
        types=_parse_types(str(found["format"]), found["meta"]),
        claims=claims,
        claim_sets=_parse_claim_sets(found, claims),
        is_multiple=_truth(found.get("multiple", False), "multiple"),
        needs_holder=_truth(found.get("require_cryptographic_holder_binding", True), "holder binding"),
        authority_keys=authorities,
    )


def _parse_types(format: str, meta: object) -> tuple[str, ...]:
    """Appendices B.2.3 and B.3.5."""
    if format == MDOC:
        return (_text(_object(meta, "meta", {"doctype_value"}, set())["doctype_value"], "doctype_value"),)
    values = _object(meta, "meta", {"vct_values"}, set())["vct_values"]
    return _list(values, "vct_values", lambda one: _text(one, "vct_values"), MAX_SETS)


def _parse_claim(document: object, *, is_mdoc: bool) -> ClaimQuery:
    optional = {"id", "values", *({"intent_to_retain"} if is_mdoc else ())}
    found = _object(document, "claim", {"path"}, optional)
    path = _list(found["path"], "path", _step, MAX_DEPTH)
    if is_mdoc and (len(path) != 2 or not all(isinstance(step, str) for step in path)):
        raise _malformed("the path into an mdoc is a name space and an element")
    if not isinstance(path[0], str):
        raise _malformed("a path begins with a name")
    _truth(found.get("intent_to_retain", False), "intent_to_retain")
    values = _list(found["values"], "values", _value, MAX_CLAIMS) if "values" in found else None
    return ClaimQuery(path, _id(found["id"]) if "id" in found else "", values)


def _parse_claim_sets(
    found: Mapping[str, Any], claims: tuple[ClaimQuery, ...] | None
) -> tuple[tuple[str, ...], ...] | None:
    """Section 6.1: no set without claims, an id for each claim where there are sets, none twice, nothing asked for twice."""
    names = [claim.id for claim in claims or () if claim.id]
    if len(set(names)) != len(names) or len({claim.path for claim in claims or ()}) != len(claims or ()):
        raise _malformed("a claim stands twice")
    if "claim_sets" not in found:
        return None
    if claims is None or len(names) != len(claims):
        raise _malformed("claim_sets need claims, each with an id")
    sets = _list(found["claim_sets"], "claim_sets", lambda one: _list(one, "claim_set", _id, MAX_CLAIMS), MAX_SETS)
    if not {name for one in sets for name in one} <= set(names):
        raise _malformed("a claim set names a claim that is not there")
    return sets


def _parse_set(document: object) -> CredentialSet:
    found = _object(document, "credential_set", {"options"}, {"required"})
    options = _list(found["options"], "options", lambda one: _list(one, "option", _id, MAX_CREDENTIALS), MAX_SETS)
    return CredentialSet(options, _truth(found.get("required", True), "required"))


def _parse_authority(document: object) -> tuple[str, ...]:
    found = _object(document, "trusted_authority", {"type", "values"}, set())
    if found["type"] != AUTHORITY_KEY:
        raise _unsupported("trusted_authorities")
    return _list(found["values"], "values", lambda one: _text(one, "values"), MAX_SETS)


def _object(value: object, what: str, needed: set[str], optional: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not needed <= value.keys():
        raise _malformed(what)
    if unknown := value.keys() - needed - optional:
        raise _unsupported(f"{what}: {sorted(unknown)[0]}")
    return value


def _list(value: object, what: str, parse: Callable[[object], _T], most: int) -> tuple[_T, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= most:
        raise _malformed(what)
    return tuple(parse(one) for one in value)


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _malformed("id")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 512:
        raise _malformed(what)
    return value


def _truth(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise _malformed(what)
    return value


def _step(value: object) -> Step:
    is_step = value is None or isinstance(value, str) or (type(value) is int and value >= 0)
    if not is_step:
        raise _malformed("path")
    return value  # type: ignore[return-value]


def _value(value: object) -> Value:
    if not isinstance(value, str | int | bool):
        raise _malformed("values")
    return value


def _malformed(reason: str) -> Malformed:
    return Malformed("dcql_malformed", "The query does not have the form of DCQL.", reason=reason)


def _unsupported(reason: str) -> Malformed:
    return Malformed("dcql_unsupported", "The query asks in a way that is not supported here.", reason=reason)


def types_asked(queries: Sequence[CredentialQuery]) -> set[tuple[str, str]]:
    """Format and type of every credential that may be an answer."""
    return {(query.format, name) for query in queries for name in query.types}
