"""Merkle tree over the entry hashes: roots and proofs (RFC 9162, section 2.1, identical to RFC 6962).

Leaves are given as leaf hashes H(0x00 || data), so that the tree can be rebuilt without the data. H is SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from audit.errors import InvalidRecord
from audit.log.frontier import Frontier, node_hash

# `Frontier` is listed for a released migration, which imports it from here.
__all__ = [
    "Frontier",
    "Hash",
    "consistency_path",
    "frontier_of",
    "inclusion_path",
    "leaf_hash",
    "merkle_root",
    "subtree_hash",
    "verify_consistency",
    "verify_inclusion",
]


def leaf_hash(data: bytes) -> bytes:
    """Return H(0x00 || data), RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def frontier_of(size: object, peaks: object) -> Frontier:
    """Return the tree that `Frontier.peaks` described. Raises `InvalidRecord` when the two do not match."""
    if type(size) is not int or type(peaks) is not str:
        raise InvalidRecord("the size of a tree is a whole number, its subtrees are text")
    if size < 0 or len(peaks) != 64 * size.bit_count():
        raise InvalidRecord(f"the full subtrees do not match a tree of {size} leaves")
    try:
        return Frontier(size, [bytes.fromhex(peaks[i : i + 64]) for i in range(0, len(peaks), 64)])
    except ValueError as error:
        raise InvalidRecord("the subtrees of the Merkle tree are not hexadecimal") from error


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Return the Merkle tree hash of the leaf hashes, RFC 9162 section 2.1.1."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def subtree_hash(start: int, stop: int, whole: Hash) -> bytes:
    """Return MTH(D[start:stop]) from the hashes of complete subtrees alone, as trees keep them.

    `start` is a multiple of the power of two at or above stop - start, as in every proof."""
    if (stop - start) & (stop - start - 1) == 0:
        return whole(start, stop)
    middle = start + _split(stop - start)
    return node_hash(subtree_hash(start, middle, whole), subtree_hash(middle, stop, whole))


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


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether `proof` shows that `leaf` is at `index` under `root`, RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    climbed = _climbed(index, size - 1, proof, leaf)
    return climbed is not None and climbed[1] == root


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


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether `proof` shows that the new tree only appends to the old tree, RFC 9162 section 2.1.4.2."""
    if not 1 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    # The last full subtree of the old tree is a node of both; where it is the whole old tree, the proof leaves its root out.
    height = (old_size & -old_size).bit_length() - 1
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    climbed = _climbed((old_size - 1) >> height, (new_size - 1) >> height, path[1:], path[0]) if path else None
    return climbed == (old_root, new_root)


def _climbed(index: int, last: int, proof: Sequence[bytes], node: bytes) -> tuple[bytes, bytes] | None:
    """Return the roots of two trees over one row of nodes, which end at `index` and at `last`; `node` is the one at `index`.

    Return None for a proof of another length. As long as the paths from `index` and `last` are apart, a bit of `index` says on
    which side the sibling lies; from there on, all siblings lie on the left. Source: RFC 9162, sections 2.1.3.2 and 2.1.4.2, in
    the closed form of sigstore-python.
    """
    apart = (index ^ last).bit_length()
    if len(proof) != apart + (index >> apart).bit_count():
        return None
    old = new = node
    for height, sibling in enumerate(proof):
        if height >= apart or index >> height & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old, new
