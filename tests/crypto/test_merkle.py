"""Merkle trees: the vectors of certificate transparency's tests, and laws (RFC 9162, section 2.1; RFC 6962 has the same)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.merkle import build_inclusion_path, compute_root, hash_leaf, hash_node, verify_inclusion
from eid.errors import VerificationFailed

CONTENTS = [
    bytes.fromhex(content)
    for content in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
LEAVES = [hash_leaf(content) for content in CONTENTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first 0 to 8 leaves; from the tests of certificate-transparency-go."""
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
"""By leaf and size; from the same tests, which count leaves from 1."""

trees = st.lists(st.binary(max_size=8).map(hash_leaf), min_size=1, max_size=40)


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    """RFC 9162, section 2.1.1."""
    assert compute_root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_paths_are_those_of_certificate_transparency(index: int, size: int) -> None:
    """RFC 9162, sections 2.1.3.1 and 2.1.3.2."""
    path = build_inclusion_path(LEAVES[:size], index)
    assert [step.hex() for step in path] == PATHS[index, size]
    verify_inclusion(LEAVES[index], index=index, size=size, path=path, expected_root=bytes.fromhex(ROOTS[size]))


@given(trees)
def test_the_root_is_as_the_rfc_defines_it_recursively(leaves: list[bytes]) -> None:
    """RFC 9162, section 2.1.1: k is the largest power of two that is smaller than n."""

    def root(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return part[0]
        k = 1 << ((len(part) - 1).bit_length() - 1)
        return hashlib.sha256(b"\x01" + root(part[:k]) + root(part[k:])).digest()

    assert compute_root(leaves) == root(leaves)


@given(trees, st.data())
def test_every_leaf_is_proved_and_nothing_else_by_the_same_path(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = build_inclusion_path(leaves, index), compute_root(leaves)
    verify_inclusion(leaves[index], index=index, size=len(leaves), path=path, expected_root=root)
    with pytest.raises(VerificationFailed) as refused:
        verify_inclusion(hash_leaf(b"something else"), index=index, size=len(leaves), path=path, expected_root=root)
    assert refused.value.code == "inclusion_root"


@given(trees, st.data())
def test_a_path_that_is_longer_or_shorter_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = build_inclusion_path(leaves, index), compute_root(leaves)
    for wrong in ([*path, bytes(32)], path[:-1]):
        if wrong != path:
            with pytest.raises(VerificationFailed) as refused:
                verify_inclusion(leaves[index], index=index, size=len(leaves), path=wrong, expected_root=root)
            assert refused.value.code == "inclusion_path"


@pytest.mark.parametrize("index", [-1, 8, 2**70])
def test_a_leaf_beyond_the_tree_is_refused(index: int) -> None:
    with pytest.raises(VerificationFailed) as refused:
        verify_inclusion(LEAVES[0], index=index, size=8, path=[], expected_root=compute_root(LEAVES))
    assert refused.value.code == "inclusion_index"
    with pytest.raises(IndexError):
        build_inclusion_path(LEAVES, index)


def test_a_node_passes_for_no_leaf() -> None:
    """RFC 9162, section 2.1.1: different prefixes, against second preimages."""
    assert hash_leaf(LEAVES[0] + LEAVES[1]) != hash_node(LEAVES[0], LEAVES[1])
