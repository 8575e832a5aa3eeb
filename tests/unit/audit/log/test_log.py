"""The log's mathematics: RFC 6962 vectors, every small proof, chains under random edits."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import InvalidRecord, LogEntry
from audit.log.chain import entry_bytes, next_entry
from audit.log.merkle_tree import (
    Frontier,
    leaf_hash,
    merkle_root,
    verify_consistency,
    verify_inclusion,
)
from audit.log.proving import GENESIS, commitment
from tests.support.audit.logs import consistency_proof, inclusion_proof, verify_entries

# Leaves and roots of the Certificate Transparency reference implementation of RFC 6962.
DATA = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
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
PATH_0_OF_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
LEAVES = [leaf_hash(bytes([n])) for n in range(64)]
TREE = [merkle_root(LEAVES[:n]) for n in range(65)]


def naive_root(leaves: list[bytes]) -> bytes:
    """Compute the root by the recursive definition of RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def test_published_vectors() -> None:
    leaves = [leaf_hash(data) for data in DATA]
    assert [merkle_root(leaves[:n]).hex() for n in range(9)] == ROOTS
    assert [node.hex() for node in inclusion_proof(0, leaves)] == PATH_0_OF_8


def test_roots_follow_the_recursive_definition() -> None:
    assert [naive_root(LEAVES[:n]) for n in range(65)] == TREE


def test_every_inclusion_proof_up_to_64() -> None:
    for size in range(1, 65):
        for index in range(size):
            proof = inclusion_proof(index, LEAVES[:size])
            assert verify_inclusion(LEAVES[index], index, size, proof, TREE[size])
            assert not verify_inclusion(LEAVES[index - 1], index, size, proof, TREE[size]) or size == 1
            assert not verify_inclusion(LEAVES[index], index, size, proof, TREE[size - 1])
            assert not verify_inclusion(LEAVES[index], index, size, [*proof, TREE[1]], TREE[size])
            assert not verify_inclusion(LEAVES[index], index, size * 4, proof, TREE[size])
            assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], TREE[size]) or not proof


def test_every_consistency_proof_up_to_64() -> None:
    for new in range(1, 65):
        for old in range(1, new + 1):
            proof = consistency_proof(old, LEAVES[:new])
            assert verify_consistency(old, new, TREE[old], TREE[new], proof)
            assert not verify_consistency(old, new, TREE[old - 1], TREE[new], proof)
            assert not verify_consistency(old, new, TREE[old], TREE[new - 1], proof)
            assert not verify_consistency(old, new, TREE[old], TREE[new], [*proof, TREE[1]])
            assert not verify_consistency(old, new * 4, TREE[old], TREE[new], proof)
            for i in range(len(proof)):
                forged = [*proof[:i], bytes(32), *proof[i + 1 :]]
                assert not verify_consistency(old, new, TREE[old], TREE[new], forged)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(InvalidRecord):
        inclusion_proof(index, LEAVES[:size])
    assert not verify_inclusion(LEAVES[0], index, size, [], TREE[size])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_consistency_outside_the_tree(old: int, new: int) -> None:
    with pytest.raises(InvalidRecord):
        consistency_proof(old, LEAVES[:new])
    assert not verify_consistency(old, new, TREE[old], TREE[new], [])


def chain(subjects: list[str]) -> list[LogEntry]:
    entries: list[LogEntry] = []
    for subject in subjects:
        entries.append(
            next_entry(
                entries[-1] if entries else None,
                ts="2026-03-01T09:30:00.000Z",
                actor="a",
                type="export",
                subject=subject,
                commitment=commitment(b"salt", subject.encode()),
            )
        )
    return entries


def test_the_hashed_form_is_rfc_8785() -> None:
    (entry,) = chain(["\N{SNOWMAN}"])
    expected = (
        f'{{"actor":"a","p":"{entry.commitment}","prev":"{GENESIS}","seq":1,'
        f'"subject":"\N{SNOWMAN}","ts":"2026-03-01T09:30:00.000Z","type":"export","v":1}}'
    )
    assert entry_bytes(entry) == expected.encode()
    assert entry.hash == hashlib.sha256(b"\x00" + expected.encode()).hexdigest()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(texts, max_size=20), st.integers(0, 20))
def test_honest_chains_verify_from_any_point(subjects: list[str], start: int) -> None:
    entries = chain(subjects)
    start = min(start, len(entries))
    assert verify_entries(entries) is None
    assert verify_entries(entries[start:], after=entries[start - 1] if start else None) is None


@given(st.lists(texts, min_size=1, max_size=12), st.data())
def test_any_changed_field_names_its_entry(subjects: list[str], data: st.DataObject) -> None:
    entries = chain(subjects)
    at = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(["ts", "actor", "type", "subject", "commitment", "prev", "hash"]))
    entries[at] = replace(entries[at], **{name: getattr(entries[at], name) + "x"})
    problem = verify_entries(entries)
    assert problem is not None
    assert problem.seq == at + 1


@given(st.lists(texts, min_size=2, max_size=12), st.data())
def test_removed_or_swapped_entries_are_named(subjects: list[str], data: st.DataObject) -> None:
    entries = chain(subjects)
    at = data.draw(st.integers(0, len(entries) - 2))
    removed = verify_entries(entries[:at] + entries[at + 1 :])
    assert removed is not None
    assert removed.seq == at + 1
    a, b = entries[at : at + 2]
    swapped = [*entries[:at], replace(b, seq=a.seq), replace(a, seq=b.seq), *entries[at + 2 :]]
    problem = verify_entries(swapped)
    assert problem is not None
    assert problem.seq == at + 1


@given(st.lists(texts, min_size=2, max_size=12), st.data())
def test_a_rehashed_edit_breaks_the_link_after_it(subjects: list[str], data: st.DataObject) -> None:
    entries = chain(subjects)
    at = data.draw(st.integers(0, len(entries) - 2))
    before = entries[at - 1] if at else None
    old = entries[at]
    entries[at] = next_entry(before, ts=old.ts, actor="forger", type=old.type, subject=old.subject, commitment=old.commitment)
    problem = verify_entries(entries)
    assert problem is not None
    assert problem.seq == at + 2


@given(st.lists(st.binary(max_size=4), max_size=40))
def test_a_growing_tree_has_the_root_of_the_whole(data: list[bytes]) -> None:
    tree = Frontier()
    for n, item in enumerate(data):
        assert tree.root() == naive_root([leaf_hash(d) for d in data[:n]])
        tree.append(leaf_hash(item))
    assert tree.size == len(data)
