"""SelectionTrace: consistency, its blobs in either form, and their hash."""

from __future__ import annotations

import zlib
from base64 import b85decode
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import Route, SelectionTrace, TraceError
from sparsemix.trace.selection_trace import HeadSelection, blob_sha256, mapped
from tests.support.properties import examples


def head(n: int, seed: int, pairs: int = 3) -> HeadSelection:
    """Return a random selection over n queries with up to ``pairs`` pairs per query."""
    rng = np.random.default_rng(seed)
    counts, near = rng.integers(0, pairs + 1, n), rng.integers(0, 3, n)
    total, near_total = int(counts.sum()), int(near.sum())
    return HeadSelection(
        query_ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        key_index=rng.integers(0, n, total).astype(np.int32),
        weight=rng.random(total, dtype=np.float32),
        logit=rng.normal(size=total).astype(np.float32),
        route=rng.choice([Route.CONTENT, Route.LOCAL], total).astype(np.uint8),
        threshold=rng.normal(size=n).astype(np.float32),
        anchor_weight=rng.random(n, dtype=np.float32),
        certified=rng.random(n) < 0.9,
        near_ptr=np.concatenate([[0], np.cumsum(near)]).astype(np.int64),
        near_index=rng.integers(0, n, near_total).astype(np.int32),
        near_logit=rng.normal(size=near_total).astype(np.float32),
    )


def trace(n: int, seed: int) -> SelectionTrace:
    return SelectionTrace(tuple(tuple(head(n, seed + 10 * layer + h) for h in range(2)) for layer in range(2)))


RECORDED = (
    "c-q}nJ#Q015S{Z~E>1Y$Kp+{(AO}$7jv!H_K(R~8(9y+~y^c>LwmCbHNEAlm2T-O=X;IN2QBqn6BzH8F6e%cNP#~munf<cY6FW8^6)TPRX5X8)",
    "Gqbm6&N=V703nF63>UzM1xVr(4#yj=2l(sh^}KvW7)`7v@mF9;P&x*?i*^yM*(k<Mwj1qlwc=ul!8u%8!#%$y0G^|z(cWV~8Ep;i2jX3{vepVt",
    "I7h|c3O;8n{gliMpvH>v)=qspY5{bRdtdS0P;)#`L(EZ&?aGP<k^|Lww4+*??IVUUhl-y#OS>mI;0V30;`@T1w)jhEB^I}$O2kB+1=Rj-<(;v(",
    "=h2F_Qnem$J!8>!70ZMVI{)lo6hrk})tEJ_^&O%AQ}Z7UM)jtxdWFA$7T5P$4Cg-bUJhp0`V=|h+~3U5)yD%5@O}F-n0-F4xym=mr|bG?rXfej",
    "yT>Q@Vx;TiJL=0gp;ETAZ(G`F-M`1|z#Khdp2QFN9Ouui^SAi+nTnn~*<<m6zCTG=l=sKPg;=4;by421P~StPLu;$DVp-MZ$=ZYtZp)8c)hCem",
    "G^KBLAQi#&q)s*g!x6v@+{YVoHWR8ZqD~j=;mdq|o$pPUKFt0pvTpqAdR`~E@mKU*Ab5eqw+Y@R@g0J9NPL&zT@v3Xc%Q_F&Nyy-6TePy<D33$",
    "65RMkzd`T@!Cw*F_?Jz+1n-didIUHARqY=W{Fuat2~vMzJYI}Tr{1Ig&v*V1&%V8Ll5wwDchOo8ilboN*U-kp7bDym-*lo5{1csaZu#@A+_#7C",
    "HvUd0pRZI_^PfHj`QOkv)i+1Ac2d1L%ymP})B4fQk@Jzbv!p)M)AF)&v%beep0{##pXZ6!xpVcO0>1#0mi<c",
)
"""A layer as version 1 wrote it in November 2026, compressed: heads of three queries, one of them without pairs."""


def test_blobs_recorded_before_there_was_a_compact_form_are_read() -> None:
    blob = zlib.decompress(b85decode("".join(RECORDED)))
    trace = SelectionTrace.from_blobs([blob])
    (only,) = trace.heads[0]
    assert only.query_ptr.tolist() == [0, 1, 1, 3]
    assert only.key_index.tolist() == [0, 0, 2]
    assert only.weight.tolist() == [1.0, pytest.approx(0.64), pytest.approx(0.36)]
    assert only.route.tolist() == [Route.LOCAL, Route.CONTENT, Route.LOCAL]
    assert only.certified.tolist() == [True, False, True]
    assert only.near_of(1) == slice(0, 1)


@examples(40)
@given(st.integers(1, 40), st.integers(0, 1_000))
def test_blobs_give_the_trace_back_bit_for_bit(n: int, seed: int) -> None:
    original = trace(n, seed)
    blobs = [original.layer_blob(layer) for layer in range(2)]
    restored = SelectionTrace.from_blobs(blobs)
    for (_, _, ours), (_, _, theirs) in zip(original, restored, strict=True):
        for name in HeadSelection.__dataclass_fields__:
            a, b = getattr(ours, name), getattr(theirs, name)
            assert a.dtype == b.dtype
            assert np.array_equal(a, b)
    assert [restored.layer_blob(layer) for layer in range(2)] == blobs


def test_another_selection_has_another_hash() -> None:
    one = trace(20, 1)
    changed = replace(one.heads[0][0], weight=one.heads[0][0].weight + np.float32(1e-6))
    other = SelectionTrace(((changed, one.heads[0][1]), one.heads[1]))
    assert blob_sha256(one.layer_blob(0)) != blob_sha256(other.layer_blob(0))
    assert blob_sha256(one.layer_blob(1)) == blob_sha256(other.layer_blob(1))


def test_pairs_and_margins_belong_to_their_query() -> None:
    one = head(30, 4)
    for query in range(30):
        where = one.pairs_of(query)
        assert (one.query_index[where] == query).all()
        assert np.allclose(one.margin[where], one.logit[where] / 2 - one.threshold[query])


@pytest.mark.parametrize(
    "broken",
    [
        {"key_index": np.full(3, 99, np.int32)},
        {"weight": np.zeros(2, np.float32)},
        {"query_ptr": np.array([0, 2, 1, 3], np.int64)},
        {"query_ptr": np.array([1, 2, 2, 3], np.int64)},
        {"threshold": np.zeros(2, np.float32)},
        {"near_ptr": np.array([0, 0, 0, 7], np.int64)},
    ],
)
def test_contradictions_are_refused(broken: dict[str, np.ndarray]) -> None:
    good = HeadSelection(
        query_ptr=np.array([0, 1, 2, 3], np.int64),
        key_index=np.array([0, 1, 2], np.int32),
        weight=np.ones(3, np.float32),
        logit=np.ones(3, np.float32),
        route=np.zeros(3, np.uint8),
        threshold=np.zeros(3, np.float32),
        anchor_weight=np.zeros(3, np.float32),
        certified=np.ones(3, bool),
        near_ptr=np.zeros(4, np.int64),
        near_index=np.zeros(0, np.int32),
        near_logit=np.zeros(0, np.float32),
    )
    with pytest.raises(TraceError):
        replace(good, **broken)


@examples(60)
@given(st.binary(max_size=300))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(TraceError):
        SelectionTrace.from_blobs([data])


@examples(150)
@given(st.data())
def test_a_damaged_blob_raises_only_trace_errors(data: st.DataObject) -> None:
    blob = bytearray(trace(12, 5).layer_blob(0))
    position = data.draw(st.integers(0, len(blob) - 1))
    blob[position] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(blob)))
    for damaged in (bytes(blob), bytes(blob[:cut])):
        try:
            SelectionTrace.from_blobs([damaged])
        except TraceError:
            continue


@given(st.integers(1, 40), st.integers(0, 1_000))
@examples(30)
def test_it_is_the_same_trace(n: int, seed: int) -> None:
    original = trace(n, seed)
    copy = mapped(original)
    for (_, _, before), (_, _, after) in zip(original, copy, strict=True):
        for field in fields(before):
            was, now = getattr(before, field.name), getattr(after, field.name)
            assert now.dtype == was.dtype and np.array_equal(now, was), field.name
    assert [copy.layer_blob(layer) for layer in range(2)] == [original.layer_blob(layer) for layer in range(2)]


def test_layers_may_have_different_heads() -> None:
    original = type(trace(3, 0))(((head(5, 1),), (head(5, 2), head(5, 3, pairs=0), head(5, 4))))
    assert [len(heads) for heads in mapped(original).heads] == [1, 3]


def test_no_file_is_left_and_writing_stays_here(tmp_path: Path) -> None:
    original = trace(20, 7)
    one, two = mapped(original, tmp_path), mapped(original, tmp_path)
    assert list(tmp_path.iterdir()) == []
    one.heads[0][0].threshold[:] = 9.0
    assert not np.array_equal(one.heads[0][0].threshold, two.heads[0][0].threshold)
    assert np.array_equal(two.heads[0][0].threshold, original.heads[0][0].threshold)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        mapped(trace(3, 1), tmp_path / "missing")
