"""Merkle tree over the entry hashes: roots and proofs (RFC 9162, section 2.1, identical to RFC 6962).

Leaves are given as leaf hashes H(0x00 || data), so that the tree can be rebuilt without the data. H is SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from audit.errors import InvalidRecord

__all__ = [
    "Frontier",
    "Hash",
    "consistency_path",
    "consistency_proof",
    "inclusion_path",
    "inclusion_proof",
    "leaf_hash",
    "merkle_root",
    "subtree_hash",
    "verify_consistency",
    "verify_inclusion",
]


def leaf_hash(data: bytes) -> bytes:
    """Return H(0x00 || data), RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree in O(log n) memory: the roots of its full subtrees, largest first."""

    def __init__(self, size: int = 0, peaks: str = "") -> None:
        """Start an empty tree, or the tree that `peaks()` described. Raises `InvalidRecord` when the two do not match."""
        self.size = size
        if type(size) is not int or type(peaks) is not str:
            raise InvalidRecord("the size of a tree is a whole number, its subtrees are text")
        if size < 0 or len(peaks) != 64 * size.bit_count():
            raise InvalidRecord(f"the full subtrees do not match a tree of {size} leaves")
        try:
            self._peaks = [bytes.fromhex(peaks[i : i + 64]) for i in range(0, len(peaks), 64)]
        except ValueError as error:
            raise InvalidRecord("the subtrees of the Merkle tree are not hexadecimal") from error

    def peaks(self) -> str:
        """Return the roots of the full subtrees in hexadecimal, largest first: enough to continue the tree later."""
        return b"".join(self._peaks).hex()

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash. Each trailing 1 bit of the old size is a full subtree that the leaf completes."""
        closing = self.size
        while closing & 1:
            leaf = _node(self._peaks.pop(), leaf)
            closing >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add many leaf hashes, faster than by `append`."""
        peaks, size, sha256 = self._peaks, self.size, hashlib.sha256
        for leaf in leaves:
            node, closing = leaf, size
            while closing & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                closing >>= 1
            peaks.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Return the Merkle tree hash; H() of nothing for the empty tree."""
        if not self._peaks:
            return hashlib.sha256().digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = _node(peak, root)
        return root


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Return the Merkle tree hash of the leaf hashes, RFC 9162 section 2.1.1."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def subtree_hash(start: int, stop: int, whole: Hash) -> bytes:
    """Return MTH(D[start:stop]) from the hashes of complete subtrees alone, as trees keep them.

    `start` is a multiple of the power of two at or above stop - start, as in every proof."""
    if (stop - start) & (stop - start - 1) == 0:
        return whole(start, stop)
    middle = start + _split(stop - start)
    return _node(subtree_hash(start, middle, whole), subtree_hash(middle, stop, whole))


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)  # the largest power of two below size


Hash = Callable[[int, int], bytes]  # MTH(D[start:stop]), the Merkle tree hash over some of the leaves


def inclusion_path(index: int, size: int, hash_of: Hash) -> list[bytes]:
    """Return PATH(index, D[size]), RFC 9162 section 2.1.3.1, from hashes of whole subtrees. `index` counts from 0.

    Raises `InvalidRecord` when `index` is outside the tree.
    """
    if not 0 <= index < size:
        raise InvalidRecord(f"leaf {index} is not in a tree of {size}")
    path, start, stop = [], 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(hash_of(middle, stop))
            stop = middle
        else:
            path.append(hash_of(start, middle))
            start = middle
    return path[::-1]


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return PATH(index, leaves). Raises `InvalidRecord` when `index` is outside the tree."""
    return inclusion_path(index, len(leaves), lambda start, stop: merkle_root(leaves[start:stop]))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether `proof` shows that `leaf` is at `index` under `root`, RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = _node(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = _node(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def consistency_path(old_size: int, size: int, hash_of: Hash) -> list[bytes]:
    """Return PROOF(old_size, D[size]), RFC 9162 section 2.1.4.1: the first `old_size` leaves are a prefix.

    Raises `InvalidRecord` unless 1 <= old_size <= size.
    """
    if not 1 <= old_size <= size:
        raise InvalidRecord(f"no consistency proof from size {old_size} to size {size}")
    path, start, stop = [], 0, size
    while old_size < stop:
        middle = start + _split(stop - start)
        if old_size <= middle:
            path.append(hash_of(middle, stop))
            stop = middle
        else:
            path.append(hash_of(start, middle))
            start = middle
    if start:  # else the old tree is itself a subtree, and its root is known
        path.append(hash_of(start, stop))
    return path[::-1]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return PROOF(old_size, leaves). Raises `InvalidRecord` unless 1 <= old_size <= len(leaves)."""
    return consistency_path(old_size, len(leaves), lambda start, stop: merkle_root(leaves[start:stop]))


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether `proof` shows that the new tree only appends to the old tree, RFC 9162 section 2.1.4.2."""
    if not 1 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)  # the proof omits the old root when the old tree is a full subtree of the new tree
    if not path:
        return False
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = _node(new, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
