"""Trees in tiles: the same roots and proofs as from all leaves, and tiles where the specification has them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import InvalidRecord, Tampered
from audit.log.merkle_tree import leaf_hash, merkle_root
from audit.log.tiled_tree import ProvenTree, TiledTree, TilePlace, places
from tests.support.audit.logs import consistency_proof, inclusion_proof

LEAVES = [leaf_hash(b"entry %d" % n) for n in range(1_200)]


def tree_of(size: int) -> TiledTree:
    tree = TiledTree(lambda start, stop: b"".join(LEAVES[start:stop]))
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    return tree


TREE = tree_of(len(LEAVES))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, len(LEAVES)), st.randoms(use_true_random=False))
def test_roots_and_proofs_are_those_of_the_leaves(size: int, chance: random.Random) -> None:
    proven, leaves, index, old = TREE.at(size), LEAVES[:size], chance.randrange(size), chance.randint(1, size)
    assert proven.root() == merkle_root(leaves)
    assert proven.root(old) == merkle_root(leaves[:old])
    assert proven.leaf(index) == leaves[index]
    assert proven.inclusion(index) == inclusion_proof(index, leaves)
    assert proven.consistency(old) == consistency_proof(old, leaves)


def test_the_example_of_the_specification() -> None:
    found = list(places(70_000))
    full = [place for place in found if place.width == 256]
    assert len([place for place in full if place.level == 0]) == 273
    assert [place for place in full if place.level] == [TilePlace(1, 0, 256)]
    assert [place for place in found if place.width < 256] == [TilePlace(0, 273, 112), TilePlace(1, 1, 17), TilePlace(2, 0, 1)]
    assert list(places(256)) == [TilePlace(0, 0, 256), TilePlace(1, 0, 1)]


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_what_is_written_step_by_step_is_all(first: int, second: int) -> None:
    first, second = sorted((first, second))
    last = {place[:2]: place.width for place in (*places(first), *places(second, first))}
    assert last == {place[:2]: place.width for place in places(second)}


def test_a_level_is_asked_for_only_where_it_is() -> None:
    with pytest.raises(InvalidRecord):
        TREE.tile(TilePlace(7, 0, 1))
    with pytest.raises(InvalidRecord):
        TREE.at(10).root(11)
    for outside in (10, -1):
        with pytest.raises(InvalidRecord):
            TREE.at(10).inclusion(outside)
    for old in (0, 11):
        with pytest.raises(InvalidRecord):
            TREE.at(10).consistency(old)


def test_the_empty_tree_has_the_root_of_nothing() -> None:
    assert tree_of(0).at().root() == tree_of(0).root() == merkle_root(())


def test_a_tile_that_is_cut_off_is_told() -> None:
    class Short:
        def tile(self, place: TilePlace) -> bytes:
            return TREE.tile(place)[:-1]

    with pytest.raises(Tampered, match="bytes"):
        ProvenTree(Short(), 700).root()
