"""What a citizen is asked, as a page has it, and what their ticks grant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.oauth.asking import (
    Granted,
    build_groups,
    find_pending,
    join_decisions,
    list_items,
    list_needed,
    read_decision,
)
from eid.oauth.claims import STANDARD_SCOPES, register_scopes

SCOPES = [scope.name for scope in STANDARD_SCOPES]


@dataclass
class Asked:
    scopes: tuple[str, ...] = ("openid",)
    claims: dict[str, Any] = field(default_factory=dict)
    authorization_details: tuple[dict[str, Any], ...] = ()
    passed_on: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def _standard_scopes() -> None:
    register_scopes(())


def decide(
    asked: Asked, *, scopes: tuple[str, ...] = (), claims: tuple[str, ...] = (), required: tuple[str, ...] = ()
) -> Granted:
    needed = list_needed(asked.scopes, required)
    groups = build_groups(list_items(asked), scopes=asked.scopes, needed=needed)
    return read_decision(groups, asked_scopes=asked.scopes, needed=needed, ticked_scopes=scopes, ticked_claims=claims)


def test_attributes_stand_under_their_scope_each_to_be_ticked() -> None:
    [openid, profile] = build_groups(list_items(Asked(("openid", "profile"))), scopes=("openid", "profile"))
    assert (openid.name, openid.is_one) == ("openid", True)
    assert [(a.field, a.key, a.titles) for a in profile.attributes] == [
        ("claim", "name", ("Full name",)),
        ("claim", "birthdate", ("Date of birth",)),
        ("claim", "gender", ("Sex",)),
    ]


def test_one_attribute_that_is_left_to_ask_about_bears_its_own_name_and_not_its_scopes() -> None:
    [group] = build_groups(["birthdate"], scopes=("openid", "profile"))
    assert not group.is_one
    assert [(a.field, a.key, a.titles) for a in group.attributes] == [("claim", "birthdate", ("Date of birth",))]
    [phone] = build_groups(["phone_number", "phone_number_verified"], scopes=("phone",))
    assert (phone.is_one, phone.attributes[0].field, phone.attributes[0].key) == (True, "scope", "phone")


def test_what_two_scopes_say_is_asked_for_once() -> None:
    groups = build_groups(list_items(Asked(("openid", "profile", "identity"))), scopes=("profile", "identity"))
    keys = [attribute.key for group in groups for attribute in group.attributes]
    assert len(keys) == len(set(keys))
    assert [a.key for group in groups if group.name == "identity" for a in group.attributes] == ["pin", "account_level"]


def test_a_claim_that_is_asked_for_alone_stands_under_its_scope_and_ticks_no_other() -> None:
    asked = Asked(claims={"userinfo": {"birthdate": None}, "id_token": {}})
    [_, profile] = build_groups(list_items(asked), scopes=asked.scopes)
    assert (profile.name, [a.key for a in profile.attributes]) == ("profile", ["birthdate"])
    assert decide(asked, scopes=("openid",), claims=("birthdate",)) == Granted(("openid",), ("sub", "birthdate"))
    assert decide(asked, scopes=("openid",)) == Granted(("openid",), ("sub",))


def test_verified_claims_ask_for_the_claims_and_for_how_they_were_verified() -> None:
    element = {"verification": {"trust_framework": None}, "claims": {"name": None}}
    asked = Asked(claims={"userinfo": {"verified_claims": element}, "id_token": {}})
    groups = build_groups(list_items(asked), scopes=asked.scopes)
    assert [group.name for group in groups] == ["openid", "profile", "verified_claims"]
    assert decide(asked, claims=("name",)).items == ("sub", "name")


def test_one_attribute_of_a_scope_is_withheld() -> None:
    asked = Asked(("openid", "profile"))
    decided = decide(asked, scopes=("openid",), claims=("name", "gender"))
    assert decided == Granted(
        ("openid", "profile"), ("sub", "name", "family_name", "middle_name", "given_name", "gender")
    )


def test_a_scope_of_which_nothing_is_granted_is_not_granted() -> None:
    assert decide(Asked(("openid", "profile")), scopes=("openid",)).scopes == ("openid",)


def test_a_ticked_scope_grants_all_of_it() -> None:
    """Programs that fill in the page know it by its scopes."""
    decided = decide(Asked(("openid", "profile", "identity")), scopes=("openid", "identity"))
    assert set(decided.items) == {"sub", "pin", "name", "birthdate", "gender", "account_level"}
    assert "identity" in decided.scopes


@pytest.mark.parametrize(
    ("scopes", "claims", "code"),
    [
        (("openid", "email"), (), "consent_scope"),
        (("openid",), ("pin",), "consent_scope"),
        (("openid",), ("family_name",), "consent_scope"),
        (("openid",), ("name",), "consent_required_scope"),
        (("openid",), (), "consent_required_scope"),
    ],
)
def test_ticks_that_cannot_be_are_refused(scopes: tuple[str, ...], claims: tuple[str, ...], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        decide(Asked(("openid", "profile")), scopes=scopes, claims=claims, required=("profile",))
    assert refused.value.code == code


def pending(asked: str, then: str, granted: str, needed: str = "") -> set[str]:
    found = find_pending(asked.split(), asked_then=then.split(), granted_then=granted.split(), needed=needed.split())
    return set(found)


def test_only_what_is_new_is_asked_about() -> None:
    assert pending("sub name", "sub name", "sub name") == set()
    assert pending("sub name address", "sub name", "sub name") == {"address"}
    assert pending("sub name email address", "sub name email", "sub name") == {"address"}


def test_what_was_withheld_stays_withheld_unless_it_is_needed_or_asked_for_alone() -> None:
    assert pending("sub name email", "sub name email", "sub name") == set()
    assert pending("sub name email", "sub name email phone", "sub name") == set()
    assert pending("sub email", "sub name email", "sub name") == {"email"}
    assert pending("sub name email", "sub name email", "sub name", needed="email") == {"email"}


def test_a_paper_that_was_granted_whole_covers_its_attributes() -> None:
    assert pending("sub licence.number", "sub licence", "sub licence") == set()
    assert pending("sub licence", "sub licence.number", "sub licence.number") == {"licence"}


def test_a_decision_about_something_leaves_the_rest_as_it_was() -> None:
    earlier = Granted(("openid", "profile"), ("sub", "name"))
    joined = join_decisions(
        earlier,
        Granted(("address",), ("address",)),
        asked_scopes=("openid", "profile", "address"),
        pending=("address",),
    )
    assert joined == Granted(("openid", "profile", "address"), ("sub", "name", "address"))


@given(
    st.lists(st.sampled_from(SCOPES), unique=True),
    st.lists(st.sampled_from(SCOPES), unique=True),
    st.lists(
        st.sampled_from(["name", "birthdate", "gender", "pin", "account_level", "TechID", "HoVaTen"]), unique=True
    ),
)
def test_nothing_is_granted_that_was_not_asked_for_and_ticked(
    asked: list[str], scopes: list[str], claims: list[str]
) -> None:
    request = Asked(tuple(dict.fromkeys(["openid", *asked])))
    try:
        decided = decide(request, scopes=tuple(scopes), claims=tuple(claims))
    except Malformed as refused:
        assert refused.code == "consent_scope"
        return
    assert set(decided.items) <= set(list_items(request))
    assert set(decided.scopes) <= set(request.scopes)
    groups = build_groups(list_items(request), scopes=request.scopes)
    for attribute in (a for group in groups for a in group.attributes):
        ticked = attribute.key in (claims if attribute.field == "claim" else [*scopes, "openid"])
        by_scope = set(attribute.items) <= {i for s in scopes for i in list_items(Asked((s,)))}
        assert (set(attribute.items) <= set(decided.items)) == (ticked or by_scope)
