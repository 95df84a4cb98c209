"""Merkle trees as in RFC 9162, section 2.1 (the same shape as RFC 6962): roots, and proofs that a leaf is under a root.

SHA-256; leaves and nodes are hashed with different prefixes, so that no node passes for a leaf (second preimages). A tree
is given by its leaf hashes, in order. Consistency proofs are not here: batches are chained instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from eid.errors import VerificationFailed

LEAF, NODE = b"\x00", b"\x01"


def hash_leaf(content: bytes) -> bytes:
    """HASH(0x00 || content), 32 bytes."""
    return hashlib.sha256(LEAF + content).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """HASH(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(NODE + left + right).digest()


def compute_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash over these leaf hashes (section 2.1.1); of none, the hash of nothing.

    Joining neighbours level by level, an odd last one going up as it is, gives the tree that the RFC defines by its largest
    power of two.
    """
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        level = _join(level)
    return level[0]


def build_inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root, the nearest first (section 2.1.3.1). IndexError beyond the leaves."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path, level = [], list(leaves)
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level, index = _join(level), index >> 1
    return path


def verify_inclusion(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> None:
    """Leaf hash `leaf` is number `index` of the `size` leaves under the root (section 2.1.3.2).

    1. The index lies within the tree.
    2. The path has as many hashes as lead from there to the root.
    3. Leaf and path give the root.

    Raises VerificationFailed: inclusion_index, inclusion_path, inclusion_root.
    """
    # (1)
    if not 0 <= index < size:
        raise VerificationFailed("index", "inclusion_index", "The tree has no such leaf.")
    # (2)
    last, hashes, found = size - 1, list(path), leaf
    while last:
        if index & 1 or index < last:
            if not hashes:
                raise VerificationFailed("path", "inclusion_path", "The path to the root has the wrong length.")
            sibling = hashes.pop(0)
            found = hash_node(sibling, found) if index & 1 else hash_node(found, sibling)
        index, last = index >> 1, last >> 1
    if hashes:
        raise VerificationFailed("path", "inclusion_path", "The path to the root has the wrong length.")
    # (3)
    if found != expected_root:
        raise VerificationFailed("root", "inclusion_root", "The leaf is not under this root.")


def _join(level: list[bytes]) -> list[bytes]:
    joined = [hash_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return joined + level[len(joined) * 2 :]
