"""Weights without torch: the full model's own file, rounded matrices, and files that are damaged."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from sparsemix import ConfigError, WeightsError
from sparsemix.edge.exporter import packed_weights, stored_as
from sparsemix.edge.weights import FORMATS, packed, read, unpacked
from tests.support.sparsemix.small_models import small_model

DATA = small_model().to_bytes()


def test_a_file_is_read_as_safetensors_reads_it() -> None:
    found, metadata = read(DATA)
    wanted = load(DATA)
    assert set(found) == set(wanted)
    assert all(np.array_equal(found[name], wanted[name]) and found[name].dtype == wanted[name].dtype for name in wanted)
    assert set(metadata) == {"config"}


@pytest.mark.parametrize("kind", FORMATS)
def test_what_safetensors_writes_is_read(kind: str) -> None:
    arrays, metadata = read(DATA)
    made = packed(arrays, kind)
    data = save(made, metadata)
    again, said = read(data)
    assert said == metadata
    assert all(np.array_equal(again[name], made[name]) for name in made)


def test_rounded_matrices_are_close_and_small() -> None:
    arrays, metadata = read(DATA)
    for kind, room in (("float32", 0.0), ("float16", 2**-11), ("int8", 0.5 / 127)):
        back = unpacked(packed(arrays, kind))
        assert set(back) == set(arrays)
        for name, array in arrays.items():
            assert back[name].dtype == array.dtype
            most = np.abs(array).max(-1, keepdims=True) if array.ndim == 2 else 0.0
            assert (np.abs(back[name] - array) <= room * most * 1.001 + 1e-7).all(), name
    sizes = [len(save(packed(arrays, kind), metadata)) for kind in FORMATS]
    assert sizes == sorted(sizes, reverse=True)


def test_a_row_of_zeros_stays_one() -> None:
    found = unpacked(packed({"embedding": np.zeros((3, 4), np.float32)}, "int8"))
    assert not found["embedding"].any()


def test_rounded_weights_are_weights_with_an_identity_of_their_own() -> None:
    model = small_model()
    assert packed_weights(model, "float32") == model.to_bytes()
    assert stored_as(model, "float32") is model
    kinds = [stored_as(model, kind).weights_sha256 for kind in FORMATS]
    assert len(set(kinds)) == 3
    assert kinds == [stored_as(small_model(), kind).weights_sha256 for kind in FORMATS], "the same every time"


def test_another_format_is_refused() -> None:
    with pytest.raises(ConfigError, match="float32, float16, int8"):
        packed({}, "int4")


@given(st.integers(0, len(DATA) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_files_are_refused_or_read(place: int, noise: bytes) -> None:
    for data in (DATA[:place], DATA[:place] + noise + DATA[place + len(noise) :]):
        with suppress(WeightsError):
            read(data)


def test_scales_that_do_not_fit_are_refused() -> None:
    good = packed({"embedding": np.ones((3, 4), np.float32)}, "int8")
    for scale in (None, np.ones(2, np.float32), np.ones(3)):
        bad = {name: array for name, array in {**good, "embedding.scale": scale}.items() if array is not None}
        with pytest.raises(WeightsError, match="scale"):
            unpacked(bad)
