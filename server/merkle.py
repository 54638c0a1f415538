"""A Merkle tree over the audit trail, hashed as in RFC 6962 §2.1: leaves and nodes carry different prefixes.

Only the right edge is kept while it grows: ``Frontier`` holds the roots of the full subtrees, biggest first.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def leaf_hash(content: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[tuple[int, bytes]] = []

    @classmethod
    def restored(cls, size: int, kept: bytes) -> Frontier:
        """The edge of a tree of ``size`` leaves from what :meth:`keep` gave. Raises ``ValueError`` if the two do not fit."""
        counts = [1 << place for place in range(size.bit_length() - 1, -1, -1) if size >> place & 1]
        if len(kept) != 32 * len(counts):
            raise ValueError(f"an edge of {len(counts)} roots takes {32 * len(counts)} bytes, not {len(kept)}")
        edge = cls()
        edge.size = size
        edge._roots = [(count, kept[32 * place : 32 * place + 32]) for place, count in enumerate(counts)]
        return edge

    def keep(self) -> bytes:
        """The edge's roots, biggest first; their sizes follow from the tree's."""
        return b"".join(root for _, root in self._roots)

    def add(self, leaf: bytes) -> None:
        """Append one leaf's hash; equal subtrees at the edge are joined."""
        self.size += 1
        count, root = 1, leaf
        while self._roots and self._roots[-1][0] == count:
            left_count, left = self._roots.pop()
            count, root = count + left_count, node_hash(left, root)
        self._roots.append((count, root))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append many."""
        for leaf in leaves:
            self.add(leaf)

    def root(self) -> bytes:
        """The tree's root; of an empty tree the hash of nothing."""
        if not self._roots:
            return hashlib.sha256().digest()
        root = self._roots[-1][1]
        for _, left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root
