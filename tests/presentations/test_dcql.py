"""The query language: what is read and refused, and that the two sides agree whatever is asked of whatever is held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed, NotFound, VerificationFailed
from eid.presentations.claim_paths import find_values, holds, is_within, list_leaves
from eid.presentations.dcql import ClaimQuery, parse_query
from eid.presentations.dcql_matching import Shown, check_answer, choose_answer

CLAIMS = {
    "name": "Trần Văn Minh",
    "points": 12,
    "may_drive": True,
    "address": {"street": "Lê Lợi", "city": "Huế"},
    "classes": [{"class": "A1", "since": "2020"}, {"class": "B", "since": "2024"}],
}
LICENCE, CARD = "https://issuer.example/licence", "https://issuer.example/card"
HELD = Shown("dc+sd-jwt", LICENCE, CLAIMS)


def credential(**changes: Any) -> dict[str, Any]:
    found = {"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": [LICENCE]}} | changes
    return {name: value for name, value in found.items() if value is not None}


def query(*credentials: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"credentials": list(credentials), **more}


AKI = [{"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (7, "dcql_malformed"),
        (query(), "dcql_malformed"),
        (query(credential(id="a b")), "dcql_malformed"),
        (query(credential(), credential()), "dcql_malformed"),
        (query(credential(format="jwt_vc_json")), "dcql_unsupported"),
        (query(credential(surprise=1)), "dcql_unsupported"),
        (query(credential(meta={})), "dcql_malformed"),
        (query(credential(meta={"vct_values": []})), "dcql_malformed"),
        (query(credential(meta={"vct_values": [7]})), "dcql_malformed"),
        (query(credential(multiple="yes")), "dcql_malformed"),
        (query(credential(trusted_authorities=[{"type": "etsi_tl", "values": ["x"]}])), "dcql_unsupported"),
        (query(credential(trusted_authorities=[{"type": "openid_federation", "values": ["x"]}])), "dcql_unsupported"),
        (query(credential(trusted_authorities=[])), "dcql_malformed"),
        (query(credential(claims=[])), "dcql_malformed"),
        (query(credential(claims=[{"path": []}])), "dcql_malformed"),
        (query(credential(claims=[{"path": [0]}])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a", -1]}])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a", True]}])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a"]}, {"path": ["a"]}])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a"], "values": []}])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a"], "values": [1.5]}])), "dcql_malformed"),
        (query(credential(claim_sets=[["x"]])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a"]}], claim_sets=[["x"]])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a"], "id": "x"}], claim_sets=[["y"]])), "dcql_malformed"),
        (query(credential(format="mso_mdoc", meta={"vct_values": [LICENCE]})), "dcql_malformed"),
        (query(credential(format="mso_mdoc", meta={"doctype_value": "d"}, claims=[{"path": ["a"]}])), "dcql_malformed"),
        (query(credential(claims=[{"path": ["a"], "intent_to_retain": True}])), "dcql_unsupported"),
        (query(credential(), credential_sets=[{"options": [["b"]]}]), "dcql_malformed"),
        (query(credential(), credential_sets=[{"options": []}]), "dcql_malformed"),
        (query(credential(), credential_sets=[{"options": [["a"]], "required": 1}]), "dcql_malformed"),
    ],
)
def test_what_is_no_query_that_is_understood_is_refused(document: Any, code: str) -> None:
    """OpenID4VP, section 6; trusted_authorities of types that need a trust list are not answered in part."""
    with pytest.raises(Malformed) as refusal:
        parse_query(document)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("name",), ["Trần Văn Minh"]),
        (("address", "city"), ["Huế"]),
        (("classes", None, "class"), ["A1", "B"]),
        (("classes", 1, "class"), ["B"]),
        (("classes", 2), []),
        (("name", "first"), []),
        (("name", 0), []),
        (("address", None), []),
        (("nothing",), []),
    ],
)
def test_paths_lead_where_the_specification_says(path: Any, found: list[Any]) -> None:
    """OpenID4VP, section 7.1."""
    assert find_values(CLAIMS, path) == found


def test_values_are_compared_with_their_type() -> None:
    assert holds(CLAIMS, ClaimQuery(("points",), values=(12,)))
    assert not holds(CLAIMS, ClaimQuery(("points",), values=("12",)))
    assert holds(CLAIMS, ClaimQuery(("may_drive",), values=(True,)))
    assert not holds(CLAIMS, ClaimQuery(("may_drive",), values=(1,)))
    assert holds(CLAIMS, ClaimQuery(("classes", None, "class"), values=("B", "C")))


def revealing(shown: Shown, *paths: Any) -> Shown:
    """What is shown where these claims were opened."""
    leaves = [place for place in list_leaves(shown.claims) if any(is_within(place, path) for path in paths)]
    return replace(shown, revealed=frozenset(leaves))


def refusal_of(document: dict[str, Any], answer: dict[str, list[Shown]]) -> str:
    with pytest.raises(VerificationFailed) as refusal:
        check_answer(parse_query(document), answer)
    assert refusal.value.step == "dcql"
    return refusal.value.code


def test_an_answer_holds_what_was_asked_for_and_nothing_else() -> None:
    """OpenID4VP, sections 6.4.1 and 8.6."""
    asked = query(credential(claims=[{"path": ["name"]}]))
    good = revealing(HELD, ("name",))
    check_answer(parse_query(asked), {"a": [good]})
    assert refusal_of(asked, {}) == "dcql_missing"
    assert refusal_of(asked, {"b": [good]}) == "dcql_unasked"
    assert refusal_of(asked, {"a": [good], "b": [good]}) == "dcql_unasked"
    assert refusal_of(asked, {"a": []}) == "dcql_unasked"
    assert refusal_of(asked, {"a": [good, good]}) == "dcql_several"
    check_answer(parse_query(query(credential(claims=[{"path": ["name"]}], multiple=True))), {"a": [good, good]})
    assert refusal_of(asked, {"a": [replace(good, type=CARD)]}) == "dcql_type"
    assert refusal_of(asked, {"a": [replace(good, format="mso_mdoc")]}) == "dcql_type"
    assert refusal_of(asked, {"a": [revealing(HELD, ("name",), ("points",))]}) == "dcql_excess"
    assert refusal_of(asked, {"a": [replace(good, claims={"points": 12})]}) == "dcql_claims"
    assert refusal_of(query(credential()), {"a": [good]}) == "dcql_excess"


def test_an_authority_that_was_named_must_stand_behind_it() -> None:
    """OpenID4VP, section 6.1.1.1."""
    asked = query(credential(trusted_authorities=AKI))
    check_answer(parse_query(asked), {"a": [replace(HELD, authority_keys=frozenset({AKI[0]["values"][0]}))]})
    assert refusal_of(asked, {"a": [HELD]}) == "dcql_type"


def test_claim_sets_are_alternatives_and_not_a_sum() -> None:
    """OpenID4VP, section 6.4.1."""
    claims = [{"id": "n", "path": ["name"]}, {"id": "p", "path": ["points"]}, {"id": "x", "path": ["nothing"]}]
    asked = query(credential(claims=claims, claim_sets=[["x"], ["n"], ["p"]]))
    chosen = choose_answer(parse_query(asked), [HELD])
    assert [claim.id for claim in chosen["a"].claims] == ["n"]
    check_answer(parse_query(asked), {"a": [revealing(HELD, ("points",))]})
    assert refusal_of(asked, {"a": [revealing(HELD, ("name",), ("points",))]}) == "dcql_excess"


def test_credential_sets_say_what_is_needed() -> None:
    """OpenID4VP, section 6.4.2."""
    sets = [{"options": [["c"], ["a"]]}, {"options": [["b"]], "required": False}]
    asked = query(
        credential(), credential(id="b"), credential(id="c", meta={"vct_values": [CARD]}), credential_sets=sets
    )
    assert set(choose_answer(parse_query(asked), [HELD])) == {"a", "b"}
    for ids in (["a"], ["a", "b"]):
        check_answer(parse_query(asked), {name: [HELD] for name in ids})
    assert refusal_of(asked, {"b": [HELD]}) == "dcql_missing"
    with pytest.raises(NotFound) as refusal:
        choose_answer(parse_query(asked), [replace(HELD, type="urn:other")])
    assert refusal.value.code == "nothing_fits"


_names = st.sampled_from(["name", "points", "may_drive", "address", "classes", "nothing"])
_steps = st.one_of(st.sampled_from(["street", "city", "class"]), st.integers(0, 2), st.none())
_paths = st.tuples(_names, st.lists(_steps, max_size=2)).map(lambda pair: [pair[0], *pair[1]])
_ids = st.sampled_from(["a", "b", "c"])


@st.composite
def _credentials(draw: st.DrawFn, name: str) -> dict[str, Any]:
    paths = draw(st.lists(_paths, max_size=3, unique_by=tuple))
    claims: list[dict[str, Any]] = [{"id": f"c{number}", "path": path} for number, path in enumerate(paths)]
    for claim in claims:
        if draw(st.booleans()):
            claim["values"] = draw(st.lists(st.sampled_from(["A1", "Huế", 12, True]), min_size=1, max_size=2))
    found = credential(id=name, meta={"vct_values": [draw(st.sampled_from([LICENCE, CARD]))]}, claims=claims or None)
    if claims and draw(st.booleans()):
        names = st.sampled_from([claim["id"] for claim in claims])
        found["claim_sets"] = draw(st.lists(st.lists(names, min_size=1, max_size=2), min_size=1, max_size=2))
    return found


@st.composite
def _queries(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(_ids, min_size=1, max_size=3, unique=True))
    found = query(*[draw(_credentials(name)) for name in names])
    if draw(st.booleans()):
        options = st.lists(
            st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True), min_size=1, max_size=2
        )
        sets = st.fixed_dictionaries({"options": options, "required": st.booleans()})
        found["credential_sets"] = draw(st.lists(sets, min_size=1, max_size=2))
    return found


@given(_queries(), st.lists(st.sampled_from([HELD, replace(HELD, type=CARD)]), max_size=2))
def test_what_a_wallet_chooses_a_verifier_accepts_and_nothing_more_or_less(
    document: dict[str, Any], held: list[Shown]
) -> None:
    """OpenID4VP, section 6.4: the two sides of a query agree."""
    asked = parse_query(document)
    try:
        chosen = choose_answer(asked, held)
    except NotFound:
        return
    answer = {
        name: [revealing(held[choice.number], *[claim.path for claim in choice.claims])]
        for name, choice in chosen.items()
    }
    if answer or asked.credential_sets:
        check_answer(asked, answer)
    for name, [shown] in answer.items():
        everything = replace(shown, revealed=frozenset({*shown.revealed, ("more",)}))
        with pytest.raises(VerificationFailed):
            check_answer(asked, {**answer, name: [everything]})
        with pytest.raises(VerificationFailed):
            check_answer(asked, {**answer, name: [replace(shown, type="urn:other")]})
        if asked.credential_sets is None:
            with pytest.raises(VerificationFailed):
                check_answer(asked, {other: shown for other, shown in answer.items() if other != name})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["credentials", "id", "format", "meta", "claims", "path", "vct_values", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_rubbish_is_refused_and_breaks_nothing(document: Any) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_query(document)
    assert refusal.value.code in ("dcql_malformed", "dcql_unsupported")
