"""A growing Merkle tree in O(log n) memory: the roots of its full subtrees (RFC 9162, section 2.1, identical to RFC 6962).

Needs only Python 3.9: every bundle carries a copy beside verify.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return H(0x01 || left || right), RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees of a tree of ``size`` leaves, largest first: enough for its root, and to continue it."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    def peaks(self) -> str:
        """Return the roots of the full subtrees in hexadecimal, largest first."""
        return b"".join(self._peaks).hex()

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes. Each trailing 1 bit of the size before is a full subtree that the leaf completes."""
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
            root = node_hash(peak, root)
        return root
