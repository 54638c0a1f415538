"""The Merkle tree's growing edge against the definition of RFC 6962 §2.1."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.merkle import Frontier, leaf_hash, node_hash


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, by its recursion."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(defined_root(leaves[:split]), defined_root(leaves[split:]))


@given(st.integers(0, 70))
def test_the_edge_gives_the_defined_root(count: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(count)]
    edge = Frontier()
    edge.extend(leaves)
    assert (edge.size, edge.root()) == (count, defined_root(leaves))


@given(st.integers(0, 70), st.integers(0, 40))
def test_a_kept_edge_grows_on_as_if_nothing_had_happened(before: int, after: int) -> None:
    edge = Frontier()
    edge.extend(leaf_hash(bytes([number])) for number in range(before))
    taken_up = Frontier.restored(before, edge.keep())
    for tree in (edge, taken_up):
        tree.extend(leaf_hash(bytes([200 - number])) for number in range(after))
    assert taken_up.root() == edge.root()
    assert taken_up.size == edge.size


def test_an_edge_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="96 bytes"):
        Frontier.restored(7, b"x" * 64)
