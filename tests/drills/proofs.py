"""Merkle proofs: every inclusion and consistency proof up to a size is accepted, every mutated one rejected.

    python -m tests.drills proofs --json --size 257

The trees are compared with a second implementation, written after the recursive definition in RFC 6962, section 2.1, and
with the published vectors of Certificate Transparency. A proof says nothing about the size of the tree beyond the shape of
its path: where another size gives the same path under the same root, RFC 6962's verifier has to accept it, and a signed
checkpoint is what binds the two. Those cases are counted, and expected exactly where the shapes agree.
"""

from __future__ import annotations

import hashlib
import random
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from audit.log.merkle_tree import (
    Frontier,
    leaf_hash,
    merkle_root,
    verify_consistency,
    verify_inclusion,
)
from tests.drills.common import Json, say
from tests.support.audit.logs import consistency_proof, inclusion_proof

LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
_A, _B, _C = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
_D, _E, _F = (
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)
# (leaf, size) and (old size, new size); leaves count from 0.
PATHS = {(0, 1): (), (0, 8): (_A, _B, _C), (5, 8): (_D, _E, ROOTS[3]), (2, 3): (ROOTS[1],), (1, 5): (ROOTS[0], _B, _D)}
CONSISTENCY = {(1, 1): (), (1, 8): (_A, _B, _C), (6, 8): (_F, _E, ROOTS[3]), (2, 5): (_B, _D)}

Proof = list[bytes]


def drill(arguments: Namespace) -> Json:
    """Check all proofs of all trees up to `--size`."""
    vectors = published()
    found = _Trees(arguments.size, arguments.seed).try_all()
    wrong = [name for name in ("good_rejected", "bad_accepted", "roots_differ") if found[name]]
    return {"ok": not wrong and vectors["failed"] == 0, "published_vectors": vectors, **found}


def published() -> Json:
    """Check the published test vectors of Certificate Transparency."""
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
    held = [merkle_root(leaves[: n + 1]).hex() == root for n, root in enumerate(ROOTS)]
    held.append(merkle_root([]) == hashlib.sha256().digest())
    for (index, size), path in PATHS.items():
        proof = inclusion_proof(index, leaves[:size])
        held.append([node.hex() for node in proof] == list(path))
        held.append(verify_inclusion(leaves[index], index, size, proof, bytes.fromhex(ROOTS[size - 1])))
    for (old, new), path in CONSISTENCY.items():
        proof = consistency_proof(old, leaves[:new])
        held.append([node.hex() for node in proof] == list(path))
        held.append(verify_consistency(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), proof))
    return {"checked": len(held), "failed": held.count(False)}


def _split(size: int) -> int:
    """Return where RFC 6962 splits a tree: at the largest power of two below its size."""
    return 1 << (size - 1).bit_length() - 1


@cache
def _sides(index: int, size: int) -> str:
    """Return from the leaf to the root on which side its subtree lies, as the verifier of an inclusion proof derives it."""
    if size == 1:
        return ""
    k = _split(size)
    return _sides(index, k) + "l" if index < k else _sides(index - k, size - k) + "r"


@cache
def _joins(old: int, new: int, whole: bool = True) -> str:
    """Return the same for SUBPROOF(old, new): `=` where it ends in a node of both trees, `.` in a node that both sides know."""
    if old == new:
        return "." if whole else "="
    k = _split(new)
    return _joins(old, k, whole) + "l" if old <= k else _joins(old - k, new - k, False) + "r"


class _Trees:
    def __init__(self, size: int, seed: int) -> None:
        self.size, self.random, self.counts = size, random.Random(seed), Counter[str]()  # noqa: S311 - a drill
        self.leaves = [leaf_hash(b"entry %d" % i) for i in range(size)]
        frontier, self.roots = Frontier(), [hashlib.sha256().digest()]
        for leaf in self.leaves:
            frontier.append(leaf)
            self.roots.append(frontier.root())
        self.nodes: dict[tuple[int, int], bytes] = {}

    def _hash(self, start: int, end: int) -> bytes:
        """Return MTH(D[start:end]) by its recursive definition."""
        if end - start == 1:
            return self.leaves[start]
        if (start, end) not in self.nodes:
            middle = start + _split(end - start)
            both = self._hash(start, middle) + self._hash(middle, end)
            self.nodes[start, end] = hashlib.sha256(b"\x01" + both).digest()
        return self.nodes[start, end]

    def try_all(self) -> Json:
        for n in range(1, self.size + 1):
            if n % 64 == 0:
                say(f"trees of up to {n} leaves")
            self.counts["roots_differ"] += self._hash(0, n) != self.roots[n]
            for m in range(1, n + 1):
                self._inclusion(m - 1, n)
                self._consistency(m, n)
        names = ("good", "good_rejected", "bad", "bad_accepted", "same_shape", "same_shape_rejected", "roots_differ")
        return {name: self.counts[name] for name in names} | {"sizes": [1, self.size]}

    def _judge(self, accepted: bool, expected: bool, shape: bool = False) -> None:
        kind = "same_shape" if shape else "good" if expected else "bad"
        self.counts[kind] += 1
        if accepted != (expected or shape):
            self.counts[f"{kind}_{'accepted' if accepted else 'rejected'}"] += 1

    def _inclusion(self, index: int, n: int) -> None:
        leaf, root = self.leaves[index], self.roots[n]
        proof = inclusion_proof(index, self.leaves[:n])
        self._judge(verify_inclusion(leaf, index, n, proof, root), True)

        def with_proof(changed: Proof) -> bool:
            return verify_inclusion(leaf, index, n, changed, root)

        self._mutants(proof, with_proof)
        self._judge(verify_inclusion(self._flip(leaf), index, n, proof, root), False)
        self._judge(verify_inclusion(leaf, index, n, proof, self._flip(root)), False)
        for other in {index - 1, index + 1, self.random.randrange(n), n, -1} - {index}:
            self._judge(verify_inclusion(leaf, other, n, proof, root), False)
        for size in {n - 1, n + 1, self.random.randint(1, self.size), 0} - {n}:
            same = 0 <= index < size and _sides(index, size) == _sides(index, n)
            self._judge(verify_inclusion(leaf, index, size, proof, root), False, same)
            if 0 < size <= self.size:  # the root that a checkpoint of that size has
                self._judge(verify_inclusion(leaf, index, size, proof, self.roots[size]), False)

    def _consistency(self, m: int, n: int) -> None:
        old, new = self.roots[m], self.roots[n]
        proof = consistency_proof(m, self.leaves[:n])
        self._judge(verify_consistency(m, n, old, new, proof), True)

        def with_proof(changed: Proof) -> bool:
            return verify_consistency(m, n, old, new, changed)

        self._mutants(proof, with_proof)
        self._judge(verify_consistency(m, n, self._flip(old), new, proof), False)
        self._judge(verify_consistency(m, n, old, self._flip(new), proof), False)
        self._judge(verify_consistency(m, n, new, old, proof), m == n)
        for size in {m - 1, m + 1, self.random.randint(1, n), 0} - {m}:
            same = 1 <= size <= n and _joins(size, n) == _joins(m, n)
            self._judge(verify_consistency(size, n, old, new, proof), False, same)
            if 0 < size <= self.size:
                self._judge(verify_consistency(size, n, self.roots[size], new, proof), False)
        for size in {n - 1, n + 1, self.random.randint(m, self.size)} - {n}:
            same = size >= m and _joins(m, size) == _joins(m, n)
            self._judge(verify_consistency(m, size, old, new, proof), False, same)
            if m <= size <= self.size:
                self._judge(verify_consistency(m, size, old, self.roots[size], proof), False)

    def _mutants(self, proof: Sequence[bytes], verify: Callable[[Proof], bool]) -> None:
        for changed in self._changed(proof):
            self._judge(verify(changed), False)

    def _changed(self, proof: Sequence[bytes]) -> Iterator[Proof]:
        yield [*proof, self.leaves[0]]
        yield [self.leaves[0], *proof]
        if not proof:
            return
        at = self.random.randrange(len(proof))
        yield [*proof[:at], self._flip(proof[at]), *proof[at + 1 :]]
        yield [*proof[:at], *proof[at + 1 :]]
        yield [*proof[:at], proof[at], *proof[at:]]
        yield [*proof[:at], proof[at][:-1], *proof[at + 1 :]]
        if len(proof) > 1:
            other = self.random.choice([i for i in range(len(proof)) if i != at])
            swapped = list(proof)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            yield swapped
            yield list(reversed(proof))

    def _flip(self, node: bytes) -> bytes:
        at = self.random.randrange(len(node))
        return node[:at] + bytes([node[at] ^ 1 << self.random.randrange(8)]) + node[at + 1 :]
